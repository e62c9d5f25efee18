"use strict";
// The page works without this file. With it: nothing is reloaded, so that a key need not be typed again, and a delivery
// can be signed. Keys and secrets live in their fields alone: nothing here stores them.
{
  const form = document.querySelector(".trial"), went = document.querySelector("#went");

  // ---- Sending
  const kept = new Set(["key"]);
  const take = (page) => {
    const next = page.querySelector(".trial");
    for (const field of form.elements) {
      if (field.name && field.type !== "submit" && !kept.has(field.name)) field.value = next.elements[field.name].value;
    }
    form.querySelector(".send > :first-child").textContent = next.querySelector(".send > :first-child").textContent;
    went.replaceChildren(...page.querySelector("#went").childNodes);
    return next.querySelector("[role=status]").textContent;
  };
  const say = (where, words) => { where.querySelector("[role=status]").textContent = words; };
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const fields = new URLSearchParams(new FormData(form, event.submitter)), goesOn = fields.has("next");
    say(form, goesOn ? "" : "Sending…");
    try {
      const response = await fetch(form.action, { method: "POST", body: fields, credentials: "omit", cache: "no-store" });
      if (!response.ok) throw new Error(response.statusText);
      say(form, take(new DOMParser().parseFromString(await response.text(), "text/html")));
      if (goesOn) form.elements.message.focus();
    } catch {
      say(form, "This could not be sent. Check your connection, then send it again.");
    }
  });

  // ---- Signing (Standard Webhooks). Browsers sign on secure pages only: https, or this machine.
  const signer = document.querySelector(".signer"), shown = signer.querySelector("pre");
  const encoder = new TextEncoder();
  const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;
  const signature = async (secret, content) => {
    const bytes = Uint8Array.from(atob(secret.replace(/^whsec_/, "")), (char) => char.charCodeAt(0));
    const key = await crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
    const digest = await crypto.subtle.sign("HMAC", key, encoder.encode(content));
    return `v1,${btoa(String.fromCharCode(...new Uint8Array(digest)))}`;
  };
  const signed = async (secret) => {
    const { phone, message, words, delivery_id } = form.elements;
    const body = JSON.stringify({ [words.value]: phone.value, [words.selectedOptions[0].dataset.message]: message.value });
    const id = delivery_id.value, moment = Math.floor(Date.now() / 1000);
    const headers = {
      "Content-Type": "application/json",
      "webhook-id": id,
      "webhook-timestamp": moment,
      "webhook-signature": await signature(secret, `${id}.${moment}.${body}`),
    };
    const lines = Object.entries(headers).map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`);
    return [`curl -s ${location.origin}/webhooks/sms`, ...lines, `-d ${quoted(body)}`].join(" \\\n  ");
  };
  if (window.crypto?.subtle) {
    signer.hidden = false;
    signer.querySelector("button").addEventListener("click", async () => {
      shown.hidden = true;
      try {
        shown.textContent = await signed(signer.querySelector("input").value.trim());
        shown.hidden = false;
        say(signer, "Signed.");
      } catch {
        say(signer, "This is no secret: it is whsec_ and base64.");
      }
    });
  }
}

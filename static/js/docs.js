"use strict";
// The page works without this file. With it: every request can be copied, changed and sent from here.
// A key that is typed lives in its fields alone: nothing here stores it, and it is sent to this server only.
{
  const each = (selector, act, where = document) => where.querySelectorAll(selector).forEach(act);
  const SHOWN = ["Content-Type", "Location", "Idempotent-Replayed", "Preference-Applied", "Retry-After", "WWW-Authenticate", "X-Request-Id"];

  // ---- What is sent
  const encoded = (text) => new URLSearchParams(text.split("\n").filter(Boolean).map((line) => {
    const at = line.indexOf("=");
    return at < 0 ? [line, ""] : [line.slice(0, at), line.slice(at + 1)];
  })).toString();
  const asked = (form) => {
    const { path, key, body } = form.elements, headers = new Headers();
    const address = new URL(path.value.trim(), location.origin);
    if (address.origin !== location.origin) throw new Error("Only this server can be asked from here: begin the path with one slash.");
    const [, missing] = path.value.match(/\{(\w+)_id\}/) ?? [];
    if (missing) throw new Error(`Put the id of a ${missing} into the path first, or make one above.`);
    if (key?.value.trim()) headers.set("Authorization", `Bearer ${key.value.trim()}`);
    each("[name=header]", (field) => { if (field.value) headers.set(field.dataset.name, field.value); }, form);
    const options = { method: form.dataset.method, headers, credentials: "omit", cache: "no-store", redirect: "manual" };
    if (body?.value.trim()) {
      headers.set("Content-Type", body.dataset.type);
      options.body = body.dataset.type.endsWith("json") ? body.value : encoded(body.value);
    }
    return [address, options];
  };

  // ---- What is answered
  const pretty = (text) => {
    try { return JSON.stringify(JSON.parse(text), null, 2); } catch { return text; }
  };
  const say = (form, words, kind = "") => {
    const status = form.querySelector("[role=status]");
    status.className = kind;
    status.textContent = words;
  };
  const show = (box, text) => {
    box.textContent = text;
    box.hidden = !text;
  };

  // ---- What was made last is what to go on with: its ids go into all forms, but for what somebody typed there.
  const known = {};
  const learn = (response, text) => {
    const found = [...text.matchAll(/"(\w+_id)": ?"([\w.-]+)"/g)].reverse();
    for (const [, name, id] of found) known[name] = id;
    const made = response.headers.get("Location");
    if (response.status === 201 && made) known.session_id = made.split("/").pop();
  };
  const put = (field, pattern, word) => {
    if (!field || field.value !== (field.filled ?? field.defaultValue)) return;
    field.filled = field.value = field.value.replace(pattern, (whole, name) => known[name] ? word(name, known[name]) : whole);
  };
  const fill = ({ elements: { path, body } }) => {
    if (path.value === (path.filled ?? path.defaultValue)) path.value = path.filled = path.defaultValue;
    put(path, /\{(\w+)\}/g, (_, id) => encodeURIComponent(id));
    put(path, /(\w+_id)=[\w-]+/g, (name, id) => `${name}=${id}`);
    put(body, /"(\w+_id)": "[\w-]{36}(?:\.\d+)?"/g, (name, id) => `"${name}": "${id}"`);
  };
  const send = async (form) => {
    const button = form.querySelector("[type=submit]"), [heads, body] = form.parentElement.querySelectorAll(":scope > pre");
    show(heads, "");
    show(body, "");
    button.disabled = true;
    say(form, "Sending…");
    try {
      const [address, options] = asked(form), started = performance.now();
      const response = await fetch(address, options), text = await response.text();
      const words = `${response.status} ${response.statusText} in ${Math.round(performance.now() - started)} ms`;
      say(form, words, response.ok ? "good" : "bad");
      show(heads, SHOWN.filter((name) => response.headers.has(name)).map((name) => `${name}: ${response.headers.get(name)}`).join("\n"));
      show(body, pretty(text));
      if (response.ok) {
        learn(response, text);
        each(".try form", fill);
      }
    } catch (error) {
      say(form, error instanceof TypeError ? "This could not be sent. Check the fields and your connection." : error.message, "bad");
    }
    button.disabled = false;
    if (document.activeElement === document.body) button.focus();
  };

  // ---- The page
  each(".try", (box) => { box.hidden = false; });
  each(".try form", (form) => {
    const { example, body } = form.elements;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      send(form);
    });
    example?.addEventListener("change", () => {
      body.value = body.filled = example.value;
      body.dataset.type = example.selectedOptions[0].dataset.type;
      fill(form);
    });
  });
  // Typed once, known to every form; a form with a token of its own keeps it.
  each(".try [name=key]", (field) => field.addEventListener("change", () => {
    each(".try [name=key]", (other) => { other.value ||= field.value; });
  }));
  if (navigator.clipboard) {
    each(".copy", (button) => {
      button.hidden = false;
      button.addEventListener("click", async () => {
        await navigator.clipboard.writeText(button.previousElementSibling.textContent);
        button.textContent = "Copied";
        setTimeout(() => { button.textContent = "Copy"; }, 2000);
      });
    });
  }
}

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
    if (path.value.includes("{")) throw new Error("Put the id of a session into the path first, or open one above.");
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
  // The session that was opened last is the one to go on with.
  const fill = (response, text) => {
    if (response.status !== 201 || !response.headers.has("Location")) return;
    const { id } = JSON.parse(text);
    each("[name=path]", (field) => { field.value = field.value.replace(/^\/sessions\/[^/?]+/, `/sessions/${id}`); });
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
      fill(response, text);
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
      body.value = example.value;
      body.dataset.type = example.selectedOptions[0].dataset.type;
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

// Files for the next message: sent as soon as they are chosen. Without this file they go with the message's own form.
// It is loaded when somebody opens the panel, or drops a file on the page.
const $ = (id) => document.getElementById(id);
const composer = $("composer"), box = $("text"), chips = $("attached"), panel = $("attach"), picker = $("file");
const outbox = $("outbox"), status = $("status");
const limit = 10 * 1024 * 1024, ends = picker.accept.split(","), url = composer.action.replace("messages/with-file", "files");
const under = new Set();
let waiting = false;

const say = (words) => { status.textContent = words; };
const make = (tag, values) => Object.assign(document.createElement(tag), values);
const refuse = (file, why) => {
  say(`${file.name} was not attached. ${why}`);
  const item = make("li", { className: "refused" });
  item.append(make("bdi", { textContent: file.name }), ` ${why} `, button("Dismiss", file.name));
  chips.append(item);
};
const button = (label, name) => {
  const made = make("button", { type: "button", className: "button quiet", textContent: label });
  made.setAttribute("aria-label", `${label} ${name}`);
  return made;
};
const erase = (url) => fetch(url, { method: "POST", headers: { "HX-Request": "true" } }).catch(() => {});
const told = (text, selector) => new DOMParser().parseFromString(text, "text/html").querySelector(selector);

const upload = (file) => {
  const end = file.name.slice(file.name.lastIndexOf(".")).toLowerCase();
  if (!ends.includes(end)) return refuse(file, `Only ${ends.join(", ")} can be sent.`);
  if (file.size > limit) return refuse(file, "It is larger than 10 MB.");
  if (!file.size) return refuse(file, "It is empty.");
  const request = new XMLHttpRequest(), form = new FormData(), item = make("li", {});
  const bar = make("progress", { max: 100, value: 0 }), percent = make("span", { className: "hint", textContent: "0 %" });
  bar.setAttribute("aria-label", `Uploading ${file.name}`);
  const cancel = button("Cancel", file.name);
  item.append(make("bdi", { textContent: file.name }), bar, percent, cancel);
  chips.append(item);
  let cancelled = false;
  const over = () => {
    under.delete(request);
    item.remove();
  };
  const fail = (why) => { over(); refuse(file, why); waiting = false; };
  cancel.addEventListener("click", (event) => {
    event.stopPropagation();
    cancelled = true;
    if (bar.value < 100) request.abort(); // all of it sent: it is deleted once we know its name
    over();
    say(`${file.name} was cancelled.`);
    box.focus();
    proceed();
  });
  request.upload.addEventListener("progress", ({ loaded, total }) => {
    bar.value = Math.floor(100 * loaded / total);
    percent.textContent = bar.value < 100 ? `${bar.value} %` : "Checking…";
  });
  request.addEventListener("load", () => {
    const taken = request.status === 201 && told(request.responseText, "li");
    if (cancelled) return taken && erase(taken.dataset.delete);
    if (!taken) return fail(told(request.responseText, ".send-error")?.textContent ?? "The server could not take it.");
    over();
    chips.append(document.importNode(taken, true));
    say(`${file.name} is attached.`);
    proceed();
  });
  request.addEventListener("error", () => fail("The connection was lost. Choose it again."));
  form.append("file", file);
  request.open("POST", url);
  request.setRequestHeader("HX-Request", "true");
  request.send(form);
  under.add(request);
  say(`${file.name} is being uploaded.`);
};
const proceed = () => {
  if (!waiting || under.size) return;
  waiting = false;
  composer.requestSubmit();
};
export const take = (files) => {
  for (const file of files) upload(file);
  picker.value = "";
  panel.open = false;
  box.focus();
};

picker.addEventListener("change", () => take([...picker.files]));
picker.multiple = true;
if (picker.files.length) take([...picker.files]);
chips.addEventListener("click", ({ target }) => {
  const item = target.closest("button") && target.closest("li");
  if (!item) return;
  if (item.dataset.delete) erase(item.dataset.delete);
  item.remove();
  box.focus();
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !panel.open) return;
  panel.open = false;
  panel.querySelector("summary").focus();
});
document.addEventListener("click", ({ target }) => { if (!panel.contains(target)) panel.open = false; });

// A message waits for its files; then they go along in its bubble, and come back with it.
composer.addEventListener("submit", (event) => {
  if (!under.size) return;
  event.preventDefault();
  event.stopPropagation();
  waiting = true;
  say("The message is sent as soon as its file is there.");
});
document.addEventListener("htmx:configRequest", ({ detail }) => {
  if (!outbox.contains(detail.elt)) return;
  const sent = chips.querySelectorAll("li[data-delete]");
  if (!sent.length) return;
  const list = make("ul", { className: "files" });
  list.append(...sent);
  detail.elt.querySelector(".text").after(list);
  for (const input of list.querySelectorAll("input")) detail.formData.append(input.name, input.value);
});
outbox.addEventListener("click", ({ target }) => {
  if (target.matches(".edit")) chips.append(...target.closest("li.msg").querySelectorAll("li[data-delete]"));
}, true);

// A button that copies an answer, beside its thumbs. It is loaded where answers are generated. Browsers let a page
// write to the clipboard over https, and on the machine itself.
const list = document.getElementById("messages"), status = document.getElementById("status");
const ICON = '<svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true" focusable="false">'
  + '<path d="M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3"/></svg>';

const say = (words) => {
  const said = document.createElement("span");
  said.className = "brief";
  said.textContent = words;
  status.replaceChildren(said);
};
const copy = ({ target }) => {
  const text = target.closest("li").querySelector(".text");
  navigator.clipboard.writeText(text.innerText.trim()).then(() => say("Copied"), () => say("Your browser did not let us copy"));
};
const button = () => {
  const made = document.createElement("button");
  Object.assign(made, { type: "button", className: "copy", title: "Copy", innerHTML: ICON });
  made.setAttribute("aria-label", "Copy");
  made.addEventListener("click", copy);
  return made;
};
const add = () => {
  for (const thumbs of list.querySelectorAll(".thumbs:not(:has(.copy))")) thumbs.prepend(button());
};

if (navigator.clipboard) {
  new MutationObserver(add).observe(list, { childList: true, subtree: true });
  add();
}

// The Escape key and a click elsewhere close the menu. It is loaded when somebody opens it.
const menu = document.querySelector(".menu");
document.addEventListener("click", ({ target }) => { if (!menu.contains(target)) menu.open = false; });
document.addEventListener("keydown", ({ key }) => {
  if (key !== "Escape" || !menu.open) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

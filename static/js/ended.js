// Something that an open page asked for was not found: has its link ended? Then what was said goes from the screen,
// and what was typed stays. It is loaded when that happens.
const typed = () => {
  const unsent = [...document.querySelectorAll("#outbox [name=text], #text")].map((field) => field.value);
  const comments = [...document.querySelectorAll(".why-not input:not([type=hidden])")]
    .filter((field) => field.value !== field.defaultValue).map((field) => field.value);
  return [...unsent, ...comments].filter((text) => text.trim()).join("\n\n");
};
const kept = (text) => {
  const field = document.createElement("div"), label = document.createElement("label");
  const area = document.createElement("textarea");
  field.className = "field";
  label.htmlFor = area.id = "draft";
  label.textContent = "What you had written – copy it before you leave";
  Object.assign(area, { rows: 4, dir: "auto", readOnly: true, value: text });
  field.append(label, area);
  return field;
};

const show = (page, way) => {
  const text = typed();
  if (text) way.before(kept(text));
  document.getElementById("text").value = "";
  document.getElementById("outbox").replaceChildren(); // else leaving would be asked about
  document.title = page.title;
  document.body.replaceWith(document.adoptNode(page.body));
  scrollTo(0, 0);
  document.getElementById("main").focus();
};

// The server's own page about it is shown; what a proxy answers, or a file that is gone, is none.
export const look = async () => {
  const poller = document.getElementById("poller");
  if (!poller) return;
  const answer = await fetch(poller.getAttribute("hx-get"), { headers: { "HX-Request": "true" } });
  if (answer.status !== 404) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const way = page.querySelector(".sheet .button")?.parentElement;
  if (way && document.contains(poller)) show(page, way);
};

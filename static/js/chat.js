"use strict";
// The page works without this file. With it bubbles appear at once; nothing typed is lost.
{
  const $ = (id) => document.getElementById(id);
  const on = (name, act, where = document) => where.addEventListener(name, act);
  const composer = $("composer"), box = $("text"), outbox = $("outbox"), jump = $("jump");
  const OFFLINE = "Offline – will send when you are back.";
  const say = (words) => { $("status").textContent = words; };

  // Times in the reader's zone
  const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
  const day = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "full" });
  let lastDay = "";
  const localise = (list) => {
    for (const item of list.children) {
      const time = item.querySelector("time");
      const at = new Date(time.dateTime), label = day.format(at);
      time.textContent = clock.format(at);
      item.querySelector(".day")?.remove();
      if (label === lastDay) continue;
      item.prepend(Object.assign(document.createElement("p"), { className: "day", textContent: label }));
      lastDay = label;
    }
  };

  // Scrolling: follow who is at the end
  const page = document.scrollingElement;
  const atEnd = () => page.scrollHeight - innerHeight - scrollY < 80;
  const toEnd = () => { scrollTo(0, page.scrollHeight); jump.hidden = true; };
  let following = true, arrived = null;
  const follow = () => { if (following) toEnd(); };
  const settle = () => {
    // A long answer stops at its first line.
    if (following) (arrived ?? $("reply").firstElementChild)?.scrollIntoView();
    else if (arrived) jump.hidden = false;
    arrived = null;
  };
  on("scroll", () => { if ((following = atEnd())) jump.hidden = true; }, window);
  on("resize", follow, window);
  on("click", toEnd, jump);

  // Writing
  const count = () => {
    const limit = box.dataset.max, spare = limit - [...box.value].length;
    $("left").textContent = spare > limit / 5 ? ""
      : spare < 0 ? `Too long by ${-spare}` : `Characters left: ${spare}`;
    composer.classList.toggle("over", spare < 0);
    return spare >= 0;
  };
  on("input", () => { count(); follow(); }, box);
  on("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing || event.keyCode === 229) return;
    const keyboard = matchMedia("(hover: hover) and (pointer: fine)").matches;
    if (event.ctrlKey || event.metaKey || (keyboard && !event.shiftKey && !event.altKey)) {
      event.preventDefault();
      if (box.value.trim()) composer.requestSubmit();
    }
  }, box);

  // Sending: each bubble is an htmx form with its own key
  const send = (text) => {
    const bubble = document.importNode($("pending").content.firstElementChild, true);
    const fields = bubble.firstElementChild.elements;
    fields.text.value = text;
    fields.key.value = crypto.getRandomValues(new Uint32Array(4)).join("-");
    bubble.querySelector(".text").textContent = text;
    $("empty")?.remove();
    $("error")?.remove();
    box.removeAttribute("aria-invalid");
    outbox.append(bubble);
    htmx.process(bubble);
    toEnd();
  };
  const resend = (bubble) => {
    bubble.className = "msg own pending";
    bubble.querySelector(".meta").textContent = "Sending…";
    bubble.querySelector(".why").textContent = "";
    htmx.trigger(bubble.firstElementChild, "resend");
  };
  const countdown = (button, seconds) => {
    button.disabled = seconds > 0;
    button.textContent = seconds > 0 ? `Retry in ${seconds} s` : "Retry";
    if (seconds > 0) setTimeout(countdown, 1000, button, seconds - 1);
  };
  const retryAfter = (xhr) => Math.ceil(xhr.getResponseHeader("Retry-After")) || 0;
  const reason = (xhr) => {
    if (!xhr.status) return navigator.onLine ? "No answer. Check your connection, then retry." : OFFLINE;
    const told = new DOMParser().parseFromString(xhr.responseText, "text/html").querySelector(".send-error");
    return told?.textContent ?? "The server could not take this message. Retry in a moment.";
  };
  const fail = (form, xhr) => {
    const bubble = form.parentElement, stay = atEnd();
    bubble.className = xhr.status ? "msg own failed" : "msg own failed waiting";
    bubble.querySelector(".meta").textContent = "Not sent";
    bubble.querySelector(".why").textContent = reason(xhr);
    countdown(bubble.querySelector(".retry"), retryAfter(xhr));
    if (stay) toEnd();
  };
  on("submit", (event) => {
    const chip = event.target.closest(".chips form");
    if (event.target !== composer && !chip) return;
    event.preventDefault();
    if (chip) send(chip.elements.text.value);
    else if (box.value.trim() && count()) {
      send(box.value);
      box.value = "";
      count();
    }
    box.focus();
  });
  on("click", ({ target }) => {
    const bubble = target.closest("li");
    if (target.matches(".retry")) resend(bubble);
    else if (target.matches(".edit")) {
      const text = bubble.querySelector("[name=text]").value;
      box.value = box.value ? `${text}\n${box.value}` : text;
      bubble.remove();
      count();
    } else return;
    box.focus();
  }, outbox);
  on("online", () => { say(""); outbox.querySelectorAll(".waiting").forEach(resend); wake(); }, window);
  on("offline", () => say(OFFLINE), window);
  on("beforeunload", (event) => { if (box.value.trim() || outbox.children.length) event.preventDefault(); }, window);

  // News: as the server says, not from a hidden tab
  let missed = false, away = 0, failures = 0;
  const wake = () => { if ($("poller")) htmx.trigger("#poller", "wake"); };
  const backOff = (elt, xhr) => {
    if (xhr.status > 399 && xhr.status < 500 && xhr.status !== 429) return;
    failures += 1;
    say("Connection lost. Trying again…");
    setTimeout(wake, 1000 * (retryAfter(xhr) || Math.min(60, 2 ** failures)));
  };
  const leave = () => { away ||= Date.now(); };
  const back = () => {
    if (document.hidden) return leave();
    if (missed || (away && Date.now() - away > 5000)) wake();
    missed = false;
    away = 0;
  };
  on("visibilitychange", back);
  on("pagehide", () => { missed = true; }, window);
  on("blur", leave, window);
  on("focus", back, window);
  on("click", ({ target }) => { if (target.closest("#reply button")) box.focus(); });

  // The address is a private link.
  on("htmx:configRequest", ({ detail }) => { delete detail.headers["HX-Current-URL"]; });
  on("htmx:beforeRequest", (event) => {
    if (event.detail.elt.id !== "poller" || !document.hidden) return;
    missed = true;
    event.preventDefault();
  });
  on("htmx:beforeSwap", ({ detail }) => {
    // A proxy's answer must not make a bubble or poller vanish.
    if (detail.shouldSwap && !/id="poller"/.test(detail.xhr.responseText)) {
      detail.shouldSwap = false;
      detail.isError = true;
    }
  });
  on("htmx:oobBeforeSwap", ({ detail }) => {
    const { target, fragment } = detail;
    if (target.id === "messages") {
      for (const item of [...fragment.children]) if ($(item.id)) item.remove();
      localise(fragment);
      arrived ??= fragment.firstElementChild;
    } else if (target.id === "status" && target.textContent === fragment.textContent) {
      detail.shouldSwap = false; // else it is read again
    }
  });
  on("htmx:afterRequest", ({ detail }) => {
    if (detail.successful) {
      failures = 0;
      settle();
    } else {
      (outbox.contains(detail.elt) ? fail : backOff)(detail.elt, detail.xhr);
      if (detail.xhr.status === 404) need(composer).then(({ look }) => look());
    }
  });

  // What few need: its script comes with its first use
  const need = ({ dataset }) => import(dataset.js);
  addEventListener("toggle", ({ target }) => need(target), true);
  const attach = $("attach");
  const drag = (event) => {
    const { types, files } = event.dataTransfer, dropped = [...files];
    if (!attach || !types.includes("Files")) return;
    event.preventDefault();
    if (dropped[0]) need(attach).then(({ take }) => take(dropped));
  };
  on("dragover", drag);
  on("drop", drag);
  localise($("messages"));
  count();
  if (!document.querySelector(":target")) toEnd();
}

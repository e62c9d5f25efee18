"use strict";
// The page works without this file. With it: a countdown until another code may be asked for, and the reader's time.
{
  const again = document.getElementById("again");
  const words = again?.textContent;
  const countdown = (seconds) => {
    again.disabled = seconds > 0;
    again.textContent = seconds > 0 ? `${words} in ${seconds} s` : words;
    if (seconds > 0) setTimeout(countdown, 1000, seconds - 1);
  };
  if (again) countdown(Number(again.dataset.wait));

  const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
  for (const time of document.querySelectorAll("time")) time.textContent = clock.format(new Date(time.dateTime));

  // The address is a private link: no request need carry it once more.
  document.addEventListener("htmx:configRequest", ({ detail }) => { delete detail.headers["HX-Current-URL"]; });
}

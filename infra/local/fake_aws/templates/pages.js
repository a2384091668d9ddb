"use strict";
// A mail's frame grows to its mail, so that the page scrolls and the frame does not.
for (const frame of document.querySelectorAll(".sheet iframe")) {
  const fit = () => {
    const page = frame.contentDocument && frame.contentDocument.documentElement;
    if (!page) return;
    frame.style.height = "0";
    frame.style.height = page.scrollHeight + "px";
  };
  frame.addEventListener("load", fit);
  addEventListener("resize", fit);
  if (frame.contentDocument && frame.contentDocument.readyState === "complete") fit();
}
// New mail is announced, not pushed under the reader's hand.
const fresh = document.querySelector(".fresh");
if (fresh) {
  const shown = Number(fresh.dataset.total);
  setInterval(async () => {
    if (document.hidden) return;
    try {
      const { total } = await (await fetch("/messages/count")).json();
      const more = total - shown;
      fresh.hidden = more <= 0;
      fresh.firstElementChild.textContent = `Show ${more} new ${more === 1 ? "mail" : "mails"}`;
    } catch {
      fresh.hidden = true;
    }
  }, 3000);
}

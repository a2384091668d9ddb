// Makes the page nicer; everything works without it.
(() => {
  const summary = document.querySelector("[data-focus]");
  if (summary) {
    summary.focus();
    summary.addEventListener("click", (event) => {
      const target = event.target.hash && document.querySelector(event.target.hash);
      if (target) { event.preventDefault(); target.focus({ preventScroll: true }); (target.closest(".card") || target).scrollIntoView(); }
    });
  }
  for (const area of document.querySelectorAll("textarea[maxlength]")) {
    const hint = document.getElementById(area.id + "-limit");
    const tell = () => {
      const left = area.maxLength - area.value.length;
      hint.textContent = left <= 200 ? hint.dataset.left.replace("{count}", left) : hint.dataset.limit;
    };
    area.addEventListener("input", tell);
    tell();
  }
  const form = document.getElementById("answers");
  if (form) {
    // Whether somebody touches, types or clicks: a form that is sent without may come from a program.
    const signs = document.createElement("input");
    signs.type = "hidden";
    signs.name = form.dataset.signs;
    signs.value = "0";
    form.append(signs);
    for (const kind of ["pointerdown", "touchstart", "keydown", "click", "input", "change"]) {
      addEventListener(kind, (event) => { if (event.isTrusted) { signs.value = "1"; } }, true);
    }
  }
  const button = form && form.querySelector("[data-sending]");
  if (button) {
    const words = button.textContent;
    form.addEventListener("submit", (event) => {
      if (form.dataset.sent) { event.preventDefault(); return; }
      form.dataset.sent = "1";
      button.textContent = button.dataset.sending;
    });
    addEventListener("pageshow", () => { delete form.dataset.sent; button.textContent = words; });
  }
})();

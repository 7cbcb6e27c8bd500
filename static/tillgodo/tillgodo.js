// Small comforts. Every journey works without them.

/** A form is sent once: its buttons rest until the answer comes. */
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  const buttons = form.querySelectorAll("button:not([type='button']), input[type='submit']");
  setTimeout(() => {
    for (const button of buttons) {
      button.disabled = true;
      button.setAttribute("aria-busy", "true");
    }
  });
});

/** Coming back with the browser's own button, the form can be used again. */
window.addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll("[aria-busy='true']")) {
    button.disabled = false;
    button.removeAttribute("aria-busy");
  }
});

/** On a narrow screen the word for where one is comes into view. */
const word = document.querySelector(".nav-main [aria-current]");
if (word) {
  const nav = word.closest(".nav-main");
  const [inner, outer] = [word.getBoundingClientRect(), nav.getBoundingClientRect()];
  if (inner.right > outer.right - 24) nav.scrollLeft += inner.left - outer.left - (outer.width - inner.width) / 2;
}

/** The person menu closes on Escape and on a click elsewhere. */
const menu = document.querySelector("details.menu");
if (menu) {
  document.addEventListener("click", (event) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
}

/** What must be mended is read first. */
document.querySelector("[data-error-summary]")?.focus();

// The queue by keys: j and k move, o or Enter opens, r opens to answer, x marks, / searches, ? shows the keys.
// In a case j and k lead to the one after and before it, r to the answer, u back to the queue.
// Moving is moving the focus, so that a screen reader says the case. Without it every link and tick works as ever.

const links = () => [...document.querySelectorAll("[data-queue] a[data-open]")];
const help = document.querySelector("[data-keys-help]");
const button = document.querySelector("[data-keys]");

const row = () => document.activeElement?.closest("[data-row]");

const move = (step) => {
  const all = links();
  const here = all.findIndex((link) => link.closest("[data-row]") === row());
  const next = here < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(here + step, 0), all.length - 1);
  all[next]?.focus();
  all[next]?.closest("[data-row]").scrollIntoView({ block: "nearest" });
};

const follow = (selector) => document.querySelector(`.neighbours ${selector}`)?.click();

const answer = () => {
  const box = document.querySelector("#reply textarea");
  box?.scrollIntoView({ block: "center" });
  box?.focus();
};

const current = () => row()?.querySelector("a[data-open]") ?? links()[0];

const inCase = { j: () => follow("[rel=next]"), k: () => follow("[rel=prev]"), r: answer, u: () => follow(".back"), "?": () => help?.showModal() };

const inQueue = {
  j: () => move(1),
  k: () => move(-1),
  o: () => current()?.click(),
  r: () => current() && window.location.assign(`${current().href}#reply`),
  x: () => row()?.querySelector("input[type=checkbox]").click(),
  "/": () => document.querySelector("[role=search] input[name=q]")?.focus(),
  "?": () => help?.showModal(),
};

const keys = document.querySelector(".neighbours") ? inCase : inQueue;

const typing = (element) => element.closest("input:not([type=checkbox]), select, textarea, [contenteditable], dialog[open]");

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || typing(event.target)) return;
  const act = keys[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});

if (button && help?.showModal) {
  button.hidden = false;
  button.addEventListener("click", () => help.showModal());
}

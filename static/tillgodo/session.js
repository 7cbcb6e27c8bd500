// The page of a session goes on counting: how far off the start is, and how much of what is held is used.
// Everything stands there without it, as it was when the page was opened. Only text changes, once a minute.

const opened = Date.now();

/** Seconds since the page was opened. */
const passed = () => (Date.now() - opened) / 1000;

/** Minutes as numbers with units: [["3", "h"], ["05", "min"]]; as core.formatting.hours_parts does it. */
const parts = (minutes, words) => {
  const whole = Math.floor(minutes / 60);
  const rest = minutes % 60;
  const found = [];
  if (whole || !rest) found.push([String(whole), words.hour]);
  if (rest) found.push([whole ? String(rest).padStart(2, "0") : String(rest), "min"]);
  return found;
};

/** "2 days 3 h", below a day "3 h 05 min"; as core.formatting.distance does it. */
const distance = (minutes, words) => {
  const days = Math.floor(minutes / 1440);
  if (!days) return parts(minutes, words).map((part) => part.join(" ")).join(" ");
  const hours = Math.floor((minutes % 1440) / 60);
  return `${days} ${days === 1 ? words.day : words.days}${hours ? ` ${hours} ${words.hour}` : ""}`;
};

const say = (element, text) => {
  if (element.textContent !== text) element.textContent = text;
};

const countDown = (element) => {
  const seconds = Math.max(Number(element.dataset.countdown) - passed(), 0);
  say(element, distance(Math.ceil(seconds / 60), element.dataset));
};

/** A large figure: its numbers as they are, its units small. */
const draw = (element, minutes, words) => {
  const pieces = parts(minutes, words).flatMap(([number, unit]) => {
    const small = document.createElement("small");
    small.textContent = ` ${unit} `;
    return [number, small];
  });
  element.replaceChildren(...pieces);
};

const tick = (clock) => {
  const { clock: elapsed, people, factor, held, warn } = clock.dataset;
  const minutes = Math.floor((Number(elapsed) + passed()) / 60);
  const exact = minutes * Number(people) * Number(factor);
  const used = Math.floor(exact / 100);
  if (clock.dataset.shown === String(used)) return;
  clock.dataset.shown = String(used);
  const whole = Math.max(Number(held), used, 1);
  draw(clock.querySelector("[data-used]"), used, clock.dataset);
  const within = `${Math.floor((Number(held) * 100) / whole)}%`;
  clock.querySelector("[data-bar-held]").setAttribute("width", within);
  clock.querySelector("[data-bar-over]").setAttribute("x", within);
  clock.querySelector("[data-bar-used]").setAttribute("width", `${Math.floor((Math.min(used, Number(held)) * 100) / whole)}%`);
  if (exact >= Number(held) * Number(warn)) clock.querySelector("[data-warning]").hidden = false;
};

const countOn = () => {
  document.querySelectorAll("[data-countdown]").forEach(countDown);
  document.querySelectorAll("[data-clock]:not([data-still])").forEach(tick);
};

if (document.querySelector("[data-countdown], [data-clock]")) {
  setInterval(countOn, 1000);
  document.addEventListener("visibilitychange", countOn);
}

// What is left to a deadline is working time: it counts down while the calendar is open, and stands still while it is closed.
// The server's figure stands there without it. Only text changes, once a minute.

const opened = Date.now();

/** Seconds of these open intervals ("0-3600 57600-90000") that have passed. */
const counted = (intervals, passed) =>
  intervals
    .split(" ")
    .filter(Boolean)
    .map((interval) => interval.split("-").map(Number))
    .reduce((sum, [from, to]) => sum + Math.max(Math.min(passed, to) - from, 0), 0);

/** "1 h 05 min", as core.formatting.hours writes it. */
const hours = (minutes, hour) => {
  const whole = Math.floor(minutes / 60);
  const rest = minutes % 60;
  if (!whole && rest) return `${rest} min`;
  return rest ? `${whole} ${hour} ${String(rest).padStart(2, "0")} min` : `${whole} ${hour}`;
};

const countDown = (element) => {
  const words = element.closest("[data-hour]").dataset;
  const left = Number(element.dataset.left) - counted(element.dataset.open, (Date.now() - opened) / 1000);
  const minutes = Math.ceil(left / 60);
  const text = left < 0 ? `${hours(Math.abs(minutes), words.hour)} ${words.late}` : hours(minutes, words.hour);
  if (element.textContent !== text) element.textContent = text;
  if (minutes <= 30) element.closest(".left")?.classList.add("hot");
};

const countAll = () => document.querySelectorAll("[data-left]").forEach(countDown);

if (document.querySelector("[data-left]")) {
  setInterval(countAll, 5000);
  document.addEventListener("visibilitychange", countAll);
}

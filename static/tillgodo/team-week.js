// The week of the team as a calendar, on top of the table that works without it. Nothing is moved here: whatever is
// dropped elsewhere goes back, and leads to the page that moves it.

const box = document.getElementById("team-calendar");
const NARROWEST = 22; // px an hour: below that nothing can be read or grasped
const NAMES = 130; // px for the names at the left
const wide = window.matchMedia("(min-width: 761px)");

/** What the clock shows so much later, as the address of the next page carries it: without a zone, whatever the browser's is. */
function later(wall, { days, seconds }) {
  return new Date(Date.parse(`${wall}Z`) + days * 86_400_000 + seconds * 1000).toISOString().slice(0, 16);
}

const language = () => (document.documentElement.lang === "en" ? "en-GB" : document.documentElement.lang);
const hour = (number) => `${String(number).padStart(2, "0")}:00:00`;
const element = (name, text) => Object.assign(document.createElement(name), { textContent: text });

/** Where a session that was dropped is moved, or given to somebody else. */
function onward({ event, delta, oldResource, newResource }) {
  const { at, move, technician } = event.extendedProps;
  if (!newResource || delta.days || delta.seconds) return `${move}?starts_at=${encodeURIComponent(later(at, delta))}`;
  return `${technician}?leaves=${oldResource.id}&takes=${newResource.id}`;
}

function content({ event, timeText }) {
  if (event.display === "background") return "";
  const words = [event.extendedProps.client, timeText].filter(Boolean);
  return { domNodes: [element("b", event.title), ...words.map((text) => element("span", text))] };
}

function draw({ resources, events }) {
  const { first, from, until, step, idle } = box.dataset;
  const hiddenDays = idle ? idle.split(",").map(Number) : [];
  box.hidden = false;
  const slots = (7 - hiddenDays.length) * (until - from);
  EventCalendar.create(box.querySelector("[data-calendar]"), {
    view: "resourceTimelineWeek",
    date: first,
    firstDay: 1,
    timeZone: "UTC",
    locale: language(),
    hiddenDays,
    headerToolbar: { start: "", center: "", end: "" },
    dayHeaderFormat: { weekday: "short", day: "numeric", month: "short" },
    slotLabelInterval: "02:00",
    slotLabelFormat: { hour: "2-digit", hourCycle: "h23" },
    eventTimeFormat: { hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
    slotMinTime: hour(from),
    slotMaxTime: hour(until),
    slotDuration: "01:00",
    snapDuration: { minutes: Number(step) },
    slotWidth: Math.max(NARROWEST, Math.floor((box.clientWidth - NAMES) / slots)),
    displayEventEnd: true,
    eventDurationEditable: false,
    nowIndicator: false,
    resources,
    events,
    eventContent: content,
    eventClick: ({ event }) => {
      if (event.extendedProps.page) location.assign(event.extendedProps.page);
    },
    eventDidMount: ({ el, event, timeText }) => {
      el.tabIndex = -1; // whoever uses the keyboard has the table
      if (event.title) el.title = [timeText, event.title, event.extendedProps.client].filter(Boolean).join(" · ");
    },
    eventDrop: (drop) => {
      const next = drop.event.extendedProps.move && onward(drop);
      drop.revert();
      if (next) location.assign(next);
    },
  });
}

async function show() {
  const { events, first, last } = box.dataset;
  try {
    const answer = await fetch(`${events}?first=${first}&last=${last}`, { credentials: "same-origin" });
    if (!answer.ok) throw new Error(answer.status);
    draw(await answer.json());
  } catch {
    box.hidden = false;
    box.querySelector("[data-failed]").hidden = false;
  }
}

if (box && wide.matches) show();

// The delivery board by hand: a card is dragged to its column, or moved there by keyboard. Every move is one that the
// card offers as a button or a link, and is pressed for whoever moves; without this the buttons do it alone.

const board = document.querySelector("[data-board]");
const said = document.querySelector("[data-board-said]");
const columns = board ? [...board.querySelectorAll("[data-state]")] : [];

const columnOf = (card) => card.closest("[data-state]");
const ways = (card) => new Map([...card.querySelectorAll("[data-move]")].map((way) => [way.dataset.move, way]));

/** Press the way to `state`, if the card has one; say so otherwise. */
function move(card, state) {
  const way = ways(card).get(state);
  if (!way) {
    said.textContent = board.dataset.impossible;
    return;
  }
  if (way.matches("form")) way.requestSubmit();
  else location.assign(way.href);
}

function mark(card) {
  const open = card ? ways(card) : new Map();
  for (const column of columns) {
    column.classList.toggle("takes", open.has(column.dataset.state));
    column.classList.remove("over");
  }
}

let held = null;

/** Where a card may be dropped, it says so while it is over it; elsewhere it goes back by itself. */
function drag() {
  for (const card of board.querySelectorAll("[data-card]")) card.draggable = ways(card).size > 0;
  board.addEventListener("dragstart", (event) => {
    held = event.target.closest?.("[data-card]");
    if (!held) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", held.querySelector("[data-open]").textContent.trim());
    held.classList.add("held-card");
    mark(held);
  });
  board.addEventListener("dragend", () => {
    held?.classList.remove("held-card");
    held = null;
    mark(null);
  });
  board.addEventListener("dragover", (event) => {
    const column = event.target.closest("[data-state]");
    const open = held && column && ways(held).has(column.dataset.state);
    for (const each of columns) each.classList.toggle("over", Boolean(open) && each === column);
    if (open) event.preventDefault();
  });
  board.addEventListener("drop", (event) => {
    const column = event.target.closest("[data-state]");
    if (!held || !column) return;
    event.preventDefault();
    move(held, column.dataset.state);
  });
}

const cards = (column) => [...column.querySelectorAll("[data-card]")];
const focus = (card) => card?.querySelector("[data-open]").focus();

/** The nearest column with cards in a direction; its card at the same height, or its last. */
function beside(card, step) {
  const place = cards(columnOf(card)).indexOf(card);
  for (let at = columns.indexOf(columnOf(card)) + step; columns[at]; at += step) {
    const found = cards(columns[at]);
    if (found.length) return found[Math.min(place, found.length - 1)];
  }
  return null;
}

const steps = { ArrowLeft: -1, ArrowRight: 1 };

function keys() {
  board.addEventListener("keydown", (event) => {
    const card = event.target.closest("[data-card]");
    if (!card || event.ctrlKey || event.metaKey || event.altKey) return;
    const all = cards(columnOf(card));
    const below = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    const step = steps[event.key];
    if (below && !event.shiftKey) focus(all[all.indexOf(card) + below]);
    else if (step && event.shiftKey) move(card, columns[columns.indexOf(columnOf(card)) + step]?.dataset.state);
    else if (step) focus(beside(card, step));
    else return;
    event.preventDefault();
  });
}

if (board) {
  document.querySelector("[data-board-keys]").hidden = false;
  drag();
  keys();
}

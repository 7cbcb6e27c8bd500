// Writing an estimate: rows come and go without asking the server, and sums stand beside what is typed.
// The server reckons again whatever is sent, and without this a press of the button brings the next row.

const form = document.querySelector("[data-estimate]");
const { currency, vat } = form.dataset;
const locale = document.documentElement.lang === "en" ? "en-GB" : document.documentElement.lang;
const written = new Intl.NumberFormat(locale, { style: "currency", currency, currencyDisplay: locale === "en-GB" ? "code" : "symbol" });

/** "1 200,50" in whole hundredths; null where it is no such number. */
function hundredths(text) {
  const plain = text.replace(/\s/g, "").replace(",", ".");
  if (!/^\d{1,10}(\.\d{1,2})?$/.test(plain)) return null;
  const [whole, rest = ""] = plain.split(".");
  return BigInt(whole) * 100n + BigInt(rest.padEnd(2, "0"));
}

/** Half a cent goes up, as on the server. */
const rounded = (value, by) => (value + by / 2n) / by;
const money = (cents) => written.format(Number(cents) / 100);
const field = (row, name) => row.querySelector(`[name$='-${name}']`);
const rowsOf = (prefix) => [...form.querySelectorAll(`[data-rows='${prefix}'] > [data-row]`)];
const usual = (kind) => form.getAttribute(`data-price-${kind}`) ?? "";
const single = (kind) => ["fixed", "expense"].includes(kind);

function netOf(row) {
  const kind = field(row, "kind").value;
  const quantity = field(row, "quantity").value || (single(kind) && field(row, "unit_price").value ? "1" : "");
  const [pieces, price] = [hundredths(quantity), hundredths(field(row, "unit_price").value || usual(kind))];
  return pieces && price ? rounded(pieces * price, 100n) : null;
}

function sums() {
  const rates = new Map();
  for (const row of rowsOf("line")) {
    const net = netOf(row);
    row.querySelector("[data-sum]").textContent = net === null ? "" : money(net);
    if (net === null) continue;
    const rate = hundredths(field(row, "vat_percent")?.value || vat || "0") ?? 0n;
    rates.set(rate, (rates.get(rate) ?? 0n) + net);
  }
  const net = [...rates.values()].reduce((sum, part) => sum + part, 0n);
  const tax = [...rates].reduce((sum, [rate, part]) => sum + rounded(part * rate, 10_000n), 0n);
  const box = form.querySelector("[data-sums]");
  box.hidden = !net;
  box.querySelector("[data-net]").textContent = money(net);
  box.querySelector("[data-tax]").textContent = money(tax);
  box.querySelector("[data-total]").textContent = money(net + tax);
  const placed = rowsOf("step").map((row) => hundredths(field(row, "net").value) ?? 0n);
  const left = form.querySelector("[data-left]");
  const words = placed.length && net ? `${left.dataset.words} ${money(net - placed.reduce((sum, part) => sum + part, 0n))}` : "";
  if (left.textContent !== words) left.textContent = words;
}

function add(prefix) {
  const total = form.querySelector(`[name='${prefix}-TOTAL_FORMS']`);
  const blank = form.querySelector(`template[data-blank='${prefix}']`).innerHTML.replaceAll("__prefix__", total.value);
  const rows = form.querySelector(`[data-rows='${prefix}']`);
  rows.insertAdjacentHTML("beforeend", blank);
  total.value = Number(total.value) + 1;
  const row = rows.lastElementChild;
  if (prefix === "line") price(row);
  row.querySelector("input:not([type='hidden']), select").focus();
}

/** The usual price of the kind, where none was typed that is another. */
function price(row) {
  const box = field(row, "unit_price");
  const prices = ["hours", "travel", "mileage"].map(usual);
  if (box.value === "" || prices.some((one) => one && hundredths(one) === hundredths(box.value))) box.value = usual(field(row, "kind").value);
  const share = field(row, "vat_percent");
  if (share && share.value === "") share.value = vat;
}

form.addEventListener("click", (event) => {
  const button = event.target.closest("[data-add], [data-drop]");
  if (!button) return;
  event.preventDefault();
  if (button.dataset.add) {
    add(button.dataset.add);
  } else {
    const row = button.closest("[data-row]");
    const near = row.nextElementSibling ?? row.previousElementSibling;
    const adds = form.querySelector(`[data-add='${row.parentElement.dataset.rows}']`);
    row.remove();
    (near?.querySelector("[data-drop]") ?? adds).focus();
  }
  sums();
});
form.addEventListener("input", sums);
form.addEventListener("change", (event) => {
  if (event.target.name.endsWith("-kind")) price(event.target.closest("[data-row]"));
  sums();
});
sums();

// The desk by keyboard, and the length of a text message while it is written.
// Single keys can be switched off (WCAG 2.1.4) in the list of keys, for this tab: the choice holds no content
// and is gone with the tab. They are never active while somebody types.

const SWITCH = "keys";
const TYPING = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]";
const BASIC =
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
const DOUBLE = "^{}\\[~]|€\f";
let before = "";

const find = (selector) => document.querySelector(selector);
const isOn = () => sessionStorage.getItem(SWITCH) !== "off";

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key === "Enter") return void find("#typed:not([aria-busy]) [data-send]")?.click();
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (!isOn() || event.target.closest(TYPING) || find("dialog[open]")) return;
  const key = event.key;
  const act = before === "g" ? () => press(named("go", key)) : KEYS[key] || (() => press(named("key", key)));
  before = key === "g" && before !== "g" ? "g" : "";
  if (act && act() !== false) event.preventDefault();
});

const KEYS = {
  j: () => step(1),
  ArrowDown: () => inRows() && step(1),
  k: () => step(-1),
  ArrowUp: () => inRows() && step(-1),
  r: () => focus(find("[data-reply]")),
  x: () => press(document.activeElement.closest("[data-row]")?.querySelector(".pick")),
  "?": openKeys,
};

// The arrows scroll the page as ever until the list has the focus.
const inRows = () => document.activeElement.closest("[data-row]") !== null;

function step(by) {
  const rows = [...document.querySelectorAll("[data-row]")];
  const here = rows.indexOf(document.activeElement.closest("[data-row]"));
  const next = here < 0 ? rows[0] : rows[here + by];
  return focus(next && next.querySelector("a"));
}

function focus(element) {
  if (!element) return false;
  element.focus();
  element.scrollIntoView({ block: "nearest" });
}

const named = (what, key) => find(`[data-${what}="${CSS.escape(key)}"]`);
const press = (target) => (target ? target.click() : false);

// A saved answer is put into the field; without this script the page comes back with it.
document.addEventListener("click", (event) => {
  const begin = event.target.closest("[data-words]");
  if (!begin) return;
  event.preventDefault();
  const [field, then] = [find("[data-reply]"), find("#then")];
  field.value = [field.value, begin.dataset.words].filter(Boolean).join("\n\n");
  if (begin.dataset.then && then.selectedIndex === 0) then.value = begin.dataset.then;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  focus(field);
});

// A search goes on by itself until everything was read; without this script, or a network, a button does it.
async function searchOn() {
  const form = find("form[data-further]");
  if (!form) return;
  const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (!page.querySelector("[data-searched]")) return;
  find("main ul.rows").append(...page.querySelectorAll("main ul.rows > li"));
  for (const part of ["[data-searched]", "form[data-further]"]) {
    const next = page.querySelector(part);
    if (next) find(part).replaceWith(next);
    else find(part).remove();
  }
  setTimeout(searchOn);
}

searchOn().catch(() => undefined);

// Only keys that do something here are listed; where there are none, nothing leads to the list.
const needed = [...document.querySelectorAll("#keys [data-needs]")];
for (const line of needed) line.hidden = !find(line.dataset.needs);
const anyKeys = needed.some((line) => !line.hidden);
for (const button of document.querySelectorAll("[data-keys-open]")) button.hidden = !anyKeys;

function openKeys() {
  const dialog = find("#keys");
  if (!dialog || !anyKeys) return false;
  dialog.querySelector("[data-keys-on]").checked = isOn();
  dialog.showModal();
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-keys-open]")) openKeys();
});

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-keys-on]")) sessionStorage.setItem(SWITCH, event.target.checked ? "on" : "off");
});

document.addEventListener("input", (event) => {
  const note = find(`p[data-segments="${CSS.escape(event.target.id)}"]`);
  if (note) measure(note, (note.dataset.before ?? "") + event.target.value);
});

// What was typed before this script came, or stands there again after an error or a step back, has a length too.
for (const note of document.querySelectorAll("p[data-segments]")) {
  const field = document.getElementById(note.dataset.segments);
  if (field?.value) measure(note, (note.dataset.before ?? "") + field.value);
}

function measure(note, text) {
  const wide = [...new Set(text)].filter((sign) => !BASIC.includes(sign) && !DOUBLE.includes(sign));
  const { units, parts } = wide.length ? inWide(text) : inBasic(text);
  note.textContent = note.dataset.text.replace("{n}", units).replace("{parts}", parts)
    .replace("{cost}", (note.dataset.price * parts * 100).toFixed(2));
  if (wide.length && parts > 1) note.textContent += " " + note.dataset.wide.replace("{signs}", wide.join(" "));
}

// GSM 03.38: 160 septets alone, 153 a part. A double sign is never split between two parts.
function inBasic(text) {
  return fill([...text].map((sign) => (DOUBLE.includes(sign) ? 2 : 1)), 160, 153);
}

// UCS-2: 70 alone, 67 a part, counted in UTF-16 units; an emoji's two halves stay together.
function inWide(text) {
  return fill([...text].map((sign) => sign.length), 70, 67);
}

function fill(sizes, alone, each) {
  const units = sizes.reduce((sum, size) => sum + size, 0);
  if (units <= alone) return { units, parts: 1 };
  let parts = 1;
  let room = each;
  for (const size of sizes) {
    if (size > room) {
      parts += 1;
      room = each;
    }
    room -= size;
  }
  return { units, parts };
}

// Rooms that lie over the page fold again when somebody goes on elsewhere.
document.addEventListener("click", (event) => {
  for (const fold of document.querySelectorAll(".fold[open]")) fold.open = fold.contains(event.target);
});
document.addEventListener("keydown", (event) => {
  const fold = event.key === "Escape" && event.target.closest(".fold[open]");
  if (!fold) return;
  fold.open = false;
  fold.querySelector("summary").focus();
});

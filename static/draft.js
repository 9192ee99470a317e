// The report form: a draft on this device, only while its box is ticked; gone once sent, left fast, or a day old.
// portal.js loads this when the box is ticked, and where a draft is kept.

const NAME = "draft";
const DAY = 864e5;

const box = () => document.querySelector("[data-draft]");
const form = () => document.querySelector("form[data-keep]");
const fields = () => [...form().elements].filter((one) => one.name && !["hidden", "file", "submit"].includes(one.type));
const isChoice = (field) => ["radio", "checkbox"].includes(field.type);
const cameBack = () => document.querySelector("[data-errors]") || fields().some((one) => one.localName === "textarea" && one.defaultValue);

function read() {
  const kept = JSON.parse(localStorage.getItem(NAME));
  if (kept && Date.now() - kept.at < DAY) return kept.values;
  localStorage.removeItem(NAME);
  return undefined;
}

function keep() {
  const values = fields().filter((one) => !isChoice(one) || one.checked).map((one) => [one.name, one.value]);
  if (box().checked) localStorage.setItem(NAME, JSON.stringify({ at: Date.now(), values }));
  else localStorage.removeItem(NAME);
  ask(!box().checked || [...form().elements].some((one) => one.files?.length));
}

// What is kept is not lost on the way out, and nobody is asked; pictures are not kept.
function ask(wanted) {
  const { dataset } = form().querySelector("[data-offline]");
  const [from, to] = wanted ? ["kept", "stay"] : ["stay", "kept"];
  if (dataset[from]) dataset[to] = dataset[from];
  delete dataset[from];
}

function restore(values) {
  for (const field of fields()) {
    const found = values.filter(([name]) => name === field.name).map(([, value]) => value);
    if (isChoice(field)) field.checked = found.includes(field.value);
    else field.value = found.join("");
    const fold = field.closest("details");
    if (fold && (isChoice(field) ? field.checked : field.value)) fold.open = true;
  }
}

function wake() {
  if (document.querySelector("#code-words")) localStorage.removeItem(NAME);
  if (!box()) return;
  const values = read();
  if (values && !cameBack()) restore(values);
  box().checked ||= Boolean(values);
  keep();
}

addEventListener("input", () => box() && keep());
addEventListener("change", () => box() && keep());
new MutationObserver(wake).observe(document.documentElement, { childList: true });
wake();

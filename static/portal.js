// Public pages: leave fast, send without losing what was typed, count, copy, print.
// Nothing is stored on the device: it could be read there later. Leaving fast erases the draft of draft.js.
// Listeners stand on the document: bodies are swapped.

const root = document.documentElement;
const PATIENCE = 45000;
let escapes = 0;
let wait;
let unsent = false;
let leaving = false;
let clicked;
let tried;

root.classList.add("js");
for (const exit of document.querySelectorAll("[data-exit]")) exit.title = exit.dataset.title;

function leave(url) {
  document.title = "\u2026";
  document.body.replaceChildren();
  try {
    localStorage.removeItem("draft");
  } finally {
    location.replace(url);
  }
}

document.addEventListener("click", (event) => {
  const target = event.target.closest("[data-exit], [data-copy], [data-print], [data-noted], [data-retry]");
  if (!target) return;
  event.preventDefault();
  if (target.matches("[data-exit]")) leave(target.href);
  else if (target.matches("[data-print]")) print();
  else if (target.matches("[data-noted]")) noted(target);
  else if (target.matches("[data-retry]")) tried.form.requestSubmit(tried);
  else copy(target);
});

document.addEventListener("keydown", (event) => {
  if (event.repeat) return;
  escapes = event.key === "Escape" ? escapes + 1 : 0;
  const exit = document.querySelector("[data-exit]");
  if (escapes === 3 && exit) leave(exit.href);
});

async function copy(button) {
  const source = document.querySelector(button.dataset.copy);
  await navigator.clipboard.writeText(source.innerText.trim().split(/\s+/).join(" "));
  button.textContent = button.dataset.done;
}

document.addEventListener("change", ({ target }) => target.dataset.with && import(target.dataset.with));

function noted(button) {
  button.closest("[data-once]")?.removeAttribute("data-once");
  button.textContent = button.dataset.done;
}

document.addEventListener("change", ({ target }) => target.matches("[data-draft]") && keepDraft(target));

function keepDraft(box) {
  import(box.dataset.draft).catch(() => (box.checked = false));
}

try {
  if (localStorage.draft) keepDraft(document.querySelector("[data-draft]"));
} catch {
  // Another page, or a device that stores nothing.
}

document.addEventListener("input", (event) => {
  const note = document.querySelector(`[data-count="${event.target.id}"]`);
  if (!note) return;
  clearTimeout(wait);
  // After a pause, so that a screen reader is not interrupted at each key.
  wait = setTimeout(() => count(note, event.target.value), 700);
});

function count(note, text) {
  const left = note.dataset.most - [...text.replace(/\n/g, "\r\n")].length;
  const words = left < 0 ? note.dataset.over : note.dataset.left;
  note.textContent = words.replace("{n}", Math.abs(left).toLocaleString(root.lang));
  note.classList.toggle("error", left < 0);
}

// What is shown only once, or says that a form holds something typed and not sent. Whoever left by the exit is not asked.
function started() {
  const stays = [...document.querySelectorAll("form[data-keep] [data-stay]")];
  if (leaving) return undefined;
  return document.querySelector("[data-once]") || stays.find((one) => unsent || [...one.closest("form").elements].some(changed));
}

function changed(field) {
  return field.defaultValue !== undefined && (field.value !== field.defaultValue || field.checked !== field.defaultChecked);
}

addEventListener("beforeunload", (event) => {
  if (started()) event.returnValue = "stay";
});

// The browsers of some phones ask nothing by themselves before a link is followed.
document.addEventListener("click", (event) => {
  clicked = event.target.closest("button");
  const link = event.target.closest("a[href]");
  if (!link || event.defaultPrevented || event.ctrlKey || event.metaKey || link.target || link.download) return;
  const stay = /^(#|tel:|sms:|mailto:)/.test(link.getAttribute("href")) ? undefined : started();
  if (!stay) return;
  leaving = confirm(stay.dataset.stay);
  if (!leaving) event.preventDefault();
});

document.addEventListener("submit", async (event) => {
  const form = event.target;
  const keep = form.matches("form[data-keep]") && form.querySelector("[data-offline]");
  if (!keep) {
    leaving = true;
    return;
  }
  event.preventDefault();
  if (form.getAttribute("aria-busy") === "true") return;
  // Some browsers do not tell the button.
  const pressed = event.submitter || (clicked?.form === form && clicked) || form.querySelector("[type=submit]");
  // After Enter it is the button that is seen and does the same.
  const same = [...form.querySelectorAll("[type=submit]:not([data-enter])")].find((one) => one.value === pressed.value);
  const button = pressed.matches("[data-enter]") && same ? same : pressed;
  const undo = markBusy(form, button);
  // What is tried again is the sending, if that failed, too.
  if (!tried?.isConnected || !pressed.matches("[formaction]")) tried = pressed;
  try {
    const page = await send(form, pressed);
    const reason = page.querySelector("[data-error]");
    if (reason) say(keep, reason.textContent);
    else show(page);
  } catch {
    say(keep);
  } finally {
    undo();
  }
});

function markBusy(form, button) {
  const text = button.textContent;
  form.setAttribute("aria-busy", "true");
  button.setAttribute("aria-disabled", "true");
  button.textContent = button.dataset.busy || text;
  return () => {
    form.removeAttribute("aria-busy");
    button.removeAttribute("aria-disabled");
    button.textContent = text;
  };
}

async function send(form, submitter) {
  const data = new FormData(form);
  const inOtherLanguage = submitter.getAttribute("formaction");
  if (submitter.name) data.append(submitter.name, submitter.value);
  const files = [...data.values()].some((one) => one.name);
  const body = files ? data : new URLSearchParams([...data].filter(([, one]) => one.trim));
  // Whoever sees the line sees lengths: without files, always whole kilobytes. The server ignores the field.
  if (!files) body.append("pad", "0".repeat(-`${body}&pad=`.length & 1023));
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), files ? PATIENCE * 20 : PATIENCE);
  const response = await fetch(inOtherLanguage || form.getAttribute("action") || location.href, {
    method: "POST",
    body,
    credentials: "same-origin",
    signal: stop.signal,
  });
  const html = await response.text();
  clearTimeout(timer);
  const page = new DOMParser().parseFromString(html, "text/html");
  if (!page.querySelector("main")) throw new TypeError("not one of our pages");
  unsent = inOtherLanguage || !response.ok || page.querySelector("form [data-here], [data-errors]");
  if (response.redirected) history.replaceState(null, "", response.url);
  else if (inOtherLanguage) history.replaceState(null, "", location.pathname.replace(/^\/../, `/${page.documentElement.lang}`));
  return page;
}

function show(page) {
  document.title = page.title;
  root.lang = page.documentElement.lang;
  for (const note of page.querySelectorAll("[data-again]")) {
    const field = note.previousElementSibling.lastElementChild;
    field.files = document.getElementById(field.id).files;
    note.remove();
  }
  document.body.replaceWith(page.body);
  scrollTo(0, 0);
  const first = document.querySelector("[data-here]") || document.querySelector("[data-errors], h1");
  first.tabIndex = -1;
  first.focus();
}

function say(box, words) {
  const place = box.querySelector("[data-reason]");
  place.dataset.own ??= place.textContent;
  place.textContent = words || place.dataset.own;
  box.hidden = false;
  box.focus();
}

// Counting at the door. Counts lie on the phone until they are sent, and nothing else does: see meetings/door.py.
// Each door says all that it counted, with a turn that grows with every tap: sent twice it is the same, and doors add up.

const page = document.querySelector("[data-door]");
const words = page.dataset;
const STORE = `door-${words.door}`;
const UNTIL = Number(words.until);
const LATER = 12 * 3600 * 1000;
const PAUSE = 1500;
const AGAIN = 20000;
const MOST_STEPS = 500;
const find = (selector) => document.querySelector(selector);
let memory = null;
let fragile = false;
let state = "waiting";
let under = null;
let wait;

document.documentElement.classList.add("js");

function load() {
  try {
    memory = JSON.parse(localStorage.getItem(STORE)) || memory;
  } catch {
    fragile = true;
  }
  memory ??= { door: draw(), turn: 0, sent: 0, counts: {}, steps: [], until: UNTIL };
  return memory;
}

function save(kept) {
  memory = kept;
  try {
    localStorage.setItem(STORE, JSON.stringify(kept));
  } catch {
    fragile = true;
  }
}

function draw() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function change(name, by) {
  const kept = load();
  kept.counts[name] = Math.max(0, (kept.counts[name] || 0) + by);
  kept.turn += 1;
  save(kept);
  show();
  clearTimeout(wait);
  wait = setTimeout(send, PAUSE);
}

function tap(name) {
  const kept = load();
  kept.steps = [...kept.steps, name].slice(-MOST_STEPS);
  save(kept);
  change(name, 1);
}

function undo() {
  const kept = load();
  const name = kept.steps.pop();
  if (!name) return;
  save(kept);
  change(name, -1);
  find("[data-state]").textContent = words.undone.replace("{what}", label(name));
}

const label = (name) => find(`[data-count="${CSS.escape(name)}"] span`).textContent;

function show() {
  const kept = load();
  for (const button of document.querySelectorAll("[data-count]")) {
    button.querySelector("b").textContent = kept.counts[button.dataset.count] || 0;
  }
  const last = kept.steps.at(-1);
  const button = find("[data-undo-last]");
  button.disabled = !last;
  button.textContent = words.undo.replace("{what}", last ? label(last) : "").replace(/:\s*$/, "");
  const left = kept.turn - kept.sent;
  if (left && state === "sent") state = "waiting";
  const said = left ? words[state] : kept.turn ? words.sent : find("[data-state]").textContent;
  find("[data-state]").textContent = (fragile && left ? words.fragile : said).replace("{n}", left);
}

// Whoever asks while something is under way waits for that.
function send() {
  under ??= deliver().finally(() => {
    under = null;
    show();
  });
  return under;
}

async function deliver() {
  const kept = load();
  if (kept.turn === kept.sent) return;
  try {
    const token = await fetch(words.token, { credentials: "same-origin" });
    if (token.redirected || !token.ok) return void (state = token.redirected ? "away" : judged(token));
    const answer = await fetch(words.send, {
      method: "POST",
      credentials: "same-origin",
      headers: { "X-CSRFToken": (await token.json()).token },
      body: new URLSearchParams({ door: kept.door, turn: kept.turn, counts: JSON.stringify(kept.counts) }),
    });
    if (answer.redirected || !answer.ok) return void (state = answer.redirected ? "away" : judged(answer));
    const told = await answer.json();
    const now = load();
    now.sent = Math.max(now.sent, told.turn);
    save(now);
    state = "sent";
    tell(told);
  } catch {
    state = "waiting";
  }
}

const judged = (answer) => ({ 403: "away", 404: "refused", 409: "refused" })[answer.status] || "waiting";

function tell(told) {
  const people = Object.entries(told.all).filter(([name]) => name.startsWith("who."));
  const sum = people.reduce((all, [, count]) => all + count, 0);
  const line = find("p[data-alldoors]");
  line.textContent = words.alldoors.replace("{n}", sum).replace("{doors}", told.doors);
  line.hidden = false;
}

function erase() {
  clearTimeout(wait);
  try {
    localStorage.removeItem(STORE);
  } catch {
    // There was nothing that could be kept.
  }
}

async function finish() {
  await send();
  const kept = load();
  if (kept.turn !== kept.sent) return;
  erase();
  location.replace(words.back);
}

// After the evening nothing stays on the phone; what could not be sent gets half a day more.
function look() {
  const kept = load();
  const isOver = Date.now() > UNTIL;
  if (isOver && (kept.turn === kept.sent || Date.now() > UNTIL + LATER)) {
    erase();
    page.replaceChildren(Object.assign(document.createElement("p"), { textContent: words.over }));
    return;
  }
  send();
  setTimeout(look, AGAIN);
}

document.addEventListener("click", (event) => {
  const counter = event.target.closest("[data-count]");
  if (counter) tap(counter.dataset.count);
  else if (event.target.closest("[data-undo-last]")) undo();
  else if (event.target.closest("[data-finish]")) finish();
});
addEventListener("online", send);
addEventListener("storage", show);
// Without a network this page cannot be opened again.
addEventListener("beforeunload", (event) => !navigator.onLine && event.preventDefault());

show();
look();

// The clock of the evening: counts down what is on, with or without a network. The plan is the list on the page; what is
// kept here is how far the evening is, and the page without names. See partners/callin/run_pages.py.

const stage = document.querySelector("[data-stage]");
const words = stage.dataset;
const STORE = `stage-${words.stage}`;
const UNTIL = Number(words.until);
const LOOK = 20000;
const SOON = 30;
const find = (selector) => document.querySelector(selector);
let at = load();

document.documentElement.classList.add("js");

function load() {
  try {
    return JSON.parse(localStorage.getItem(STORE)) || { here: -1, since: 0, more: 0 };
  } catch {
    return { here: -1, since: 0, more: 0 };
  }
}

function save() {
  try {
    localStorage.setItem(STORE, JSON.stringify(at));
  } catch {
    // It counts all the same, until the page is closed.
  }
}

const plan = () => [...document.querySelectorAll("[data-plan] > li")];
const what = (item) => item.querySelector("[data-what]").textContent.trim();

function go(by) {
  const items = plan();
  at = { here: Math.min(Math.max(at.here + by, -1), items.length), since: Date.now(), more: 0 };
  save();
  show();
  stayAwake();
}

function show() {
  const items = plan();
  at.here = Math.min(at.here, items.length);
  const now = items[at.here];
  const then = items[at.here + 1];
  for (const item of items) {
    item.classList.toggle("is-now", item === now);
    if (item === now) item.setAttribute("aria-current", "step");
    else item.removeAttribute("aria-current");
  }
  if (now) find("[data-now]").textContent = what(now);
  else find("[data-now]").textContent = at.here < 0 && then ? words.begin.replace("{what}", what(then)) : words.ended;
  find("[data-then]").textContent = then ? (now ? words.next.replace("{what}", what(then)) : "") : now ? words.last : "";
  tick();
}

function tick() {
  const now = plan()[at.here];
  const clock = find("[data-clock]");
  if (!now) {
    clock.textContent = "–";
    clock.classList.remove("is-soon", "is-over");
    return;
  }
  const left = Math.round((at.since - Date.now()) / 1000) + (Number(now.dataset.minutes) + at.more) * 60;
  const time = `${Math.floor(Math.abs(left) / 60)}:${String(Math.abs(left) % 60).padStart(2, "0")}`;
  clock.textContent = left < 0 ? words.over.replace("{time}", time) : time;
  clock.classList.toggle("is-soon", left >= 0 && left <= SOON);
  clock.classList.toggle("is-over", left < 0);
}

// Somebody may take their word back during the evening: with a network the plan is asked for again and again.
async function look() {
  if (Date.now() > UNTIL) return void erase();
  try {
    const answer = await fetch(location.pathname, { credentials: "same-origin" });
    if (answer.ok && !answer.redirected) take(new DOMParser().parseFromString(await answer.text(), "text/html"));
  } catch {
    // Without a network the plan stays as it was.
  }
  setTimeout(look, LOOK);
}

// What is opened without a network is the plan as it was last seen, never the page of a task: that one has names.
async function keep() {
  try {
    const answer = await fetch(words.page, { credentials: "same-origin" });
    if (!answer.ok || answer.redirected) return;
    for (const name of await caches.keys()) {
      if (name.startsWith(`${STORE}-`)) await (await caches.open(name)).put(words.page, answer.clone());
    }
  } catch {
    // The next change is kept instead.
  }
}

function take(fresh) {
  const mark = fresh.querySelector("[data-mark]");
  if (mark && find("[data-mark]")) find("[data-mark]").textContent = mark.textContent;
  const theirs = fresh.querySelector("[data-plan]");
  const ours = find("[data-plan]");
  if (!theirs || plain(theirs) === plain(ours)) return;
  ours.replaceWith(document.adoptNode(theirs));
  find("[data-said]").textContent = words.changed;
  show();
  keep();
}

const plain = (list) => [...list.children].map((item) => `${item.dataset.minutes} ${item.textContent.replace(/\s+/g, " ")}`).join();

async function stayAwake() {
  try {
    await navigator.wakeLock?.request("screen");
  } catch {
    // Then somebody taps it now and then.
  }
}

async function erase() {
  try {
    localStorage.removeItem(STORE);
    for (const name of await caches.keys()) if (name.startsWith(`${STORE}-`)) await caches.delete(name);
    const workers = await navigator.serviceWorker.getRegistrations();
    await Promise.all(workers.filter((one) => one.scope.endsWith(`/${words.stage}/tonight/`)).map((one) => one.unregister()));
  } catch {
    // There was nothing that could be kept.
  }
  find("main").replaceChildren(Object.assign(document.createElement("p"), { textContent: words.done }));
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-go], [data-more], [data-print]");
  if (!button) return;
  if ("print" in button.dataset) return print();
  if (button.dataset.go) return go(Number(button.dataset.go));
  at.more += 1;
  save();
  tick();
});
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && at.here >= 0 && stayAwake());

show();
setInterval(tick, 500);
setTimeout(look, LOOK);
if (Date.now() > UNTIL) erase();
else if ("serviceWorker" in navigator) {
  navigator.serviceWorker.register(`${words.worker}&until=${UNTIL}&under=1&name=${STORE}-`).catch(() => {});
}

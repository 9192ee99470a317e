// The run of an evening: dragged or moved by its arrows, saved in one request. The server adds up; nothing slides.
// Without this script the buttons send the same form.

const form = document.querySelector("[data-run]");
const find = (what, where = form) => where.querySelector(what);
const ways = { up: -1, down: 1, ArrowUp: -1, ArrowDown: 1 };
const parts = ["[data-amiss]", "[data-sum]", "ol.run"];
let held, room, x, y, begun, typed, timer, busy, again, last;

// The neighbor moves: what is held keeps its pointer, what is pressed its focus.
function step(item, way) {
  const { previousElementSibling: before, nextElementSibling: after } = item;
  if (way < 0 && before) item.after(before);
  if (way > 0 && after) item.before(after);
}

function middle(item) {
  const box = item?.getBoundingClientRect();
  return box && box.top + box.height / 2;
}

// The page rolls while the finger is near its edge.
function follow() {
  if (!held) return;
  if (y < 90 || y > innerHeight - 70) scrollBy(0, y < 90 ? -9 : 9);
  if (y < middle(held.previousElementSibling)) step(held, -1);
  if (y > middle(held.nextElementSibling)) step(held, 1);
  requestAnimationFrame(follow);
}

function save(item) {
  last = item;
  typed = false;
  item.dataset.room = find("select", item).value;
  clearTimeout(timer);
  timer = setTimeout(send, 300);
}

async function send() {
  if (busy) return (again = true);
  if (!form.reportValidity()) return;
  busy = true;
  again = false;
  try {
    const body = new URLSearchParams(new FormData(form));
    const answer = await fetch(form.action, { method: "POST", body });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    again &&= answer.ok;
    take(find("[data-run]", page));
    find("[data-offline]").hidden = true;
  } catch {
    again = false;
    find("[data-offline]").hidden = false;
  }
  busy = false;
  if (again) send();
}

function take(fresh) {
  form.was.value = fresh.was.value;
  if (again || held || typed) return;
  const was = find(parts[0]).textContent;
  const focused = document.activeElement.id;
  for (const part of parts) find(part).replaceWith(find(part, fresh));
  if (focused) document.getElementById(focused).focus();
  tell(document.getElementById(last.id), find(parts[0]).textContent !== was);
  find("[data-errors]")?.focus();
}

// Where it stands now, and what that comes to; what is amiss only when that changed.
function tell(item, isNew) {
  const rows = [...find("ol.run").children];
  const said = { what: item && find("strong", item).textContent, number: rows.indexOf(item) + 1, all: rows.length };
  const where = item ? form.dataset.said.replace(/{(\w+)}/g, (_, name) => said[name]) : "";
  find("[data-news]").textContent = where + find("[data-sum]").textContent + (isNew ? find(parts[0]).textContent : "");
}

form?.addEventListener("pointerdown", (event) => {
  const grip = event.target.closest("[data-grip]");
  if (!grip || event.button) return;
  held = grip.closest("li");
  held.classList.add("is-held");
  grip.setPointerCapture(event.pointerId);
  room = find("select", held).value;
  [x, y] = [event.clientX, event.clientY];
  begun = y;
  follow();
});

form?.addEventListener("pointermove", (event) => {
  if (!held) return;
  y = event.clientY;
  const aside = event.clientX - x;
  const turned = Math.abs(aside) > Math.max(32, Math.abs(y - begun));
  held.dataset.room = find("select", held).value = turned ? (aside > 0 ? 2 : 1) : room;
});

for (const end of ["pointerup", "pointercancel"]) {
  form?.addEventListener(end, () => {
    if (held) save(held);
    held?.classList.remove("is-held");
    held = null;
  });
}

function press(event, button, way) {
  if (!button || !way) return;
  event.preventDefault();
  const item = button.closest("li");
  step(item, way);
  save(item);
}

form?.addEventListener("submit", (event) => press(event, event.submitter, ways[event.submitter?.value.split("-")[0]]));
form?.addEventListener("keydown", (event) => press(event, event.target.closest("[name=move]"), ways[event.key]));
form?.addEventListener("input", () => (typed = true));
form?.addEventListener("change", (event) => save(event.target.closest("li")));

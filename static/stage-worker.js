// Keeps one page and its files for one evening, and nothing else: its address says which, and until when.

const given = new URL(location.href).searchParams;
const UNTIL = Number(given.get("until")) + 12 * 3600 * 1000;
const KEEP = given.getAll("keep");
const NAME = given.get("name") + given.get("version") + KEEP.join();
const PAGE = new URL(".", location.href).href;
// Pages under it are not kept; without a network it stands in for them.
const UNDER = given.has("under");
const PATIENCE = 6000;

self.addEventListener("install", (event) => {
  event.waitUntil(keep().then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(forget((name) => name !== NAME).then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const { method, mode, url } = event.request;
  if (method !== "GET") return;
  if (mode === "navigate" && (url === PAGE || (UNDER && url.startsWith(PAGE)))) event.respondWith(page(event.request));
  else if (KEEP.includes(url.slice(location.origin.length))) event.respondWith(file(event.request));
});

async function keep() {
  const cache = await caches.open(NAME);
  await cache.addAll(KEEP);
  await put(cache, await fetch(PAGE, { credentials: "same-origin" }));
}

// Never the page of the sign-in, which is where whoever is signed out is led.
async function put(cache, answer) {
  if (answer.ok && !answer.redirected) await cache.put(PAGE, answer);
}

async function page(request) {
  if (Date.now() > UNTIL) {
    await forget(() => true);
    await self.registration.unregister();
    return fetch(request);
  }
  const cache = await caches.open(NAME);
  try {
    const answer = await Promise.race([fetch(request), late()]);
    if (answer.status >= 500) throw new Error("not now");
    if (request.url === PAGE) await put(cache, answer.clone());
    return answer;
  } catch {
    return (await cache.match(PAGE)) || Response.error();
  }
}

async function file(request) {
  const cache = await caches.open(NAME);
  return (await cache.match(request)) || fetch(request);
}

function late() {
  return new Promise((_, fail) => setTimeout(() => fail(new Error("late")), PATIENCE));
}

async function forget(which) {
  const mine = (await caches.keys()).filter((name) => name.startsWith(given.get("name")) && which(name));
  await Promise.all(mine.map((name) => caches.delete(name)));
}

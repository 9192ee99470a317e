// A page that waits for a worker: says how far it is every few seconds, and shows what came of it when it is done.

const EVERY = 2000;
const waiting = document.querySelector("[data-waiting]");

async function look() {
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const now = page.querySelector("[data-waiting]");
    const title = page.querySelector("h1")?.textContent;
    if (!now || title !== document.querySelector("h1").textContent) return location.reload();
    waiting.querySelector("progress").value = now.querySelector("progress").value;
    waiting.querySelector("[role=status]").textContent = now.querySelector("[role=status]").textContent;
  } catch {
    // Without a network for a moment; the link on the page is still there.
  }
  setTimeout(look, EVERY);
}

if (waiting) setTimeout(look, EVERY);

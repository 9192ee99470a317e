// Forms that take pictures: a finger covers what nobody should see, before anything is sent. A picture that is too large
// is made smaller; one that this browser cannot show stays as it is. Nothing is stored on the device. Listeners stand on
// the document: bodies are swapped.

// As the server makes them, and the most that it takes.
const SIDE = 1600;
const MOST_BYTES = 8 * 2 ** 20;
const MOST_DOTS = 4e7;
let latest;
let originals;

document.addEventListener("change", ({ target }) => {
  if (target.id === "pictures") offer(target, [...target.files]);
});

// The same form came back, with the files that portal.js took along.
new MutationObserver(() => {
  const field = document.querySelector("#pictures");
  if (field?.files.length) offer(field, [...field.files], originals);
}).observe(document.documentElement, { childList: true });

async function offer(field, files, before = [...files]) {
  const boxes = document.querySelector("[data-blots]");
  latest = files;
  originals = before;
  boxes.replaceChildren(boxes.firstElementChild);
  for (const [place, file] of files.entries()) {
    const box = boxes.firstElementChild.content.firstElementChild.cloneNode(true);
    const canvas = box.querySelector("canvas");
    const dots = await draw(canvas, file);
    // Others may have been chosen meanwhile.
    if (latest !== files) return;
    if (!dots) continue;
    const put = (changed) => {
      const all = new DataTransfer();
      files[place] = changed;
      for (const one of files) all.items.add(one);
      field.files = all.files;
    };
    if (file.size > MOST_BYTES || dots > MOST_DOTS) put((before[place] = drawn(canvas)));
    listen(box, before[place], put);
    boxes.append(box);
  }
}

async function draw(canvas, file) {
  const picture = await createImageBitmap(file).catch(() => undefined);
  if (!picture) return 0;
  const dots = picture.width * picture.height;
  const scale = Math.min(1, SIDE / Math.max(picture.width, picture.height));
  canvas.width = picture.width * scale;
  canvas.height = picture.height * scale;
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  return dots;
}

// At once, not when the browser finds time: whoever presses Send next sends this.
function drawn(canvas) {
  const bytes = atob(canvas.toDataURL("image/jpeg", 0.9).split(",")[1]);
  return new File([Uint8Array.from(bytes, (one) => one.charCodeAt(0))], "picture.jpg", { type: "image/jpeg" });
}

function listen(box, original, put) {
  const canvas = box.querySelector("canvas");
  const cover = (event) => {
    if (!event.buttons) return;
    const wide = Math.max(canvas.width, canvas.height) / 16;
    const scale = canvas.width / canvas.clientWidth;
    canvas.getContext("2d").fillRect(event.offsetX * scale - wide / 2, event.offsetY * scale - wide / 2, wide, wide);
  };
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    cover(event);
  });
  canvas.addEventListener("pointermove", cover);
  canvas.addEventListener("lostpointercapture", () => put(drawn(canvas)));
  box.querySelector("button").addEventListener("click", () => {
    put(original);
    draw(canvas, original);
  });
}

// portal.js asked for this after a picture was chosen.
const chosen = document.querySelector("#pictures");
if (chosen) offer(chosen, [...chosen.files]);

// Forms that take a voice note: recorded, changed and heard here; only the changed sound leaves the phone. Nothing is
// stored on the device. portal.js asks for this once the box is ticked. Listeners stand on the document: bodies are swapped.

// As reports/attachments.py takes it.
const RATE = 8000;
const MOST_SECONDS = 60;
const GRAIN = 400;
const REACH = 80;
let recorder;
let playing;

const part = (name) => document.querySelector(`[data-voice] ${name}`);
const field = () => part("input");
const place = () => document.querySelector("[data-voice]");
const box = () => place()?.previousElementSibling.firstElementChild;

document.addEventListener("click", ({ target }) => {
  if (target.matches("[data-record]")) record();
  if (target.matches("[data-listen]")) play();
});

document.addEventListener("change", ({ target }) => target === box() && open());

// Nothing is sent while she speaks: it would go without the note. Before portal.js hears of it.
document.addEventListener("submit", (event) => recorder && (event.preventDefault(), event.stopPropagation(), part("[data-record]").focus()), true);

// The same form came back, with the note that portal.js took along; or another page did.
new MutationObserver(() => field() && show()).observe(document.documentElement, { childList: true });

function open() {
  place().hidden = !box().checked;
  if (!field()) place().append(Object.assign(document.createElement("input"), { type: "file", id: "voice", name: "voice", hidden: true }));
  if (box().checked) show();
  else drop();
}

function show(failed = false) {
  const button = part("[data-record]");
  button.dataset.first ??= button.textContent;
  button.disabled = false;
  button.textContent = recorder ? button.dataset.record : button.dataset.first;
  part("[data-listen]").hidden = !field().files.length;
  part("[role=alert]").hidden = !failed;
}

async function record() {
  if (recorder) {
    if (recorder.state === "recording") recorder.stop();
    return;
  }
  drop();
  // The browser asks her first; one press is enough.
  part("[data-record]").disabled = true;
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    const parts = [];
    const mine = (recorder = new MediaRecorder(stream));
    const end = setTimeout(() => mine.stop(), MOST_SECONDS * 1000);
    mine.ondataavailable = ({ data }) => parts.push(data);
    mine.onstop = async () => {
      const kept = recorder === mine;
      clearTimeout(end);
      for (const track of stream.getTracks()) track.stop();
      if (!kept) return;
      const failed = await keep(new Blob(parts)).catch(() => true);
      recorder = undefined;
      show(failed);
    };
    mine.start();
    show();
  } catch {
    show(true);
  }
}

async function keep(blob) {
  const sound = await new OfflineAudioContext(1, 1, RATE).decodeAudioData(await blob.arrayBuffer());
  // Drawn for each note, so that whoever undoes it for one has not undone it for all.
  const [side, far] = crypto.getRandomValues(new Uint32Array(2));
  const factor = side % 2 ? 0.76 + (far / 2 ** 32) * 0.1 : 1.18 + (far / 2 ** 32) * 0.14;
  const all = new DataTransfer();
  const samples = changed(sound.getChannelData(0).subarray(0, MOST_SECONDS * RATE), factor);
  all.items.add(new File([Int16Array.from(samples, (one) => Math.max(-1, Math.min(1, one)) * 32767)], "voice"));
  field().files = all.files;
}

// Pitch and the color of the voice move by the factor; the speed stays: read faster or slower, then laid together again
// in grains, each where it goes on best from the one before.
function changed(samples, factor) {
  const read = Float32Array.from({ length: Math.floor((samples.length - 1) / factor) }, (_, at) => {
    const place = Math.floor(at * factor);
    return samples[place] + (samples[place + 1] - samples[place]) * (at * factor - place);
  });
  const made = new Float32Array(samples.length);
  const hop = GRAIN / 2;
  for (let at = 0, from = 0; at + GRAIN <= made.length; at += hop) {
    from = at ? nearest(read, Math.round(at / factor), from + hop) : 0;
    for (let i = 0; i < GRAIN; i += 1) made[at + i] += (read[from + i] ?? 0) * Math.sin((Math.PI * i) / GRAIN) ** 2;
  }
  return made;
}

function nearest(read, middle, next) {
  let best = middle;
  let most = -Infinity;
  for (let from = Math.max(0, middle - REACH); from <= middle + REACH; from += 2) {
    let alike = 0;
    for (let i = 0; i < GRAIN / 2; i += 2) alike += (read[from + i] ?? 0) * (read[next + i] ?? 0);
    if (alike > most) [most, best] = [alike, from];
  }
  return best;
}

async function play() {
  const samples = new Int16Array(await field().files[0].arrayBuffer());
  const context = new AudioContext();
  const source = context.createBufferSource();
  source.buffer = context.createBuffer(1, samples.length, RATE);
  source.buffer.getChannelData(0).set(Float32Array.from(samples, (one) => one / 32768));
  source.connect(context.destination);
  source.onended = () => context.close();
  playing?.stop();
  playing = source;
  source.start();
}

function drop() {
  const stopped = recorder;
  recorder = undefined;
  if (stopped?.state === "recording") stopped.stop();
  playing?.stop();
  playing = undefined;
  field().value = "";
  show();
}

if (box()) open();

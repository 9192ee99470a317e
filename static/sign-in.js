// Signing in: passkeys (options from the server, a credential from the browser, the form with it), and passwords shown.
// What a passkey computes for us (`prf`) goes into the same form as its signature, and stays nowhere else.

const ASK = "form[data-passkey-register], form[data-passkey-sign-in]";
const BINARY = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
const AGAIN = 600000;

const isOffered = "PublicKeyCredential" in window;
const alone = document.querySelector("form[data-passkey-alone]");
let waiting;

document.addEventListener("submit", async (event) => {
  const form = event.target;
  for (const field of form.querySelectorAll("[data-shown]")) field.type = "password";
  if (!form.matches(ASK) || form.elements.credential.value) return;
  event.preventDefault();
  const message = form.querySelector("[data-passkey-error]");
  if (message) message.hidden = true;
  try {
    if (!isOffered) throw new TypeError("no passkeys here");
    // Only one request may wait at a time.
    waiting?.abort();
    const options = await askOptions(form);
    await send(form, options, form.matches("[data-passkey-register]") ? await create(options) : await get(options));
  } catch {
    if (!message) return;
    message.hidden = false;
    message.focus();
  }
});

// The phone offers its passkey by itself above the keyboard, where the browser can.
async function suggest() {
  waiting = new AbortController();
  try {
    const options = await askOptions(alone);
    await send(alone, options, await get(options, { mediation: "conditional", signal: waiting.signal }));
  } catch {
    // Nobody chose one. The button and the password are there.
  }
}

if (alone && !isOffered) document.querySelector("[data-other-way]").open = true;
if (alone && isOffered && (await PublicKeyCredential.isConditionalMediationAvailable?.())) {
  suggest();
  // A challenge lasts a quarter of an hour.
  setInterval(() => {
    waiting.abort();
    suggest();
  }, AGAIN);
}

addEventListener("pageshow", ({ persisted }) => {
  // Back from the page behind: what was sent then works no second time.
  if (persisted) for (const form of document.querySelectorAll(ASK)) fill(form, "", "");
});

async function askOptions(form) {
  const response = await fetch(form.dataset.options, {
    method: "POST",
    credentials: "same-origin",
    headers: { "X-CSRFToken": form.elements.csrf_token?.value ?? "", Accept: "application/json" },
  });
  if (!response.ok) throw new TypeError("no options");
  return response.json();
}

const get = (options, more) => navigator.credentials.get({ publicKey: opened(options), ...more });
const create = (options) => navigator.credentials.create({ publicKey: opened(options) });
const computed = (credential) => credential.getClientExtensionResults().prf;

async function send(form, options, credential) {
  let prf = computed(credential);
  if (prf?.enabled && !prf.results) prf = await compute(options, credential).catch(() => undefined);
  fill(form, JSON.stringify(asJson(credential)), prf?.results ? toText(prf.results.first) : "");
  form.submit();
}

// Some devices compute nothing while they make a passkey: they are asked once more.
async function compute({ challenge, rp, extensions }, { id }) {
  const allowCredentials = [{ id, type: "public-key" }];
  return computed(await get({ challenge, rpId: rp.id, allowCredentials, userVerification: "required", extensions }));
}

function fill(form, credential, prf) {
  form.elements.credential.value = credential;
  if (form.elements.prf) form.elements.prf.value = prf;
}

function opened(options) {
  const copy = { ...options, challenge: toBytes(options.challenge) };
  if (options.user) copy.user = { ...options.user, id: toBytes(options.user.id) };
  if (options.extensions) copy.extensions = { prf: { eval: { first: toBytes(options.extensions.prf.eval.first) } } };
  for (const list of ["excludeCredentials", "allowCredentials"]) {
    if (options[list]) copy[list] = options[list].map((item) => ({ ...item, id: toBytes(item.id) }));
  }
  return copy;
}

function asJson(credential) {
  const response = {};
  for (const name of BINARY) {
    if (credential.response[name]) response[name] = toText(credential.response[name]);
  }
  if (credential.response.getTransports) response.transports = credential.response.getTransports();
  return {
    id: credential.id,
    rawId: toText(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment,
    clientExtensionResults: {},
    response,
  };
}

function toBytes(text) {
  const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(plain, (sign) => sign.charCodeAt(0));
}

function toText(buffer) {
  const plain = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

document.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-show]");
  if (!button) return;
  const fields = button.dataset.show.split(" ").map((id) => document.getElementById(id));
  const shown = fields[0].type === "password";
  for (const field of fields) {
    field.type = shown ? "text" : "password";
    field.toggleAttribute("data-shown", shown);
  }
  [button.textContent, button.dataset.other] = [button.dataset.other, button.textContent];
});

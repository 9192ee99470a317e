// Passkeys: asks the server for options, the browser for a credential, and sends the form with it.

const ASK = "form[data-passkey-register], form[data-passkey-sign-in]";
const BINARY = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];

const isOffered = "PublicKeyCredential" in window;

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches(ASK) || form.elements.credential.value) return;
  event.preventDefault();
  const message = form.querySelector("[data-passkey-error]");
  if (message) message.hidden = true;
  try {
    if (!isOffered) throw new TypeError("no passkeys here");
    const options = await askOptions(form);
    const credential = form.matches("[data-passkey-register]") ? await create(options) : await get(options);
    form.elements.credential.value = JSON.stringify(asJson(credential));
    form.submit();
  } catch {
    if (!message) return;
    message.hidden = false;
    message.focus();
  }
});

async function askOptions(form) {
  const response = await fetch(form.dataset.options, {
    method: "POST",
    credentials: "same-origin",
    headers: { "X-CSRFToken": form.elements.csrf_token.value, Accept: "application/json" },
  });
  if (!response.ok) throw new TypeError("no options");
  return response.json();
}

function create(options) {
  const parse = PublicKeyCredential.parseCreationOptionsFromJSON;
  return navigator.credentials.create({ publicKey: parse ? parse.call(PublicKeyCredential, options) : opened(options) });
}

function get(options) {
  const parse = PublicKeyCredential.parseRequestOptionsFromJSON;
  return navigator.credentials.get({ publicKey: parse ? parse.call(PublicKeyCredential, options) : opened(options) });
}

// Older browsers: the same by hand.

function opened(options) {
  const copy = { ...options, challenge: toBytes(options.challenge) };
  if (options.user) copy.user = { ...options.user, id: toBytes(options.user.id) };
  for (const list of ["excludeCredentials", "allowCredentials"]) {
    if (options[list]) copy[list] = options[list].map((item) => ({ ...item, id: toBytes(item.id) }));
  }
  return copy;
}

function asJson(credential) {
  if (typeof credential.toJSON === "function") return credential.toJSON();
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
    clientExtensionResults: credential.getClientExtensionResults(),
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

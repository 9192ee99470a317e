"""A security key in software: it answers WebAuthn options as a browser would, with a P-256 key of its own."""

import hashlib
import json
import struct
from secrets import token_bytes

import cbor2
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn.helpers import bytes_to_base64url as text

PRESENT, VERIFIED, WITH_KEY = 0x01, 0x04, 0x40


class Authenticator:
    """One credential for one site. `verifies`: it asks for a finger, so that it may stand for both factors."""

    def __init__(self, origin="http://localhost", host="localhost", *, verifies=False, counts=True):
        self.origin, self.host = origin, host
        self.verifies, self.counts = verifies, counts
        self.owner = None
        self.key = generate_private_key(SECP256R1())
        self.id = token_bytes(32)
        self.count = 0

    def register(self, options):
        """Answer to options for a new passkey."""
        self.owner = options["user"]["id"]
        key = struct.pack(">16sH", bytes(16), len(self.id)) + self.id + cbor2.dumps(self._cose())
        attestation = {"fmt": "none", "attStmt": {}, "authData": self._data(PRESENT | WITH_KEY) + key}
        client = self._client("webauthn.create", options["challenge"])
        return self._credential({"clientDataJSON": text(client), "attestationObject": text(cbor2.dumps(attestation))})

    def sign_in(self, options):
        """Answer to options for signing in."""
        self.count += self.counts
        data, client = self._data(PRESENT), self._client("webauthn.get", options["challenge"])
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ECDSA(SHA256()))
        answer = {"clientDataJSON": client, "authenticatorData": data, "signature": signature}
        owner = {"userHandle": self.owner} if self.owner else {}
        return self._credential({name: text(value) for name, value in answer.items()} | owner)

    def _data(self, flags):
        flags |= VERIFIED if self.verifies else 0
        return hashlib.sha256(self.host.encode()).digest() + struct.pack(">BI", flags, self.count)

    def _client(self, what, challenge):
        return json.dumps({"type": what, "challenge": challenge, "origin": self.origin}).encode()

    def _cose(self):
        point = self.key.public_key().public_numbers()
        return {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")}

    def _credential(self, response):
        return json.dumps({"id": text(self.id), "rawId": text(self.id), "type": "public-key", "response": response})

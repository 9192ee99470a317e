"""Sealing, keyed hashes, vouching, wrapped keys and keys in words, by libsodium and Fernet; knows no Flask or table.

All formats of sealed values stand here. Each begins with a byte that says its version (`BOXES`, `SEALED_KEYS`,
`NEWEST`): a next construction gets another one, and what was sealed before still opens.
"""

from __future__ import annotations

import base64
import hmac
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from functools import cache
from hashlib import blake2b, sha256
from pathlib import Path
from threading import BoundedSemaphore, Lock
from types import MappingProxyType
from typing import NamedTuple

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from nacl.bindings import sodium_pad, sodium_unpad
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox
from nacl.pwhash import argon2id
from nacl.secret import SecretBox
from nacl.utils import random

from portal.core.texted import unaccented

KEY_SIZE = 32
SMALLEST_BUCKET = 1024
PASSWORD_WRAP_VERSION = b"\x03"
PASSKEY_WRAP_VERSION = b"\x02"
PASSKEY_SALT_SIZE = 32


class CannotOpen(Exception):
    """The key, password or token does not open the ciphertext, or it was altered."""


class Misplaced(CannotOpen):
    """The key opens it, but it was sealed for another place: somebody moved it, repeated it or changed its author."""


class HashingBusy(Exception):
    """Too many passwords are being hashed at this moment; the person may try again in a few seconds."""


# One secret in the settings, one key per purpose.


def derive(secret: bytes, purpose: str) -> bytes:
    """Return the 32-byte subkey of `secret` for one purpose (HKDF-SHA256), so that no key serves two purposes."""
    info = b"common-ground:" + purpose.encode()
    return HKDF(algorithm=SHA256(), length=KEY_SIZE, salt=None, info=info).derive(secret)


@cache
def site_key(secret: str, purpose: str) -> bytes:
    """Return a cached `derive()` of the settings' secret, which the process holds anyway: each text needs nine."""
    return derive(secret.encode(), purpose)


def keyed_hash(key: bytes, text: str) -> str:
    """Return HMAC-SHA256 in hex. Look rows up by it: index searches on a keyed hash leak nothing through timing."""
    return hmac.digest(key, text.encode(), "sha256").hex()


# Code words of a report: what the server keeps of them.

STRETCHED_SIZE = 32
STRETCH_KIB = 256


def stretch_words(words: tuple[str, ...], site_salt: bytes) -> bytes:
    """Return 32 bytes that stand for a code on this site; takes about 0.1 ms and 256 KiB.

    `site_salt` has at least 8 bytes. Eight words are 78 random bits: a single code needs no slow hash. But an attacker
    with the disk and the settings tries each guess against all codes of the site at once, and plain HMAC runs at
    billions of guesses a second on one graphics card. A little memory per guess makes that hopeless, at no noticeable
    cost to a resident.
    """
    stretched = Argon2id(salt=site_salt, length=STRETCHED_SIZE, iterations=1, lanes=1, memory_cost=STRETCH_KIB)
    return stretched.derive(" ".join(words).encode())


def locator(stretched: bytes, pepper: bytes) -> str:
    """Return the lookup key of a thread. It reveals nothing about the seed, even to an attacker with the pepper."""
    return keyed_hash(pepper, derive(stretched, "report locator").hex())


def thread_seed(stretched: bytes) -> bytes:
    """Return the seed of the key pair that a thread's messages are sealed to; the pepper is not used."""
    return derive(stretched, "report thread key")


# What a sealed text or a key is about, and a server's word that a row was written by the portal.

About = tuple[str | int | date | bytes | None, ...]
"""Where a value belongs: its kind and the ids, days and people that must not be exchanged."""
ABOUT_SIZE = 32
NEWEST = b"\x01"
"""The version of boxes and sealed keys that is written now."""
MAC_VERSION = COLUMN_VERSION = b"\x01"


def _digest(about: About) -> bytes:
    """Return 32 bytes that stand for one `about` and for no other (BLAKE2b of a JSON list)."""
    parts = [part.hex() if isinstance(part, bytes) else str(part) for part in about]
    return blake2b(json.dumps(parts).encode(), digest_size=ABOUT_SIZE).digest()


def vouch(key: bytes, about: About) -> bytes:
    """Return a MAC over a row: who writes past the portal, without its secret, cannot make one."""
    return MAC_VERSION + hmac.digest(key, _digest(about), "sha256")


def is_vouched(key: bytes, mac: bytes, about: About) -> bool:
    return isinstance(mac, bytes) and hmac.compare_digest(mac, vouch(key, about))


# Messages: a random key each, sealed to every recipient.

BOXES: dict[bytes, tuple[Callable[[bytes, bytes], bytes], Callable[[bytes, bytes], bytes]]] = {
    b"\x01": (
        lambda key, text: bytes(SecretBox(key).encrypt(text)),
        lambda key, box: SecretBox(key).decrypt(box),
    )
}
"""How a text is encrypted with a key and decrypted, by version."""
SEALED_KEYS: dict[bytes, tuple[Callable[[PublicKey, bytes], bytes], Callable[[PrivateKey, bytes], bytes]]] = {
    b"\x01": (
        lambda recipient, key: SealedBox(recipient).encrypt(key),
        lambda private, sealed: SealedBox(private).decrypt(sealed),
    )
}
"""How a key is sealed to somebody and opened, by version."""


class Sealed(NamedTuple):
    """A padded text encrypted with its own key, and that key sealed to each recipient, in the recipients' order."""

    box: bytes
    keys: tuple[bytes, ...]


def seal(about: About, text: bytes, recipients: Sequence[PublicKey]) -> Sealed:
    """Seal `text` so that only the recipients' private keys open it, and only as `about`; sealing needs no secret."""
    key, whole = random(SecretBox.KEY_SIZE), _digest(about) + text
    # Padded to 1, 2, 4, 8 … KiB: the length of a box must not reveal the length of its text.
    bucket = SMALLEST_BUCKET
    while bucket <= len(whole):
        bucket *= 2
    box = _box(key, sodium_pad(whole, bucket))
    return Sealed(box, tuple(_seal_to(recipient, key) for recipient in recipients))


def unseal(about: About, box: bytes, sealed_key: bytes, private: PrivateKey) -> bytes:
    """Open a box of `seal()`. Raises `CannotOpen`, or `Misplaced` if it was sealed as something else."""
    padded = _open_box(_open_sealed(private, sealed_key), box)
    try:
        text = sodium_unpad(padded, len(padded))
    except CryptoError as error:
        raise CannotOpen from error
    if not hmac.compare_digest(text[:ABOUT_SIZE], _digest(about)):
        raise Misplaced
    return text[ABOUT_SIZE:]


def reseal(sealed_key: bytes, private: PrivateKey, recipient: PublicKey) -> bytes:
    """Seal a message key to another desk without touching the message. Raises `CannotOpen`."""
    return _seal_to(recipient, _open_sealed(private, sealed_key))


def _seal_to(recipient: PublicKey, key: bytes) -> bytes:
    return NEWEST + SEALED_KEYS[NEWEST][0](recipient, key)


def _open_sealed(private: PrivateKey, sealed: bytes) -> bytes:
    try:
        return SEALED_KEYS[sealed[:1]][1](private, sealed[1:])
    except (CryptoError, KeyError) as error:
        raise CannotOpen from error


def _box(key: bytes, text: bytes) -> bytes:
    return NEWEST + BOXES[NEWEST][0](key, text)


def _open_box(key: bytes, box: bytes) -> bytes:
    try:
        return BOXES[box[:1]][1](key, box[1:])
    except (CryptoError, KeyError) as error:
        raise CannotOpen from error


# Private keys: generated, sealed to a member, wrapped by a password or by a token that one browser holds.


def new_private_key() -> PrivateKey:
    """Return a fresh X25519 key; `bytes(key)` and `bytes(key.public_key)` are stored."""
    return PrivateKey.generate()


def private_key_from_seed(seed: bytes) -> PrivateKey:
    return PrivateKey.from_seed(seed)


def seal_key(private: PrivateKey, public: PublicKey) -> bytes:
    """Seal a desk's private key to the public key of a member or of the desk's recovery."""
    return _seal_to(public, bytes(private))


def open_key(sealed: bytes, private: PrivateKey) -> PrivateKey:
    return _private_key(_open_sealed(private, sealed))


def wrap_with_password(private: PrivateKey, stretched: Stretched) -> bytes:
    """Wrap a private key under a password: version, SecretBox. Salt and price stand in the password's proof."""
    return PASSWORD_WRAP_VERSION + _box(stretched.key, bytes(private))


def unwrap_with_password(wrapped: bytes, stretched: Stretched) -> PrivateKey:
    """Open a key wrapped with `wrap_with_password()`. Raises `CannotOpen`."""
    if wrapped[:1] != PASSWORD_WRAP_VERSION:
        raise CannotOpen
    return _private_key(_open_box(stretched.key, wrapped[1:]))


def wrap_with_passkey(private: PrivateKey, output: bytes, credential_id: bytes) -> bytes:
    """Wrap a private key under the 32 bytes that a passkey returns for our input (WebAuthn's `prf`).

    Version, salt, SecretBox. The salt is new for each passkey; the output itself is never stored.
    """
    salt = random(PASSKEY_SALT_SIZE)
    box = _box(_passkey_key(output, salt, credential_id), bytes(private))
    return PASSKEY_WRAP_VERSION + salt + box


def unwrap_with_passkey(wrapped: bytes, output: bytes, credential_id: bytes) -> PrivateKey:
    """Open a key wrapped with `wrap_with_passkey()`. Raises `CannotOpen`."""
    version, salt, box = wrapped[:1], wrapped[1 : 1 + PASSKEY_SALT_SIZE], wrapped[1 + PASSKEY_SALT_SIZE :]
    if version != PASSKEY_WRAP_VERSION or not box:
        raise CannotOpen
    return _private_key(_open_box(_passkey_key(output, salt, credential_id), box))


def _passkey_key(output: bytes, salt: bytes, credential_id: bytes) -> bytes:
    purpose = b"common-ground:passkey:" + credential_id
    return HKDF(algorithm=SHA256(), length=KEY_SIZE, salt=salt, info=purpose).derive(output)


def wrap_with_token(private: PrivateKey) -> tuple[str, bytes]:
    """Wrap a private key for one signed-in browser. The token goes into its cookie and is stored nowhere else."""
    key = random(SecretBox.KEY_SIZE)
    token = base64.urlsafe_b64encode(key).decode().rstrip("=")
    return token, _box(key, bytes(private))


def unwrap_with_token(wrapped: bytes, token: str) -> PrivateKey:
    """Open a key wrapped with `wrap_with_token()`. Raises `CannotOpen`."""
    try:
        key = base64.urlsafe_b64decode(token + "=")
        return _private_key(_open_box(key, wrapped))
    except ValueError as error:
        raise CannotOpen from error


def _private_key(raw: bytes) -> PrivateKey:
    try:
        return PrivateKey(raw)
    except CryptoError as error:
        raise CannotOpen from error


# Argon2 takes 256 MiB each time: a burst of sign-ins must not exhaust the machine's memory or the server's threads.

ARGON2_WAIT_SECONDS = 10.0


class Argon2Queue:
    """At most `at_once` Argon2 computations in this process, and `waiting` more that wait for their turn.

    A waiting caller holds a thread of the server, so only a few may wait, and all others are refused at once.
    """

    def __init__(self, at_once: int, waiting: int) -> None:
        self._slots = BoundedSemaphore(at_once)
        self._most = at_once + waiting
        self._inside = 0
        self._inside_by: Counter[str] = Counter()
        self._lock = Lock()

    @contextmanager
    def slot(self, shares: Mapping[str, int] = MappingProxyType({})) -> Iterator[None]:
        """Hold one of the slots. Raises `HashingBusy` if too many callers wait, or no slot becomes free in time.

        `shares` maps each key of the caller to the number of callers with that key that may be in the queue at once.
        """
        with self._lock:
            if self._inside >= self._most or any(self._inside_by[key] >= most for key, most in shares.items()):
                raise HashingBusy
            self._inside += 1
            self._inside_by.update(shares.keys())
        try:
            if not self._slots.acquire(timeout=ARGON2_WAIT_SECONDS):
                raise HashingBusy
            try:
                yield
            finally:
                self._slots.release()
        finally:
            with self._lock:
                self._inside -= 1
                self._inside_by.subtract(shares.keys())
                # Drop zero counts: no key stays in memory longer than its caller.
                self._inside_by = +self._inside_by


STRANGERS = Argon2Queue(at_once=1, waiting=5)
"""For passwords that anyone may try."""
KNOWN = Argon2Queue(at_once=1, waiting=4)
"""For callers who are signed in, were invited or gave the right password: strangers cannot block them."""


# A password is stretched once, and two keys come of that: whoever has the disk pays the same price for either.


PRICE = (argon2id.OPSLIMIT_MODERATE, argon2id.MEMLIMIT_MODERATE)
"""What a try at a password costs from now on: three passes over 256 MiB, which take about 0.7 s."""


class Stretched(NamedTuple):
    """What Argon2id makes of a password: `proof`, which is stored with price and salt, and `key`, for one request."""

    proof: str
    key: bytes

    def proves(self, stored: str) -> bool:
        return hmac.compare_digest(self.proof, stored)


def stretch(
    password: str, stored: str = "", queue: Argon2Queue = KNOWN, shares: Mapping[str, int] = MappingProxyType({})
) -> Stretched:
    """Stretch a password with price and salt of a stored proof, else today's and a new one. Raises `HashingBusy`."""
    passes, memory, salt = stored.split("$")[:3] if stored else (*PRICE, random(argon2id.SALTBYTES).hex())
    # The same password may differ in bytes between a phone and a laptop: é is one code point here, two there.
    secret = unicodedata.normalize("NFKC", password).encode()
    with queue.slot(shares):
        both = argon2id.kdf(KEY_SIZE, secret, bytes.fromhex(salt), int(passes), int(memory))
    proof = derive(both, "password proof").hex()
    return Stretched(f"{passes}${memory}${salt}${proof}", derive(both, "password wrap"))


def has_old_price(stored: str) -> bool:
    return stored.split("$")[:2] != [str(part) for part in PRICE]


# Columns that the server itself must read.


class Cipher:
    """Encrypts columns under keys kept outside the database; the first key encrypts, all of them decrypt."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._fernet = MultiFernet([Fernet(_fernet_key(key)) for key in keys])

    def encrypt(self, text: str) -> bytes:
        # A Fernet token contains its creation time in clear, which would reveal when a person wrote to us.
        return COLUMN_VERSION + self._fernet.encrypt_at_time(text.encode(), current_time=0)

    def decrypt(self, token: bytes) -> str:
        if token[:1] != COLUMN_VERSION:
            raise CannotOpen
        try:
            return self._fernet.decrypt(token[1:]).decode()
        except InvalidToken as error:
            raise CannotOpen from error


def _fernet_key(secret: str) -> bytes:
    return base64.urlsafe_b64encode(derive(secret.strip().encode(), "column cipher"))


# The printed recovery phrase of a desk: 24 words that encode a key (BIP 39, without its password). A word is eleven
# bits. The last eight of the 264 are the beginning of the key's SHA-256, so that a wrong word shows.

PHRASE_WORDS = 24
FINGERPRINT_WORDS = 6
PHRASES = ("en", "es")


class WrongPhrase(Exception):
    """Not a recovery phrase: a word is unknown or missing, or the checksum does not match."""


@cache
def phrase_words(language: str) -> list[str]:
    """Return the 2,048 words of phrases in "en" or "es", in their order."""
    listed = Path(__file__).with_name(f"phrase_words_{language}.txt").read_text(encoding="utf-8")
    return [word for word in listed.splitlines() if not word.startswith("#")]


@cache
def _places(language: str) -> dict[str, int]:
    """Map the first four letters, which are enough to tell these words apart, to the word's place in the list."""
    return {unaccented(word)[:4]: place for place, word in enumerate(phrase_words(language))}


def _words_of(number: int, many: int, language: str) -> list[str]:
    return [phrase_words(language)[number >> 11 * place & 2047] for place in range(many)]


def new_recovery_phrase(language: str) -> str:
    """Return 24 words ("en" or "es"): 32 random bytes and a checksum, to print, lock away, and never store."""
    entropy = random(KEY_SIZE)
    number = int.from_bytes(entropy + sha256(entropy).digest()[:1])
    return " ".join(reversed(_words_of(number, PHRASE_WORDS, language)))


def fingerprint(public_key: bytes, language: str) -> str:
    """Return six words (66 bits) for a public key: who has them on paper sees whether it is still the same key."""
    return " ".join(_words_of(int.from_bytes(sha256(public_key).digest()), FINGERPRINT_WORDS, language))


def recovery_key(phrase: str) -> PrivateKey:
    """Return a phrase's key, whatever its case, spacing or accents; four letters a word do. Raises `WrongPhrase`."""
    typed = re.findall("[a-z]+", unaccented(phrase).casefold())
    for places in map(_places, PHRASES):
        words = [places[word[:4]] for word in typed if word[:4] in places]
        if len(typed) != PHRASE_WORDS or len(words) != PHRASE_WORDS:
            continue
        whole = sum(place << 11 * power for power, place in enumerate(reversed(words))).to_bytes(KEY_SIZE + 1)
        if whole[-1:] == sha256(whole[:-1]).digest()[:1]:
            return PrivateKey.from_seed(whole[:-1])
    raise WrongPhrase

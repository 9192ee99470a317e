"""The printed recovery phrase of a desk: 24 words that encode a key (BIP 39, without its password).

A word is eleven bits. The last eight of the 264 are the beginning of the key's SHA-256, so that a wrong word shows.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from functools import cache
from pathlib import Path

from nacl.public import PrivateKey

from portal.core.texted import unaccented

PHRASE_WORDS = 24
KEY_BYTES = 32
PHRASES = ("en", "es")


class WrongPhrase(Exception):
    """Not a recovery phrase: a word is unknown or missing, or the checksum does not match."""


@cache
def phrase_words(language: str) -> list[str]:
    """Return the 2,048 words of phrases in "en" or "es", in their order."""
    listed = Path(__file__).with_name(f"phrase_words_{language}.txt").read_text(encoding="utf-8")
    return [word for word in listed.splitlines() if not word.startswith("#")]


def new_recovery_phrase(language: str) -> str:
    """Return 24 words ("en" or "es"): 32 random bytes and a checksum, to print, lock away, and never store."""
    entropy, words = secrets.token_bytes(KEY_BYTES), phrase_words(language)
    number = int.from_bytes(entropy + _checksum(entropy))
    return " ".join(words[number >> 11 * place & 2047] for place in reversed(range(PHRASE_WORDS)))


def _checksum(entropy: bytes) -> bytes:
    return hashlib.sha256(entropy).digest()[:1]


FINGERPRINT_WORDS = 6


def fingerprint(public_key: bytes, language: str) -> str:
    """Return six words (66 bits) for a public key: who has them on paper sees whether it is still the same key."""
    number = int.from_bytes(hashlib.sha256(public_key).digest())
    words = phrase_words(language)
    return " ".join(words[number >> 11 * place & 2047] for place in range(FINGERPRINT_WORDS))


def recovery_key(phrase: str) -> PrivateKey:
    """Return the key of a typed phrase, whatever its case, spacing, numbers or accents. Raises WrongPhrase.

    The first four letters of a word are enough.
    """
    for language in PHRASES:
        if entropy := _phrase_entropy(phrase, language):
            return PrivateKey.from_seed(entropy)
    raise WrongPhrase


def _phrase_entropy(phrase: str, language: str) -> bytes | None:
    places = _places(language)
    typed = re.findall("[a-z]+", unaccented(phrase).casefold())
    words = [places[word[:4]] for word in typed if word[:4] in places]
    if len(typed) != PHRASE_WORDS or len(words) != PHRASE_WORDS:
        return None
    number = sum(place << 11 * power for power, place in enumerate(reversed(words)))
    whole = number.to_bytes(KEY_BYTES + 1)
    entropy = whole[:KEY_BYTES]
    return entropy if entropy + _checksum(entropy) == whole else None


@cache
def _places(language: str) -> dict[str, int]:
    """Map the first four letters, which are enough to tell these words apart, to the word's place in the list."""
    return {unaccented(word)[:4]: place for place, word in enumerate(phrase_words(language))}

"""The printed recovery phrase of a desk: 24 words that encode a key."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from mnemonic import Mnemonic
from nacl.public import PrivateKey

PHRASE_WORDS = 24
PHRASES = {"en": "english", "es": "spanish"}


class WrongPhrase(Exception):
    """Not a recovery phrase: a word is unknown or missing, or the checksum does not match."""


@cache
def phrases_in(language: str) -> Mnemonic:
    """Return the generator and reader of phrases in "en" or "es". Its word list is loaded at first use."""
    return Mnemonic(PHRASES[language])


def new_recovery_phrase(language: str) -> str:
    """Return 24 words ("en" or "es"): 32 random bytes and a checksum, to print, lock away, and never store."""
    phrase = phrases_in(language).generate(strength=256)
    return unicodedata.normalize("NFC", phrase)


def recovery_key(phrase: str) -> PrivateKey:
    """Return the key of a typed phrase, whatever its case, spacing, numbers or accents. Raises WrongPhrase.

    The first four letters of a word are enough.
    """
    for language in PHRASES:
        if entropy := _phrase_entropy(phrase, language):
            return PrivateKey.from_seed(entropy)
    raise WrongPhrase


def _phrase_entropy(phrase: str, language: str) -> bytes | None:
    known = _phrase_words(language)
    words = [known.get(word[:4]) for word in re.findall("[a-z]+", _plain(phrase))]
    if len(words) != PHRASE_WORDS:
        return None
    try:
        return bytes(phrases_in(language).to_entropy([word or "" for word in words]))
    except ValueError:
        return None


@cache
def _phrase_words(language: str) -> dict[str, str]:
    """Map the first four letters, which are enough to tell these words apart, to the word as the list spells it."""
    return {_plain(word)[:4]: word for word in phrases_in(language).wordlist}


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))

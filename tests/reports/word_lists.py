"""How the two word lists were made; run it as a module to make them again."""

import unicodedata
from collections import Counter
from pathlib import Path

from mnemonic import Mnemonic

from portal.reports import code
from tests.reports import unfit_words

SOURCES = {"en": ("english", unfit_words.ENGLISH), "es": ("spanish", unfit_words.SPANISH)}
HEADER = "# Chosen from the {source} list of python-mnemonic (BIP 39), MIT licence, copyright 2013 Pavol Rusnak.\n"


def public_list(language: str) -> list[str]:
    """Return the 2,048 words of the list that ours is chosen from."""
    return [unicodedata.normalize("NFC", word) for word in Mnemonic(SOURCES[language][0]).wordlist]


def unfit(language: str) -> set[str]:
    """Return every word that was refused by hand."""
    return {word for words in SOURCES[language][1].values() for word in words.split()}


def chosen(language: str) -> list[str]:
    """Choose the words: rightly written without accents, fit, sounding like no other, and no two one letter apart."""
    words = public_list(language)
    heard = Counter(code.sound(plain(word), language) for word in words)
    refused = unfit(language)
    fit = [word for word in words if word.isascii() and word not in refused and heard[code.sound(word, language)] == 1]
    return without_neighbours(fit)


def plain(word: str) -> str:
    """Strip the accents of a word."""
    return "".join(letter for letter in unicodedata.normalize("NFKD", word) if not unicodedata.combining(letter))


def without_neighbours(words: list[str]) -> list[str]:
    """Drop the word with most neighbours at one slip's distance, until none is left."""
    near = {word: {other for other in words if code.one_slip_apart(word, other)} for word in words}
    while any(near.values()):
        worst = max(near, key=lambda word: (len(near[word]), word))
        for other in near.pop(worst):
            near[other].discard(worst)
    return sorted(near)


if __name__ == "__main__":
    for language, (source, _) in SOURCES.items():
        path = Path(code.__file__).with_name(f"words_{language}.txt")
        path.write_text(HEADER.format(source=source.title()) + "\n".join(chosen(language)) + "\n", "ascii")

"""Whether somebody really wrote the recovery phrase down: two of its words, asked by their place."""

import unicodedata
from collections.abc import Callable

WORDS = 24
# The first four letters tell the words of these lists apart.
ENOUGH = 4


def places_to_ask(below: Callable[[int], int]) -> tuple[int, int]:
    """Choose two different places from 1 to 24, the lower one first; `below(n)` returns a random number under n."""
    one, other = below(WORDS), below(WORDS - 1)
    other += other >= one
    return min(one, other) + 1, max(one, other) + 1


def plain_word(typed: str) -> str:
    """Read a word whatever its case and accents."""
    letters = unicodedata.normalize("NFKD", typed.strip()).casefold()
    return "".join(letter for letter in letters if not unicodedata.combining(letter))[:ENOUGH]

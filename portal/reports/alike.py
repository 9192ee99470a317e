"""Near-copies: a short sketch of a text, in which texts that share most of their phrases share a part.

A flood from very many networks passes every quota of a network, but it is seldom written anew each time. So each report
is counted under the parts of its sketch (`intake.came_in_flood`). A part is made with a key that lives in memory for a
day, and is counted in memory for an hour: neither says anything about a text to whoever does not hold the key.

MinHash with banding, after Broder (1997) and Leskovec, Rajaraman & Ullman, Mining of Massive Datasets, chapter 3: two
texts that share the part `s` of their phrases share a part of their sketch with probability 1 - (1 - s²)⁶, which is
0.82 for a half, 0.22 for a fifth, 0.01 for a twentieth.
"""

from __future__ import annotations

import re
from hashlib import blake2b

from portal.core.texted import unaccented

FEWEST_WORDS = 8
"""Shorter texts are written alike by people who know nothing of each other."""
MOST_WORDS = 300
PHRASE, BANDS, ROWS = 3, 6, 2
WORD = re.compile(r"[^\W\d_]+")
_WHOLE = (1 << 64) - 1


def sketch(text: str, key: bytes) -> tuple[str, ...]:
    """Return the parts of a text's sketch, or nothing for a text of few words.

    Case, accents, numbers and signs make no difference. `key`: at most 64 bytes.
    """
    words = WORD.findall(unaccented(text).casefold())[:MOST_WORDS]
    if len(words) < FEWEST_WORDS:
        return ()
    phrases = {" ".join(words[begin : begin + PHRASE]) for begin in range(len(words) - PHRASE + 1)}
    marks = [int.from_bytes(blake2b(one.encode(), key=key, digest_size=8).digest()) for one in phrases]
    least = [min(mark * factor & _WHOLE for mark in marks) for factor in _factors(key)]
    bands = (least[band * ROWS : (band + 1) * ROWS] for band in range(BANDS))
    return tuple(f"{number}:{'.'.join(f'{one:x}' for one in band)}" for number, band in enumerate(bands))


def _factors(key: bytes) -> list[int]:
    """Return an odd number for each row, so that each orders the phrases in another way."""
    made = blake2b(b"rows", key=key, digest_size=64).digest() + blake2b(b"more", key=key, digest_size=64).digest()
    return [int.from_bytes(made[8 * row : 8 * row + 8]) | 1 for row in range(BANDS * ROWS)]

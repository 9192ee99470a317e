"""Which names a place may not have, and finding names in texts.

The name of a place appears in URLs, on share cards and on screens that passers-by see.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

BEGINNINGS = tuple(
    """
    drug drog narco cocain kokain fentan methamph metanf marihuan marijuan cannabis opioid opiace delinc criminal
    """.split()
)
WHOLE = frozenset(
    """
    crack meth dope weed heroin heroina cristal perico dealer dealers dealing pusher pushers junkie junkies
    trafficker traffickers traficante traficantes venta ventas vendedores
    crime crimes crimen crimenes delito delitos gang gangs pandilla pandillas mara maras hotspot
    """.split()
)


PHRASES = ("open air market", "mercado al aire libre")
SPELLED_OUT = re.compile(r"(?<![a-z0-9])[a-z](?: [a-z]){2,}(?![a-z0-9])")
BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")


def telling_word(name: str) -> str | None:
    """Return the first word in a name that would reveal, in either language, that the place is thought to be a market.

    Words with invisible characters between their letters, or spelled out ("D r u g"), are found too.
    """
    text = " ".join(words(name))
    # Runs of single letters, and each ending of them.
    rows = [row.replace(" ", "") for row in SPELLED_OUT.findall(text)]
    spelled = [row[start:] for row in rows for start in range(len(row))]
    telling = (word for word in (*text.split(), *spelled) if word in WHOLE or word.startswith(BEGINNINGS))
    return next(telling, None) or next((phrase for phrase in PHRASES if f" {phrase} " in f" {text} "), None)


def words(text: str) -> list[str]:
    """Return the words of a text in lower case without accents: "Las Gradas, 2.º" gives las, gradas, 2, o."""
    return re.findall(r"[a-z0-9]+", _plain(text))


def named_in(text: str, names: Iterable[str]) -> str | None:
    """Return the first of these names that occurs in a text as whole words, ignoring accents, punctuation and spaces.

    "Canal Steps" is found in "#canalsteps" too, and the other way round.
    """
    row = f" {_row(text)} "
    for name in names:
        letters = _row(name).replace(" ", "")
        if letters and re.search(f" {' ?'.join(letters)} ", row):
            return name
    return None


def _row(text: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", _plain(text)))


def _plain(text: str) -> str:
    """Return a text in lower case, without accents and invisible characters."""
    return BEYOND_ASCII.sub(_seen, unicodedata.normalize("NFKD", text.casefold()))


def _seen(sign: re.Match[str]) -> str:
    return "" if unicodedata.combining(sign[0]) or unicodedata.category(sign[0]) == "Cf" else sign[0]

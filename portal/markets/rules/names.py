"""What a place may not be called: its name stands in addresses, on share cards and in what a passer-by sees."""

from __future__ import annotations

import re
import unicodedata

BEGINNINGS = ("drug", "drog", "narco", "cocain", "fentan", "methamph", "metanf", "opioid", "delinc", "criminal")
WHOLE = frozenset(
    """
    crack meth dope heroin heroina cristal perico dealer dealers dealing pusher pushers junkie junkies
    trafficker traffickers traficante traficantes venta ventas vendedores
    crime crimes crimen crimenes delito delitos gang gangs pandilla pandillas mara maras hotspot
    """.split()
)


def telling_word(name: str) -> str | None:
    """The first word in a name that would tell people, in either language, what the place is thought to be."""
    return next((word for word in words(name) if word in WHOLE or word.startswith(BEGINNINGS)), None)


def words(text: str) -> list[str]:
    """The words of a text, in small letters without accents: "Las Gradas, 2.º" gives las, gradas, 2, o."""
    plain = unicodedata.normalize("NFKD", text)
    return re.findall(r"[a-z0-9]+", "".join(sign for sign in plain if not unicodedata.combining(sign)).lower())

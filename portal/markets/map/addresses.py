"""Reading the street in a postal address, so that it can be found among the streets of a map. Pure."""

from __future__ import annotations

import re

SHORT = {
    "st": "street",
    "str": "street",
    "ave": "avenue",
    "av": "avenue",
    "rd": "road",
    "dr": "drive",
    "ln": "lane",
    "blvd": "boulevard",
    "ct": "court",
    "pl": "place",
    "pkwy": "parkway",
    "hwy": "highway",
    "sq": "square",
    "ter": "terrace",
    "cir": "circle",
    "trl": "trail",
    "n": "north",
    "s": "south",
    "e": "east",
    "w": "west",
}
"""Abbreviations of the US Postal Service that addresses and exports of a city's GIS use, each for itself."""
KINDS = frozenset(SHORT.values())
WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
HOUSE = re.compile(r"\d+[a-z]?")


def street_words(name: str) -> tuple[str, ...]:
    """Return the words of a street's name in lower case, abbreviations written out."""
    return tuple(SHORT.get(word, word) for word in WORD.findall(name.replace("’", "'").casefold()))


def street_of(address: str) -> tuple[str, ...]:
    """Return the words of the street in an address such as "48 Chapel St., Alder Falls"; none without a house number.

    A name without a number may be that of a building, and a street is a bad guess for it.
    """
    house, *words = street_words(address.partition(",")[0]) or ("",)
    return tuple(words) if HOUSE.fullmatch(house) else ()


def telling_word(street: tuple[str, ...]) -> str:
    """Return the word by which to look for a street: its longest one, apart from "street" and "north"."""
    return max((word for word in street if word not in KINDS), key=len, default="")

"""An answer by text: the code on the slip, then one figure for each time on it: 1 yes, 2 if need be, 0 no."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from portal.core.codes import read_code
from portal.partners.polls.rules.best import Choice
from portal.partners.polls.rules.slots import MOST_SLOTS

FIGURES = {"1": Choice.YES, "2": Choice.MAYBE, "0": Choice.NO}


@dataclass(frozen=True)
class Texted:
    """A code, and what is said of each time, in the order of the slip."""

    code: str
    says: tuple[Choice, ...]


def read_text(text: str) -> Texted | None:
    """The text "k7f2-qd3m 1 2 0", however it is spaced, or None when it is no such answer."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(sign for sign in decomposed if not unicodedata.combining(sign))
    found = re.fullmatch(
        rf"\s*(?:(?:code|codigo)\b[\s:]*)?([a-z0-9]{{4}})[\s-]*([a-z0-9]{{4}})((?:[\s,.;-]*[012]){{1,{MOST_SLOTS}}})[\s.]*",
        plain,
    )
    code = read_code(found[1] + found[2]) if found else None
    if found is None or code is None:
        return None
    return Texted(code, tuple(FIGURES[sign] for sign in found[3] if sign in FIGURES))

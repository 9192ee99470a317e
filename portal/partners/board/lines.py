"""A line of the board."""

from __future__ import annotations

from dataclasses import dataclass

from portal.partners.board.rules import Tone


@dataclass(frozen=True)
class Line:
    """Something that is open, in a few words, and the page on which it is mended."""

    what: str
    url: str
    tone: Tone = Tone.MISSING

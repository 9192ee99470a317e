"""A line of the board."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date

from portal.core.clock import today
from portal.partners.board.rules import Tone


@dataclass(frozen=True)
class Line:
    """Something that is open, in a few words, and the page on which it is mended."""

    what: str
    url: str
    tone: Tone = Tone.MISSING


def due_on(day: date, lines: Iterable[Line]) -> Iterator[Line]:
    """The lines of a session of that day: on the day itself what is missing is due."""
    for line in lines:
        yield replace(line, tone=Tone.TODAY) if line.tone is Tone.MISSING and day == today() else line

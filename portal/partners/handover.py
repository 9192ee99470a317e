"""What somebody must settle before they leave a circle: the list that others add to.

A feature that leaves something open behind somebody (a promise, a session) says so:

    def open_promises(seat: Seat) -> list[Open]: ...
    app.extensions["circle_handover"] = [open_promises]      # in app.py
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import current_app
from flask_babel import LazyString

from portal.partners.queries.circles import Seat, leads, seats
from portal.partners.rules.circles import is_last_lead


@dataclass(frozen=True)
class Open:
    """One thing that somebody leaves behind, as a sentence, and where it is settled. `must`: before they may leave."""

    what: LazyString | str
    url: str | None = None
    must: bool = True


Asked = Callable[[Seat], list[Open]]


def left_open(seat: Seat) -> list[Open]:
    """Everything that other features know to be open for whoever sits here."""
    asked: list[Asked] = current_app.extensions.get("circle_handover", [])
    return [item for ask in asked for item in ask(seat)]


def lacks_lead_without(seat: Seat) -> bool:
    """Whether nobody would lead the circle any more."""
    return seat.circle.closed_on is None and is_last_lead(seat.member.id, leads(seat.circle))


def lacks_key_without(seat: Seat) -> bool:
    """Whether others stay who could not open what is written, because nobody let them in yet."""
    if seat.circle.closed_on is not None or not seat.is_admitted:
        return False
    others = [other for other in seats(seat.circle) if other.member.id != seat.member.id]
    return bool(others) and not any(other.is_admitted for other in others)

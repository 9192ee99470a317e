"""What comes next in a circle: the list on its page that others add to.

def next_sessions(seat: Seat) -> list[Ahead]: ...
app.extensions["circle_ahead"] = [next_sessions]      # in app.py
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from flask import current_app
from flask_babel import LazyString

from portal.partners.queries.circles import Seat


@dataclass(frozen=True)
class Ahead:
    """One thing that comes, as a few words, on its day, and the page that says more."""

    on: date
    what: LazyString | str
    url: str


Asked = Callable[[Seat], list[Ahead]]


def ahead(seat: Seat) -> list[Ahead]:
    """Everything that other features know to come, the soonest first, as far as whoever sits here may see it."""
    asked: list[Asked] = current_app.extensions.get("circle_ahead", [])
    return sorted((item for ask in asked for item in ask(seat)), key=lambda item: item.on)

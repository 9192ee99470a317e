"""Hooks between features that may not import each other: one asks, another answers, and neither knows which.

Monthly counts pass to the indicators in this way: no row, no day, no name.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import NamedTuple, Protocol

from portal.core.portal import Hook
from portal.core.texted import SlipKind


class HeldThen(Protocol):
    """Returns sentences about other meetings, holidays and weekly hours at that time that this member may know."""

    def __call__(self, begins: datetime, ends: datetime, member_id: int, /) -> list[str]: ...


HELD_THEN: Hook[HeldThen] = Hook("what others hold in a time")

SLIP_KINDS: Hook[SlipKind] = Hook("slips that are answered by text")


class PublicLink(NamedTuple):
    """A link on the front page and on the lists of meetings and news; `note` says until when it holds."""

    text: str
    url: str
    note: str = ""


class OpenPages(Protocol):
    """Returns links to pages of another feature on which residents are asked or told something now."""

    def __call__(self) -> Iterable[PublicLink]: ...


OPEN_PAGES: Hook[OpenPages] = Hook("pages on which residents are asked something now")


def open_pages() -> list[PublicLink]:
    """Return the links of all features."""
    return [link for links in OPEN_PAGES.plugged() for link in links()]


class MonthlyTally(NamedTuple):
    """The count of a measure in a month; at a place, or (`market_id` None) in the whole city."""

    measure: str
    market_id: int | None
    value: int


class CountMonth(Protocol):
    """Returns the counts of the month that begins on this day."""

    def __call__(self, month: date, /) -> Iterable[MonthlyTally]: ...


MONTHLY_COUNTS: Hook[CountMonth] = Hook("monthly counts")

"""What a report can be about, the ways it can go, and by when somebody must have done something."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum


class Category(StrEnum):
    SELLING = "selling"
    PROPERTY = "property"
    SERVICES = "services"
    CONDUCT = "conduct"
    OTHER = "other"
    UNSORTED = "unsorted"


class Channel(StrEnum):
    WEB = "web"
    TEXT = "text"
    RELAY = "relay"


class State(StrEnum):
    NEW = "new"
    READ = "read"
    ASKED = "asked"
    PASSED = "passed"
    CLOSED = "closed"


class Referral(StrEnum):
    """To whom a report was passed on. Complaints about police conduct only ever go to the oversight contact."""

    TEAM = "team"
    POLICE = "police"
    PROPERTY = "property"
    OUTREACH = "outreach"
    OVERSIGHT = "oversight"


class Disposition(StrEnum):
    ACTED = "acted"
    NOT_SEEN = "not_seen"
    ONGOING = "ongoing"
    PROPERTY = "property"
    OUTREACH = "outreach"
    DUPLICATE = "duplicate"
    CANNOT = "cannot"
    NOT_OURS = "not_ours"


CATEGORIES = tuple(item.value for item in Category)
CHANNELS = tuple(item.value for item in Channel)
STATES = tuple(item.value for item in State)
REFERRALS = tuple(item.value for item in Referral)
DISPOSITIONS = tuple(item.value for item in Disposition)

TRIAGE, OVERSIGHT = "triage", "oversight"
"""The kinds of desks."""

NEXT: dict[State, frozenset[State]] = {
    State.NEW: frozenset({State.READ, State.ASKED, State.PASSED, State.CLOSED}),
    State.READ: frozenset({State.ASKED, State.PASSED, State.CLOSED}),
    State.ASKED: frozenset({State.READ, State.PASSED, State.CLOSED}),
    State.PASSED: frozenset({State.ASKED, State.PASSED, State.CLOSED}),
    State.CLOSED: frozenset({State.READ}),
}
MUST_EXPLAIN = frozenset({Disposition.CANNOT, Disposition.NOT_OURS})
"""Dispositions that say "because …": the desk has to write the reason to the resident."""

READ_WITHIN = 1
"""Business days until a person has read a report."""
PASS_WITHIN = 3
"""Days until it was passed on, or more was asked."""
CLOSE_WITHIN = 7
"""Days until the resident has a plain answer."""


def may_move(state: State, to: State) -> bool:
    """Whether a report may go from one state to the other."""
    return to in NEXT[state]


def may_refer(category: Category, to: Referral) -> bool:
    """A complaint about police conduct goes to the oversight contact and to nobody else."""
    return (category is Category.CONDUCT) == (to is Referral.OVERSIGHT)


def desk_for(category: Category) -> str:
    """The kind of desk that reads a report: what is about police conduct is for the oversight contact alone."""
    return OVERSIGHT if category is Category.CONDUCT else TRIAGE


def must_explain(disposition: Disposition) -> bool:
    """Whether closing like this needs a reason in words."""
    return disposition in MUST_EXPLAIN


@dataclass(frozen=True)
class Clock:
    """What is due next, and when; `step` is read, pass or close."""

    step: str
    due_on: date

    def reading(self, today: date) -> str:
        """`on_time`, `due_today` or `overdue`."""
        if self.due_on < today:
            return "overdue"
        return "due_today" if self.due_on == today else "on_time"


def clock_of(state: State, received_on: date, is_business_day: Callable[[date], bool]) -> Clock | None:
    """The clock that runs for a report now; None when it is closed or waits for the resident."""
    match state:
        case State.NEW:
            return Clock("read", next_business_day(received_on, READ_WITHIN, is_business_day))
        case State.READ:
            return Clock("pass", received_on + timedelta(days=PASS_WITHIN))
        case State.PASSED:
            return Clock("close", received_on + timedelta(days=CLOSE_WITHIN))
        case _:
            return None


def next_business_day(day: date, after: int, is_business_day: Callable[[date], bool]) -> date:
    """The day that lies `after` business days behind `day`."""
    while after > 0:
        day += timedelta(days=1)
        after -= is_business_day(day)
    return day


def is_weekday(day: date) -> bool:
    """Monday to Friday."""
    return day.weekday() < 5

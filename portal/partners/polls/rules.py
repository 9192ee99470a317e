"""Rules of polls, as keys and numbers: ranking of slots, valid times and deadlines.

The ranking is a promise to the voters: essential people come first, then enough people on each side, then many yes,
few no, and few other events at that time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import NamedTuple

from portal.core.hours import NoSuchHour, moment_in
from portal.organisations.sides import SIDES, OrganisationKind, TableSide


class SlotChoice(StrEnum):
    YES = "yes"
    MAYBE = "maybe"
    """If need be."""
    NO = "no"


CAN = frozenset({SlotChoice.YES, SlotChoice.MAYBE})


class Voter(NamedTuple):
    """A person who is asked."""

    key: int
    side: TableSide
    is_essential: bool = False


class Counts(NamedTuple):
    """The number of each choice for a slot; all that police see of it."""

    yes: int = 0
    maybe: int = 0
    no: int = 0


@dataclass(frozen=True)
class SlotState:
    counts: Counts
    essential: int
    """The number of essential people asked."""
    essential_no: int
    essential_silent: int
    essential_maybe: int
    lacking: Mapping[TableSide, int]
    """The number of missing people on each side that has too few."""
    in_the_way: int

    @property
    def rank(self) -> tuple[int, ...]:
        """The sort key of slots, the best first."""
        return (
            self.essential_no,
            self.essential_silent,
            sum(self.lacking.values()),
            -self.counts.yes,
            self.counts.no,
            self.in_the_way,
            self.essential_maybe,
        )


def side_of(kinds: Iterable[str], *, is_police: bool) -> TableSide:
    """Return a person's side by the kinds of their organisations; without any they belong to the community."""
    if is_police or TableSide.AGENCIES in {SIDES[OrganisationKind(kind)] for kind in kinds}:
        return TableSide.AGENCIES
    return TableSide.COMMUNITY


def standing(
    voters: Collection[Voter],
    answers: Mapping[int, SlotChoice],
    needed: Mapping[TableSide, int],
    in_the_way: int = 0,
) -> SlotState:
    """Return the state of a slot from the choices of its voters, by their keys."""
    given = [answers[voter.key] for voter in voters if voter.key in answers]
    essential = [answers.get(voter.key) for voter in voters if voter.is_essential]
    can = [voter.side for voter in voters if answers.get(voter.key) in CAN]
    lacking = {side: need - can.count(side) for side, need in needed.items() if can.count(side) < need}
    return SlotState(
        counts=Counts(given.count(SlotChoice.YES), given.count(SlotChoice.MAYBE), given.count(SlotChoice.NO)),
        essential=len(essential),
        essential_no=essential.count(SlotChoice.NO),
        essential_silent=essential.count(None),
        essential_maybe=essential.count(SlotChoice.MAYBE),
        lacking=lacking,
        in_the_way=in_the_way,
    )


MOST_SLOTS = 6
LENGTHS = (30, 45, 60, 90, 120, 180)
"""Minutes."""
USUAL_LENGTH = 90
LONGEST_AHEAD = timedelta(days=180)


@dataclass(frozen=True, order=True)
class SlotSpan:
    starts_at: datetime
    ends_at: datetime


def span_on(zone: tzinfo, day: date, clock: time, minutes: int) -> SlotSpan:
    """Return the span of `minutes` from a local time on, in a night that has it twice the first. Raises NoSuchHour."""
    starts_at = moment_in(zone, day, clock)
    return SlotSpan(starts_at, starts_at + timedelta(minutes=minutes))


def wrong_slot(zone: tzinfo, day: date, clock: time, closes_on: date | None, today: date) -> str | None:
    """Return the error of a slot as a key, or None: "no_hour", "past", "far" or "before_deadline"."""
    try:
        span_on(zone, day, clock, USUAL_LENGTH)
    except NoSuchHour:
        return "no_hour"
    if day <= today:
        return "past"
    if day > today + LONGEST_AHEAD:
        return "far"
    return "before_deadline" if closes_on is not None and day <= closes_on else None


def is_last_day(closes_on: date, first_slot_on: date, today: date) -> bool:
    """Return whether a day can be the last for answers: not in the past, and before the first slot."""
    return today <= closes_on < first_slot_on


def is_open(closes_on: date, stopped_on: date | None, today: date) -> bool:
    """Return whether answers are taken; the last day is included."""
    return stopped_on is None and today <= closes_on

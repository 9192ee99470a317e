"""Which slot suits best, and why, as keys and figures; the words are in `texts`.

The order is a promise to the people who are asked: those without whom it cannot be held come first, then that each
side is there, then how many say yes, how few say no, and how little is in the way.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from portal.core.hours import NoSuchHour, moment_in
from portal.core.texted import NO_WORDS, YES_WORDS, listed, read_says
from portal.organisations.sides import SIDES, OrganisationKind, TableSide


class SlotChoice(StrEnum):
    """What somebody says of a slot."""

    YES = "yes"
    MAYBE = "maybe"
    """If need be."""
    NO = "no"


CHOICES = tuple(choice.value for choice in SlotChoice)
CAN = frozenset({SlotChoice.YES, SlotChoice.MAYBE})


@dataclass(frozen=True)
class Voter:
    """Somebody who is asked, by a key that says nothing."""

    key: str
    side: TableSide
    is_essential: bool = False


@dataclass(frozen=True)
class Counts:
    """How many said what of a slot; all that police see of it."""

    yes: int = 0
    maybe: int = 0
    no: int = 0


@dataclass(frozen=True)
class SlotState:
    """How a slot stands."""

    slot: int
    counts: Counts
    essential: int
    """How many essential people are asked."""
    essential_no: int
    essential_silent: int
    essential_maybe: int
    lacking: Mapping[TableSide, int]
    """How many are missing on each side that has too few."""
    in_the_way: int

    @property
    def rank(self) -> tuple[int, ...]:
        """Less is better."""
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
    """Where somebody sits, by the houses they belong to; who belongs to none sits with the community."""
    if is_police or TableSide.AGENCIES in {SIDES[OrganisationKind(kind)] for kind in kinds}:
        return TableSide.AGENCIES
    return TableSide.COMMUNITY


def counted(said: Iterable[SlotChoice]) -> Counts:
    """How many said what."""
    given = list(said)
    return Counts(given.count(SlotChoice.YES), given.count(SlotChoice.MAYBE), given.count(SlotChoice.NO))


def standing(
    slot: int,
    voters: Collection[Voter],
    said: Mapping[str, SlotChoice],
    needed: Mapping[TableSide, int],
    in_the_way: int = 0,
) -> SlotState:
    """How a slot stands with what these voters `said` of it, by their keys."""
    essential = [said.get(one.key) for one in voters if one.is_essential]
    can = [one.side for one in voters if said.get(one.key) in CAN]
    lacking = {side: need - can.count(side) for side, need in needed.items() if can.count(side) < need}
    return SlotState(
        slot=slot,
        counts=counted(said[one.key] for one in voters if one.key in said),
        essential=len(essential),
        essential_no=essential.count(SlotChoice.NO),
        essential_silent=essential.count(None),
        essential_maybe=essential.count(SlotChoice.MAYBE),
        lacking=lacking,
        in_the_way=in_the_way,
    )


def best_first(found: Sequence[SlotState]) -> list[SlotState]:
    """The slots by how well they suit; of two that are equal the one that was proposed first."""
    return sorted(found, key=lambda one: (one.rank, one.slot))


MOST_SLOTS = 6
FEWEST_SLOTS = 1
LENGTHS = (30, 45, 60, 90, 120, 180)
"""Minutes."""
USUAL_LENGTH = 90
LONGEST_AHEAD = timedelta(days=180)


class TwiceThatHour(ValueError):
    """The clocks go back over this hour: it comes twice in that night, and people would come an hour apart."""


@dataclass(frozen=True, order=True)
class SlotSpan:
    """From and to, in UTC."""

    starts_at: datetime
    ends_at: datetime


def span_on(zone: tzinfo, day: date, clock: time, minutes: int) -> SlotSpan:
    """So many minutes from this hour of the city's clock on. Raises NoSuchHour or TwiceThatHour."""
    starts_at = moment_in(zone, day, clock)
    again = datetime.combine(day, clock.replace(fold=1), zone).astimezone(UTC)
    if again != starts_at:
        raise TwiceThatHour
    return SlotSpan(starts_at, starts_at + timedelta(minutes=minutes))


def wrong_slot(zone: tzinfo, day: date, clock: time, closes_on: date | None, today: date) -> str | None:
    """What is wrong with a slot, by a key: "no_hour", "twice", "past", "far" or "before_deadline"."""
    try:
        span_on(zone, day, clock, USUAL_LENGTH)
    except NoSuchHour:
        return "no_hour"
    except TwiceThatHour:
        return "twice"
    if day <= today:
        return "past"
    if day > today + LONGEST_AHEAD:
        return "far"
    return "before_deadline" if closes_on is not None and day <= closes_on else None


def is_last_day(closes_on: date, first_slot_on: date, today: date) -> bool:
    """Whether answers can be taken until this day: it is not over, and the first time lies behind it."""
    return today <= closes_on < first_slot_on


def is_open(closes_on: date, stopped_on: date | None, today: date) -> bool:
    """Whether answers are taken; the last day counts."""
    return stopped_on is None and today <= closes_on


def is_time_to_remind(closes_on: date, asked_on: date, today: date) -> bool:
    """On the day before the last one, or on the last; not on the day on which people were asked."""
    return closes_on - timedelta(days=1) <= today <= closes_on and asked_on < today


def in_order(spans: Sequence[SlotSpan]) -> list[SlotSpan]:
    """Each span once, the soonest first."""
    return sorted(set(spans))


FIGURES = {"1": SlotChoice.YES, "2": SlotChoice.MAYBE, "0": SlotChoice.NO}
_MAYBE = """if need be, if needed, if necessary, if i must, maybe, perhaps, si hace falta, si es necesario, quizas,
    quiza, tal vez, talvez, a lo mejor, puede ser"""
WORDS = {
    **dict.fromkeys(YES_WORDS, SlotChoice.YES),
    **dict.fromkeys(listed(_MAYBE), SlotChoice.MAYBE),
    **dict.fromkeys(NO_WORDS, SlotChoice.NO),
}


def says_of(rest: str) -> tuple[SlotChoice, ...] | None:
    """What is said of each time, in the order of the slip; `rest` as `portal.core.texted` leaves it."""
    return read_says(rest, FIGURES, WORDS)

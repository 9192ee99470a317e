"""Rhythms, what an edit of many meetings leaves alone, and which date takes the place of which.

A rhythm counts in days of the city's calendar and keeps the hour that the clock on the wall shows. It is written as a
recurrence rule (RFC 5545, 3.3.10); `series.expansion` makes the days of it.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import Any

from portal.core.hours import NoSuchHour, moment_in

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
HORIZON = timedelta(days=183)
"""So far ahead dates stand in lists and calendars: half a year is what people put down."""
MOST_TIMES = 60
LAST = -1
EVERY_WEEKS, EVERY_MONTHS = (1, 2, 3, 4), (1, 2, 3)


class Frequency(StrEnum):
    WEEKLY = "weekly"
    MONTHLY = "monthly"


class EditScope(StrEnum):
    """How far an edit reaches. What is over stays as it was in any case."""

    THIS = "this"
    LATER = "later"
    ALL = "all"


@dataclass(frozen=True)
class Rhythm:
    """Every so many weeks on a day of the week, or every so many months on the first, second … or last such day."""

    frequency: Frequency
    interval: int
    weekday: int
    """0 is Monday."""
    which: int = 0
    """1 to 4 or LAST; 0 for weeks."""

    @property
    def rule(self) -> str:
        """The recurrence rule, without its end."""
        day = f"{self.which or ''}{WEEKDAYS[self.weekday]}"
        return f"FREQ={self.frequency.upper()};INTERVAL={self.interval};BYDAY={day}"

    @property
    def key(self) -> str:
        """Its name in a form: w2, m1, and m1l for the last one of a month."""
        if self.frequency is Frequency.WEEKLY:
            return f"w{self.interval}"
        return f"m{self.interval}{'l' if self.which == LAST else ''}"

    @classmethod
    def from_rule(cls, rule: str) -> Rhythm:
        """Read what `rule` wrote."""
        found = re.fullmatch(r"FREQ=(WEEKLY|MONTHLY);INTERVAL=(\d+);BYDAY=(-?\d)?([A-Z]{2})", rule)
        if found is None:
            raise ValueError("not a rule of ours")
        frequency, interval, which, day = found.groups()
        return cls(Frequency(frequency.lower()), int(interval), WEEKDAYS.index(day), int(which or 0))


def rhythms_from(first: date) -> tuple[Rhythm, ...]:
    """Every rhythm that begins on this day, the most usual ones first."""
    day, which = first.weekday(), (first.day - 1) // 7 + 1
    weekly = [Rhythm(Frequency.WEEKLY, weeks, day) for weeks in EVERY_WEEKS]
    # A fifth Tuesday comes in few months; it is the last of its month in all of them.
    whiches = [*([which] if which < 5 else []), *([LAST] if _is_last_of_its_kind(first) else [])]
    monthly = [Rhythm(Frequency.MONTHLY, months, day, one) for months in EVERY_MONTHS for one in whiches]
    return (*weekly, *monthly)


def rhythm_named(key: str, first: date) -> Rhythm | None:
    """The rhythm that a form calls `key`, if it can begin on this day."""
    return next((one for one in rhythms_from(first) if one.key == key), None)


def _is_last_of_its_kind(day: date) -> bool:
    return day.day + 7 > monthrange(day.year, day.month)[1]


def moment_at(zone: tzinfo, day: date, clock: time) -> datetime:
    """When the clocks show this; an hour that the change to summer time leaves out is the one after it (RFC 5545)."""
    try:
        return moment_in(zone, day, clock)
    except NoSuchHour:
        return datetime.combine(day, clock.replace(fold=0), zone).astimezone(UTC)


# --- edits of many ---

Shape = Mapping[str, Any]
"""What a meeting says, without its date: texts, answers, the hour, how many days later what came of it is told."""


def merge(before: Shape, after: Shape, own: Shape, *, overwrite: bool) -> tuple[dict[str, Any], frozenset[str]]:
    """What one date says after an edit of many, and in what it kept what had been changed by hand.

    `before` and `after`: what the series said and says. Only what the edit changed is touched, and of that only what
    this date had in common with the series, unless somebody confirmed that everything may be.
    """
    changed = {name for name in after if before[name] != after[name]}
    kept = frozenset(name for name in changed if own[name] not in (before[name], after[name]) and not overwrite)
    return {name: after[name] if name in changed - kept else value for name, value in own.items()}, kept


def differs(shape: Shape, own: Shape) -> bool:
    """Whether a date was changed by hand."""
    return any(own[name] != value for name, value in shape.items())


# --- lists ---

PEOPLE_GO_BY = ("title", "place", "mode", "starts", "minutes", "offset")


class Stand(StrEnum):
    """Why a date stands in a list of its own: the next one, the first that is as all later ones, one unlike others."""

    NEXT = "next"
    ANEW = "anew"
    APART = "apart"


@dataclass(frozen=True)
class DateView:
    """What people go by on one date, and whether that is what the series says now."""

    says: tuple[object, ...]
    is_regular: bool
    is_moved: bool = False
    is_off: bool = False


def as_seen(shape: Shape) -> tuple[object, ...]:
    """What of a shape people go by when they choose an evening."""
    return tuple(shape[name] for name in PEOPLE_GO_BY)


def stands(dates: Iterable[DateView]) -> list[Stand | None]:
    """Which dates ahead, in their order, have to be listed; None for those that are as whoever read the list expects.

    Whoever knows the next date and how often takes the hour and the place of that one for all. So a date that says
    something else is listed, and so is the first of those that say it from then on; the rest of these is not.
    """
    usual: DateView | None = None
    found: list[Stand | None] = []
    for one in dates:
        if one.is_off:
            found.append(Stand.APART)
        elif usual is None:
            usual = one
            found.append(Stand.NEXT)
        elif one.says == usual.says and (usual.is_moved or not one.is_moved):
            found.append(None)
        elif one.is_regular:
            usual = one
            found.append(Stand.ANEW)
        else:
            found.append(Stand.APART)
    return found


# --- another rhythm ---


@dataclass(frozen=True)
class Rehung:
    """What becomes of the dates of a series that gets another rhythm."""

    kept: tuple[date, ...]
    moved: tuple[tuple[date, date], ...]
    dropped: tuple[date, ...]
    added: tuple[date, ...]


def rehang(old: Iterable[date], new: Sequence[date], frequency: Frequency) -> Rehung:
    """Which new day takes the place of which old one: the same day, else the nearest in the same week or month.

    So Tuesdays that become Thursdays are moved, each with whoever said that they come, instead of being called off.
    """
    left, wanted = sorted(set(old)), sorted(set(new))
    kept = tuple(day for day in left if day in set(wanted))
    left, wanted = [day for day in left if day not in kept], [day for day in wanted if day not in kept]
    moved = []
    for day in wanted:
        near = [one for one in left if period_of(one, frequency) == period_of(day, frequency)]
        if near:
            nearest = min(near, key=lambda one: (abs(one - day), one))
            moved.append((nearest, day))
            left.remove(nearest)
    taken = {day for _from, day in moved}
    return Rehung(kept, tuple(moved), tuple(left), tuple(day for day in wanted if day not in taken))


def period_of(day: date, frequency: Frequency) -> date:
    """The first day of the week (a Monday) or of the month that a day lies in."""
    return day.replace(day=1) if frequency is Frequency.MONTHLY else day - timedelta(days=day.weekday())


# --- days off ---


def days_off(setting: str) -> tuple[tuple[str, tuple[str, str]], ...]:
    """The city's own days: "12-24 Christmas Eve|Nochebuena; 2027-04-02 Good Friday|Viernes Santo"."""
    found = []
    for part in filter(None, (part.strip() for part in setting.split(";"))):
        when, _space, names = part.partition(" ")
        english, _bar, spanish = names.partition("|")
        found.append((when, (english.strip(), spanish.strip())))
    return tuple(found)

"""Pure rules of series: rhythms, merging an edit into all dates, listed dates, and changing a rhythm.

A rhythm counts days of the city's calendar and keeps the local hour. It is written as a recurrence rule (RFC 5545,
3.3.10), which calendars read; `days_of` says the same in days.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from itertools import count, islice, takewhile
from typing import Any

from portal.core.hours import NoSuchHour, moment_in, month_after

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
HORIZON = timedelta(days=183)
"""How far ahead dates are made for lists and calendars: people plan for about half a year."""
MOST_TIMES = 60
LAST = -1
EVERY_WEEKS, EVERY_MONTHS = (1, 2, 3, 4), (1, 2, 3)


class Frequency(StrEnum):
    WEEKLY = "weekly"
    MONTHLY = "monthly"


@dataclass(frozen=True)
class Rhythm:
    """Every so many weeks on a weekday, or every so many months on the first, second … or last such weekday."""

    frequency: Frequency
    interval: int
    weekday: int
    """0 is Monday."""
    which: int = 0
    """1 to 4 or LAST; 0 for weeks."""

    @property
    def rule(self) -> str:
        day = f"{self.which or ''}{WEEKDAYS[self.weekday]}"
        return f"FREQ={self.frequency.upper()};INTERVAL={self.interval};BYDAY={day}"

    @property
    def key(self) -> str:
        """Its key in a form: w2, m1, and m1l for the last such weekday of a month."""
        if self.frequency is Frequency.WEEKLY:
            return f"w{self.interval}"
        return f"m{self.interval}{'l' if self.which == LAST else ''}"

    @classmethod
    def from_rule(cls, rule: str) -> Rhythm:
        parts = re.fullmatch(r"FREQ=(WEEKLY|MONTHLY);INTERVAL=(\d+);BYDAY=(-?\d)?([A-Z]{2})", rule)
        if parts is None:
            raise ValueError("not a rule of ours")
        frequency, interval, which, day = parts.groups()
        return cls(Frequency(frequency.lower()), int(interval), WEEKDAYS.index(day), int(which or 0))


def rhythms_from(first: date) -> tuple[Rhythm, ...]:
    """Return all rhythms that begin on this day, most usual ones first."""
    day, which = first.weekday(), (first.day - 1) // 7 + 1
    is_last = first.day + 7 > monthrange(first.year, first.month)[1]
    weekly = [Rhythm(Frequency.WEEKLY, weeks, day) for weeks in EVERY_WEEKS]
    # Few months have a fifth Tuesday; in all of them it is the last one.
    whiches = [*([which] if which < 5 else []), *([LAST] if is_last else [])]
    monthly = [Rhythm(Frequency.MONTHLY, months, day, which) for months in EVERY_MONTHS for which in whiches]
    return (*weekly, *monthly)


def rhythm_named(key: str, first: date) -> Rhythm | None:
    return next((rhythm for rhythm in rhythms_from(first) if rhythm.key == key), None)


def days_of(
    rhythm: Rhythm, first: date, upto: date, *, until: date | None = None, times: int | None = None
) -> tuple[date, ...]:
    """Return the days from `first` on until `upto`, `until` or so many `times`, whichever comes first."""
    last = min(upto, until) if until else upto
    days = takewhile(lambda day: day <= last, filter(lambda day: day >= first, _endless_days(rhythm, first)))
    return tuple(islice(days, times))


def _endless_days(rhythm: Rhythm, first: date) -> Iterator[date]:
    if rhythm.frequency is Frequency.WEEKLY:
        begun = first + timedelta(days=(rhythm.weekday - first.weekday()) % 7)
        yield from (begun + timedelta(weeks=rhythm.interval * step) for step in count())
    for step in count(0, rhythm.interval):
        month = month_after(first, step)
        if rhythm.which == LAST:
            end = month.replace(day=monthrange(month.year, month.month)[1])
            yield end - timedelta(days=(end.weekday() - rhythm.weekday) % 7)
        else:
            yield month + timedelta(days=(rhythm.weekday - month.weekday()) % 7 + 7 * (rhythm.which - 1))


def moment_at(zone: tzinfo, day: date, clock: time) -> datetime:
    """Return the moment of a local time; of one that summer time skips, the hour after it (RFC 5545)."""
    try:
        return moment_in(zone, day, clock)
    except NoSuchHour:
        return datetime.combine(day, clock.replace(fold=0), zone).astimezone(UTC)


Shape = Mapping[str, Any]
"""The data of a meeting without its date: texts, answers, the hour, and how many days later the report-back is due."""


def merge(before: Shape, after: Shape, own: Shape) -> tuple[dict[str, Any], frozenset[str]]:
    """Return the data of one date after an edit of all, and the fields that kept a manual change.

    `before` and `after`: the data of the series. Only fields that the edit changed are touched, and of these only those
    where this date agreed with the series.
    """
    changed = {name for name in after if before[name] != after[name]}
    kept = frozenset(name for name in changed if own[name] not in (before[name], after[name]))
    return {name: after[name] if name in changed - kept else value for name, value in own.items()}, kept


PEOPLE_GO_BY = ("title", "place", "mode", "starts", "minutes", "offset")


class Stand(StrEnum):
    """Why a date of a series is listed: it is the next one, the first of a new pattern, or an exception."""

    NEXT = "next"
    ANEW = "anew"
    APART = "apart"


@dataclass(frozen=True)
class DateView:
    says: tuple[object, ...]
    is_regular: bool
    is_moved: bool = False
    is_off: bool = False


def as_seen(shape: Shape) -> tuple[object, ...]:
    return tuple(shape[name] for name in PEOPLE_GO_BY)


def stands(dates: Iterable[DateView]) -> list[Stand | None]:
    """Return for each date ahead, in order, why it must be listed; None for dates that are as a reader would expect.

    Readers who know the next date and the rhythm expect the same hour and place on all dates. So a date that differs is
    listed, as is the first of several from which on a new pattern holds; the rest of these is not.
    """
    usual: DateView | None = None
    reasons: list[Stand | None] = []
    for view in dates:
        if view.is_off:
            reasons.append(Stand.APART)
        elif usual is None:
            usual = view
            reasons.append(Stand.NEXT)
        elif view.says == usual.says and (usual.is_moved or not view.is_moved):
            reasons.append(None)
        elif view.is_regular:
            usual = view
            reasons.append(Stand.ANEW)
        else:
            reasons.append(Stand.APART)
    return reasons


@dataclass(frozen=True)
class Rehung:
    kept: tuple[date, ...]
    moved: tuple[tuple[date, date], ...]
    dropped: tuple[date, ...]
    added: tuple[date, ...]

    @property
    def touched(self) -> list[date]:
        """The days that no longer hold: people may have been told of them."""
        return [*self.dropped, *(old for old, _new in self.moved)]


def rehang(old: Iterable[date], new: Sequence[date], frequency: Frequency) -> Rehung:
    """Match new days to old ones, the same or the nearest in its week or month: moved dates keep their answers."""
    left, wanted = sorted(set(old)), sorted(set(new))
    kept = tuple(day for day in left if day in set(wanted))
    left, wanted = [day for day in left if day not in kept], [day for day in wanted if day not in kept]
    moved = []
    for day in wanted:
        near = [other for other in left if period_of(other, frequency) == period_of(day, frequency)]
        if near:
            nearest = min(near, key=lambda other: (abs(other - day), other))
            moved.append((nearest, day))
            left.remove(nearest)
    taken = {day for _from, day in moved}
    return Rehung(kept, tuple(moved), tuple(left), tuple(day for day in wanted if day not in taken))


def period_of(day: date, frequency: Frequency) -> date:
    """Return the first day of the week (a Monday) or of the month of a day."""
    return day.replace(day=1) if frequency is Frequency.MONTHLY else day - timedelta(days=day.weekday())


def days_off(setting: str) -> tuple[tuple[str, tuple[str, str]], ...]:
    """Return the days off in "12-24 Christmas Eve|Nochebuena; 2027-04-02 …", with their names in both languages."""
    days = []
    for part in filter(None, (part.strip() for part in setting.split(";"))):
        when, _space, names = part.partition(" ")
        english, _bar, spanish = names.partition("|")
        days.append((when, (english.strip(), spanish.strip())))
    return tuple(days)

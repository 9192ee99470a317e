"""What a meeting must say before it is published, and what may become of it."""

from __future__ import annotations

import re
from calendar import SUNDAY, Calendar
from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum
from math import floor
from typing import Protocol
from urllib.parse import urlsplit

from portal.core.parity import left_behind


class MeetingState(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    CANCELLED = "cancelled"


class OfferAnswer(StrEnum):
    """An honest "no" is an answer; "asked" means that somebody was asked and has not confirmed."""

    YES = "yes"
    ASKED = "asked"
    NO = "no"


class Mode(StrEnum):
    """How people take part."""

    IN_PERSON = "in_person"
    ONLINE = "online"
    HYBRID = "hybrid"


class LinkFor(StrEnum):
    """Who is shown the address for joining online: everybody reads public pages, those who would disturb included."""

    EVERYBODY = "everybody"
    COMING = "coming"


STATES = tuple(state.value for state in MeetingState)
MODES = tuple(mode.value for mode in Mode)
LINKS_FOR = tuple(one.value for one in LinkFor)
ANSWERS = tuple(answer.value for answer in OfferAnswer)
NEEDS = ("interpreter", "childcare", "food", "ride")
PROMISED_BY_PEOPLE = ("interpreter", "childcare", "ride")
"""Somebody gives an evening for these: who said yes for one day was not asked for another."""
TEXTS = ("title", "purpose", "place", "access", "host", "report_back_by")
# What people who hold a calendar entry would otherwise be wrong about.
IN_CALENDARS = (
    *("title", "purpose", "place", "access", "host", "mode", "online_url", "link_for", *NEEDS),
    *("starts_at", "ends_at"),
)
# Whoever reads only the other language would stand at the wrong door.
NEVER_LATE = ("place", "access")
WHERE_AND_WHEN = ("starts_at", "ends_at", "place", "mode", "online_url")


class ChangeKind(StrEnum):
    """What people who had planned to come must learn."""

    MOVED = "moved"
    CANCELLED = "cancelled"


CHANGES = tuple(kind.value for kind in ChangeKind)
LATE_HOURS = 72
"""Less notice than this is too late for somebody who needs a ride, a sitter or a free shift."""


MONTHS_SHOWN = 12
"""The months before and after this one that have a page: a robot that follows "next" comes to an end."""


class MeetingText(Protocol):
    """A text in both languages."""

    @property
    def en(self) -> str: ...
    @property
    def es(self) -> str: ...


class Dates(Protocol):
    """The times of a meeting; a draft may lack them. What else it must have is looked up by name."""

    @property
    def starts_at(self) -> datetime | None: ...
    @property
    def ends_at(self) -> datetime | None: ...
    @property
    def report_back_on(self) -> date | None: ...


def missing(meeting: Dates) -> tuple[str, ...]:
    """What keeps a meeting from being published, by the names of the fields; empty when it is whole."""
    mode: str | None = getattr(meeting, "mode", Mode.IN_PERSON)
    asked = [name for name in TEXTS if name not in NEVER_LATE or comes_in_person(mode)]
    gaps = [f"{name}_{lang}" for name in asked for lang in ("en", "es") if not _said(getattr(meeting, name), lang)]
    if mode is None:
        gaps.append("mode")
    if is_joined_online(mode) and not getattr(meeting, "online_url", ""):
        gaps.append("online_url")
    if meeting.starts_at is None or meeting.ends_at is None:
        gaps.append("held_on")
    gaps += [need for need in NEEDS if getattr(meeting, need) is None]
    if meeting.report_back_on is None:
        gaps.append("report_back_on")
    return tuple(gaps)


def to_ask_anew(need: str, answer: str | None) -> bool:
    """Whether a meeting on another day has to ask for this again: a "no" stays, whoever is to come does not."""
    return need in PROMISED_BY_PEOPLE and answer != OfferAnswer.NO


def still_promised(before: Dates, after: Dates, zone: tzinfo) -> tuple[str, ...]:
    """What people promised for the day that a meeting had until now, and what it still says for another day."""
    days = [one.starts_at.astimezone(zone).date() if one.starts_at else None for one in (before, after)]
    if days[0] == days[1]:
        return ()
    both = (before, after)
    return tuple(need for need in PROMISED_BY_PEOPLE if all(getattr(one, need) == OfferAnswer.YES for one in both))


def taken_back(before: object, after: object) -> tuple[str, ...]:
    """What was offered, or might have been there, and is not any more."""
    return tuple(
        need
        for need in NEEDS
        if getattr(before, need) in (OfferAnswer.YES, OfferAnswer.ASKED) and getattr(after, need) == OfferAnswer.NO
    )


def comes_in_person(mode: str | None) -> bool:
    """Whether a door has to be named; as long as nobody said how people take part, it may have one."""
    return mode != Mode.ONLINE


def is_joined_online(mode: str | None) -> bool:
    """Whether an address has to be given."""
    return mode in (Mode.ONLINE, Mode.HYBRID)


def shows_link(mode: str | None, link_for: str, *, is_coming: bool) -> bool:
    """Whether somebody is shown the address for joining."""
    return is_joined_online(mode) and (is_coming or link_for == LinkFor.EVERYBODY)


def wrong_dates(meeting: Dates, now: datetime, zone: tzinfo) -> tuple[str, ...]:
    """What is wrong with the dates that are there: "in_past", "order", "report_back_early"."""
    starts, ends, back = meeting.starts_at, meeting.ends_at, meeting.report_back_on
    if starts is None or ends is None:
        return ()
    problems = (
        ("in_past", starts <= now),
        ("order", ends <= starts),
        ("report_back_early", back is not None and back < _last_day(ends, zone)),
    )
    return tuple(key for key, holds in problems if holds)


def _last_day(ends: datetime, zone: tzinfo) -> date:
    """The day on which it is over; midnight itself still ends the day before."""
    return (ends.astimezone(zone) - timedelta(microseconds=1)).date()


def wrong_changes(before: Dates, after: Dates, now: datetime, zone: tzinfo) -> tuple[str, ...]:
    """What is wrong with dates that a published meeting would get; what was begun may still be corrected otherwise."""
    wrong = wrong_dates(after, now, zone)
    if moves(before, after):
        return wrong
    if before.report_back_on == after.report_back_on:
        return ()
    return tuple(key for key in wrong if key == "report_back_early")


def is_online_address(text: str) -> bool:
    """Whether people can be led there: a whole https address of a host with a dot, without a name or password in it."""
    if re.search(r"[\s\x00-\x20\x7f\"'<>\\]", text):
        return False
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018 - raises for what is no port
    except ValueError:
        return False
    named = re.fullmatch(r"([\w-]{1,63}\.)+[\w-]{2,63}", parts.hostname or "") is not None
    return parts.scheme == "https" and named and "@" not in parts.netloc


def moves(before: object, after: object) -> bool:
    """Whether people would come to the wrong place or at the wrong time."""
    return _differ(before, after, WHERE_AND_WHEN)


def notice_hours(starts_at: datetime, now: datetime) -> int:
    """How many whole hours before the start people could learn of a change; negative when it had begun."""
    return floor((starts_at - now) / timedelta(hours=1))


def changes_calendars(before: object, after: object) -> bool:
    """Whether calendars hold something that is no longer so."""
    return _differ(before, after, IN_CALENDARS)


def one_language_left_behind(before: object, after: object) -> tuple[str, ...]:
    """The fields on where to go that would say something old in one language: `place_es` when `place_en` changes."""
    old, new = ({name: getattr(one, name) for name in NEVER_LATE} for one in (before, after))
    return left_behind(old, new)


def _differ(before: object, after: object, names: tuple[str, ...]) -> bool:
    return any(getattr(before, name) != getattr(after, name) for name in names)


def _said(text: MeetingText, lang: str) -> bool:
    said: str = getattr(text, lang)
    return bool(said.strip())


def who_answers(
    planner: int, keepers: Sequence[int | None], leads: Collection[int], able: Collection[int]
) -> tuple[int, ...]:
    """Who answers for a meeting now: who planned it; else who looks after its place, in this order; else every lead.

    `able`: who is still here and may still plan meetings.
    """
    for one in (planner, *keepers):
        if one is not None and one in able:
            return (one,)
    return tuple(sorted(set(leads) & set(able)))


def month_named(name: str, today: date) -> date | None:
    """The first day of a month written like 2026-12, or None: no month, or too far from today to have a page."""
    if not re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])", name):
        return None
    first = date.fromisoformat(f"{name}-01")
    return first if has_page(first, today) else None


def has_page(month: date, today: date) -> bool:
    """Whether a month is near enough to have a page."""
    return abs((month.year - today.year) * 12 + month.month - today.month) <= MONTHS_SHOWN


def month_after(month: date, months: int = 1) -> date:
    """The first day of the month that comes so many months later, or earlier."""
    years, index = divmod(month.year * 12 + month.month - 1 + months, 12)
    return date(years, index + 1, 1)


def weeks_of(month: date) -> list[list[date | None]]:
    """The weeks of a month from Sunday on; None for a day that belongs to another month."""
    weeks = Calendar(SUNDAY).monthdatescalendar(month.year, month.month)
    return [[day if day.month == month.month else None for day in week] for week in weeks]

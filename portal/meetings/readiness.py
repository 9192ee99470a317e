"""Pure rules of meetings: completeness before publication, permitted changes, notice, and months that have a page."""

from __future__ import annotations

import re
from calendar import SUNDAY, Calendar
from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum
from math import floor
from typing import NamedTuple, Protocol
from urllib.parse import urlsplit

from portal.core.parity import BilingualText, left_behind


class MeetingState(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    CANCELLED = "cancelled"


class OfferAnswer(StrEnum):
    """Whether a need is provided for. "no" is a valid answer; "asked" means asked and not yet confirmed."""

    YES = "yes"
    ASKED = "asked"
    NO = "no"


class Mode(StrEnum):
    """How people take part."""

    IN_PERSON = "in_person"
    ONLINE = "online"
    HYBRID = "hybrid"


class LinkFor(StrEnum):
    """The audience of the address for joining online: public pages are also read by people who would disturb."""

    EVERYBODY = "everybody"
    COMING = "coming"


STATES = tuple(state.value for state in MeetingState)
MODES = tuple(mode.value for mode in Mode)
LINKS_FOR = tuple(one.value for one in LinkFor)
ANSWERS = tuple(answer.value for answer in OfferAnswer)
NEEDS = ("interpreter", "childcare", "food", "ride")
PROMISED_BY_PEOPLE = ("interpreter", "childcare", "ride")
"""Needs for which a person gives up an evening: a promise for one day does not hold for another."""
TEXTS = ("title", "purpose", "place", "access", "host", "report_back_by")
# Fields whose change makes calendar entries wrong.
IN_CALENDARS = (
    *("title", "purpose", "place", "access", "address", "host", "mode", "online_url", "link_for", *NEEDS),
    *("starts_at", "ends_at"),
)
# Fields that must change in both languages at once: readers of the other language would stand at the wrong door.
NEVER_LATE = ("place", "access")
WHERE_AND_WHEN = ("starts_at", "ends_at", "place", "mode", "online_url")


class ChangeKind(StrEnum):
    """Changes that people who had planned to come must be told."""

    MOVED = "moved"
    CANCELLED = "cancelled"


CHANGES = tuple(kind.value for kind in ChangeKind)
LATE_HOURS = 72
"""Shorter notice than this is too late for residents who need a ride, a sitter or a free shift."""


MONTHS_SHOWN = 12
"""The months before and after this one that have a page; the limit stops crawlers that follow "next"."""


class Dates(Protocol):
    """The times of a meeting; a draft may lack them. Other required fields are looked up by name."""

    @property
    def starts_at(self) -> datetime | None: ...
    @property
    def ends_at(self) -> datetime | None: ...
    @property
    def report_back_on(self) -> date | None: ...


def missing(meeting: Dates) -> tuple[str, ...]:
    """Return the names of the fields that prevent a meeting from being published; empty when it is complete."""
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


USUAL_REPORT = timedelta(days=14)
"""When people are told what came of a meeting, unless another day is chosen."""


def told_on(chosen: date | None, held_on: date | None) -> date | None:
    """Return the day by which people are told what came of it: the chosen one, or two weeks after the meeting."""
    return chosen or (held_on + USUAL_REPORT if held_on else None)


class ToldWith(NamedTuple):
    """The day of a meeting and the deadline of its report-back as a page showed them together."""

    held_on: date
    told_on: date
    by_itself: bool
    """Whether nobody chose the deadline."""

    @classmethod
    def read(cls, text: str | None) -> ToldWith | None:
        """Return what `written` wrote; None for anything else."""
        found = re.fullmatch(r"(\d{4}-\d\d-\d\d) (\d{4}-\d\d-\d\d)( by itself)?", text or "")
        try:
            return found and cls(date.fromisoformat(found[1]), date.fromisoformat(found[2]), bool(found[3]))
        except ValueError:
            return None

    @property
    def written(self) -> str:
        return f"{self.held_on} {self.told_on}{' by itself' if self.by_itself else ''}"

    def beside(self, held_on: date | None, told_on: date | None) -> bool:
        """Return whether the meeting was moved, and the deadline left as it was."""
        return held_on is not None and held_on != self.held_on and told_on == self.told_on

    def after(self, held_on: date) -> date:
        """Return the deadline as long after another day as it was after this one."""
        return held_on + (self.told_on - self.held_on)


def said_once(gaps: Collection[str], first: str) -> tuple[str, ...]:
    """Leave out gaps that follow from others: of a text that is wholly missing, its other language than `first`.

    The day of the report-back follows from the day of the meeting.
    """
    found = set(gaps)

    def follows(gap: str) -> bool:
        name, _, lang = gap.rpartition("_")
        return (gap == "report_back_on" and "held_on" in found) or (lang != first and f"{name}_{first}" in found)

    return tuple(gap for gap in gaps if not follows(gap))


def to_ask_anew(need: str, answer: str | None) -> bool:
    """Return whether a meeting on another day must ask for this again: a "no" stays, a person's promise does not."""
    return need in PROMISED_BY_PEOPLE and answer != OfferAnswer.NO


def still_promised(before: Dates, after: Dates, zone: tzinfo) -> tuple[str, ...]:
    """Return the needs that were promised for the previous day and are still stated for another day."""
    days = [one.starts_at.astimezone(zone).date() if one.starts_at else None for one in (before, after)]
    if days[0] == days[1]:
        return ()
    both = (before, after)
    return tuple(need for need in PROMISED_BY_PEOPLE if all(getattr(one, need) == OfferAnswer.YES for one in both))


def taken_back(before: object, after: object) -> tuple[str, ...]:
    """Return the needs that were provided for, or might have been, and no longer are."""
    return tuple(
        need
        for need in NEEDS
        if getattr(before, need) in (OfferAnswer.YES, OfferAnswer.ASKED) and getattr(after, need) == OfferAnswer.NO
    )


def comes_in_person(mode: str | None) -> bool:
    """Return whether a door must be named; in a draft without a mode it must."""
    return mode != Mode.ONLINE


def is_joined_online(mode: str | None) -> bool:
    """Return whether an address for joining online is required."""
    return mode in (Mode.ONLINE, Mode.HYBRID)


def shows_link(mode: str | None, link_for: str, *, is_coming: bool) -> bool:
    """Return whether this reader is shown the address for joining."""
    return is_joined_online(mode) and (is_coming or link_for == LinkFor.EVERYBODY)


def wrong_dates(meeting: Dates, now: datetime, zone: tzinfo) -> tuple[str, ...]:
    """Return the errors of the given dates: "in_past", "order", "report_back_early"."""
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
    """Return the last day of a meeting; an end at midnight belongs to the day before."""
    return (ends.astimezone(zone) - timedelta(microseconds=1)).date()


def wrong_changes(before: Dates, after: Dates, now: datetime, zone: tzinfo) -> tuple[str, ...]:
    """Return the errors of new dates of a published meeting.

    A meeting that has begun can still be changed as long as its time and place stay.
    """
    wrong = wrong_dates(after, now, zone)
    if moves(before, after):
        return wrong
    if before.report_back_on == after.report_back_on:
        return ()
    return tuple(key for key in wrong if key == "report_back_early")


def is_street_address(text: str) -> bool:
    """Return whether this may be a street address: a map finds it by its number, and a web address is none."""
    return re.search(r"\d", text) is not None and re.search(r"https?:|www\.|@|\n", text) is None


def is_online_address(text: str) -> bool:
    """Return whether this is a usable https address: a host name with a dot, without user name or password."""
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
    """Return whether the change would lead people to the wrong place or time.

    An address that is only added, or taken away, contradicts nothing that people were told.
    """
    addresses = {getattr(one, "address", "") for one in (before, after)} - {""}
    return len(addresses) > 1 or _differ(before, after, WHERE_AND_WHEN)


def notice_hours(starts_at: datetime, now: datetime) -> int:
    """Return the whole hours of notice before the start; negative when the meeting had begun."""
    return floor((starts_at - now) / timedelta(hours=1))


def changes_calendars(before: object, after: object) -> bool:
    """Return whether calendar entries must be updated."""
    return _differ(before, after, IN_CALENDARS)


def one_language_left_behind(before: object, after: object) -> tuple[str, ...]:
    """Return the fields of place and access that are outdated in one language.

    For example `place_es` when only `place_en` changes.
    """
    old, new = ({name: getattr(one, name) for name in NEVER_LATE} for one in (before, after))
    return left_behind(old, new)


def _differ(before: object, after: object, names: tuple[str, ...]) -> bool:
    return any(getattr(before, name) != getattr(after, name) for name in names)


def _said(text: BilingualText, lang: str) -> bool:
    said: str = getattr(text, lang)
    return bool(said.strip())


def who_answers(
    planner: int, keepers: Sequence[int | None], leads: Collection[int], able: Collection[int]
) -> tuple[int, ...]:
    """Return the ids of those who answer for a meeting: its planner, else a keeper of its place, else all leads.

    `keepers` are tried in their order. `able`: members with an open account who may still plan meetings.
    """
    for one in (planner, *keepers):
        if one is not None and one in able:
            return (one,)
    return tuple(sorted(set(leads) & set(able)))


def month_named(name: str, today: date) -> date | None:
    """Return the first day of a month written like 2026-12, or None if it is no month or has no page."""
    if not re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])", name):
        return None
    first = date.fromisoformat(f"{name}-01")
    return first if has_page(first, today) else None


def has_page(month: date, today: date) -> bool:
    """Return whether a month is near enough to have a page."""
    return abs((month.year - today.year) * 12 + month.month - today.month) <= MONTHS_SHOWN


def month_after(month: date, months: int = 1) -> date:
    """Return the first day of the month that is so many months later, or earlier if negative."""
    years, index = divmod(month.year * 12 + month.month - 1 + months, 12)
    return date(years, index + 1, 1)


def weeks_of(month: date) -> list[list[date | None]]:
    """Return the weeks of a month, starting on Sunday; None for days of other months."""
    weeks = Calendar(SUNDAY).monthdatescalendar(month.year, month.month)
    return [[day if day.month == month.month else None for day in week] for week in weeks]

"""Pure rules of meetings (what is missing, permitted changes, notice, months with a page) and of report-backs."""

from __future__ import annotations

import re
from calendar import SUNDAY, Calendar
from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum
from math import floor
from typing import Any

from portal.core.parity import SIDES, Texts, left_behind
from portal.core.suppression import FEWEST_SHOWN


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
    IN_PERSON = "in_person"
    ONLINE = "online"
    HYBRID = "hybrid"


JOINED_ONLINE = (Mode.ONLINE, Mode.HYBRID)
"""Modes that require an address. All but `ONLINE` require a door, as does a draft without a mode."""


class LinkFor(StrEnum):
    """The audience of the address for joining online: public pages are also read by people who would disturb."""

    EVERYBODY = "everybody"
    COMING = "coming"


class ChangeKind(StrEnum):
    """Changes that people who had planned to come must be told."""

    MOVED = "moved"
    CANCELLED = "cancelled"


NEEDS = ("interpreter", "childcare", "food", "ride")
PROMISED_BY_PEOPLE = ("interpreter", "childcare", "ride")
"""Needs for which a person gives up an evening: a promise for one day does not hold for another."""
TEXTS = ("title", "purpose", "place", "access", "host", "report_back_by")
# Fields whose change makes no calendar entry wrong.
NOT_IN_CALENDARS = {"report_back_by", "report_back_on", "market_id", "credit"}
# Fields that must change in both languages at once: readers of the other language would stand at the wrong door.
NEVER_LATE = ("place", "access")
WHERE_AND_WHEN = ("starts_at", "ends_at", "place", "mode", "online_url")
LATE_HOURS = 72
"""Shorter notice than this is too late for residents who need a ride, a sitter or a free shift."""
MONTHS_SHOWN = 12
"""The months before and after this one that have a page; the limit stops crawlers that follow "next"."""
USUAL_REPORT = timedelta(days=14)
"""When people are told what came of a meeting, unless another day is chosen."""

ONLINE_ADDRESS = re.compile(
    r"https://([\w-]{1,63}\.)+[\w-]{2,63}(:\d{1,5})?([/?#][^\s\x00-\x20\x7f\"'<>\\]*)?", re.IGNORECASE
)


Plan = Any
"""A meeting or a `MeetingPlan`; a draft may lack anything."""


def missing(meeting: Plan) -> tuple[str, ...]:
    """Return the names of the fields that prevent a meeting from being published; empty when it is complete."""
    mode: str | None = getattr(meeting, "mode", Mode.IN_PERSON)
    texts = [name for name in TEXTS if name not in NEVER_LATE or mode != Mode.ONLINE]
    gaps = [f"{name}_{lang}" for name in texts for lang in SIDES if not getattr(getattr(meeting, name), lang).strip()]
    if mode is None:
        gaps.append("mode")
    if mode in JOINED_ONLINE and not getattr(meeting, "online_url", ""):
        gaps.append("online_url")
    if meeting.starts_at is None or meeting.ends_at is None:
        gaps.append("held_on")
    gaps += [need for need in NEEDS if getattr(meeting, need) is None]
    if meeting.report_back_on is None:
        gaps.append("report_back_on")
    return tuple(gaps)


def told_on(chosen: date | None, held_on: date | None) -> date | None:
    """Return the day by which people are told what came of it: the chosen one, or two weeks after the meeting."""
    return chosen or (held_on + USUAL_REPORT if held_on else None)


def said_once(gaps: Collection[str], first: str) -> tuple[str, ...]:
    """Leave out what follows from other gaps: the other language than `first` of a missing text, and the deadline."""
    texts = (gap.rpartition("_") for gap in gaps)
    follow = {f"{name}_{lang}" for name, _, lang in texts if lang != first and f"{name}_{first}" in gaps}
    follow |= {"report_back_on"} if "held_on" in gaps else set()
    return tuple(gap for gap in gaps if gap not in follow)


def still_promised(before: Plan, after: Plan, zone: tzinfo) -> tuple[str, ...]:
    """Return the needs that were promised for the previous day and are still stated for another day."""
    both = (before, after)
    old, new = (plan.starts_at.astimezone(zone).date() if plan.starts_at else None for plan in both)
    kept = (need for need in PROMISED_BY_PEOPLE if all(getattr(plan, need) == OfferAnswer.YES for plan in both))
    return tuple(kept) if old != new else ()


def taken_back(before: object, after: object) -> tuple[str, ...]:
    """Return the needs that were provided for, or might have been, and no longer are."""
    return tuple(
        need
        for need in NEEDS
        if getattr(before, need) in (OfferAnswer.YES, OfferAnswer.ASKED) and getattr(after, need) == OfferAnswer.NO
    )


def wrong_dates(meeting: Plan, now: datetime, zone: tzinfo) -> tuple[str, ...]:
    """Return the errors of the given dates: "in_past", "order", "report_back_early"."""
    starts, ends, back = meeting.starts_at, meeting.ends_at, meeting.report_back_on
    if starts is None or ends is None:
        return ()
    # An end at midnight belongs to the day before.
    last_day = (ends.astimezone(zone) - timedelta(microseconds=1)).date()
    problems = (
        ("in_past", starts <= now),
        ("order", ends <= starts),
        ("report_back_early", back is not None and back < last_day),
    )
    return tuple(key for key, holds in problems if holds)


def wrong_changes(before: Plan, after: Plan, now: datetime, zone: tzinfo) -> tuple[str, ...]:
    """Return the errors of new dates; what has begun can still be changed as long as time and place stay."""
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
    return ONLINE_ADDRESS.fullmatch(text) is not None


def moves(before: object, after: object) -> bool:
    """Return whether it leads people elsewhere; an address that is only added, or taken away, contradicts nothing."""
    addresses = {getattr(plan, "address", "") for plan in (before, after)} - {""}
    return len(addresses) > 1 or any(getattr(before, name) != getattr(after, name) for name in WHERE_AND_WHEN)


def notice_hours(starts_at: datetime, now: datetime) -> int:
    """Return the whole hours of notice before the start; negative when the meeting had begun."""
    return floor((starts_at - now) / timedelta(hours=1))


def changes_calendars(before: object, after: object) -> bool:
    return any(getattr(before, name) != getattr(after, name) for name in vars(before).keys() - NOT_IN_CALENDARS)


def one_language_left_behind(before: object, after: object) -> tuple[str, ...]:
    """Return the fields of place and access that are left outdated: `place_es` if only `place_en` changes."""
    old, new = ({name: getattr(plan, name) for name in NEVER_LATE} for plan in (before, after))
    return left_behind(old, new)


def month_named(name: str, today: date) -> date | None:
    """Return the first day of a month written like 2026-12, or None if it is no month or has no page."""
    if not re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])", name):
        return None
    first = date.fromisoformat(f"{name}-01")
    return first if has_page(first, today) else None


def has_page(month: date, today: date) -> bool:
    return abs((month.year - today.year) * 12 + month.month - today.month) <= MONTHS_SHOWN


def weeks_of(month: date) -> list[list[date | None]]:
    """Return the weeks of a month, starting on Sunday; None for days of other months."""
    weeks = Calendar(SUNDAY).monthdatescalendar(month.year, month.month)
    return [[day if day.month == month.month else None for day in week] for week in weeks]


class ReportBackState(StrEnum):
    NOT_YET = "not_yet"
    AWAITED = "awaited"
    OVERDUE = "overdue"
    DONE = "done"
    NONE = "none"


class AttendeeRole(StrEnum):
    RESIDENTS = "residents"
    YOUTH = "youth"
    FAITH = "faith"
    ORGANIZERS = "organizers"
    SERVICES = "services"
    CITY = "city"
    POLICE = "police"
    OTHERS = "others"


def standing(meeting: Plan, *, is_told: bool, today: date) -> ReportBackState:
    """Return the state of the promise. It becomes overdue by the calendar alone, without anyone's action."""
    if is_told:
        return ReportBackState.DONE
    if meeting.state != MeetingState.PUBLISHED or meeting.report_back_on is None:
        return ReportBackState.NONE
    if not meeting.is_over:
        return ReportBackState.NOT_YET
    return ReportBackState.OVERDUE if today > meeting.report_back_on else ReportBackState.AWAITED


def report_gaps(texts: Texts) -> tuple[str, ...]:
    """Return the names of the fields that prevent publication: all texts are required in both languages."""
    return tuple(f"{name}_{lang}" for name, text in texts.items() for lang in SIDES if not getattr(text, lang).strip())


def shown_heads(heads: Mapping[AttendeeRole, int]) -> tuple[dict[AttendeeRole, int | None], int]:
    """Return the counts that may be public, None for one from 1 to `FEWEST_SHOWN` - 1, and their sum.

    The sum is that of the shown counts: a suppressed one could be worked out from the sum of all.
    """
    counts = {side: heads[side] for side in AttendeeRole if side in heads}
    shown = {side: None if 0 < count < FEWEST_SHOWN else count for side, count in counts.items()}
    return shown, sum(count for count in shown.values() if count is not None)

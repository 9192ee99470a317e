"""What the editor of a meeting offers: what else is on its evening, free days, saved venues, who hosted before.

Its buttons save nothing. They fill in both languages; own words that they replace are shown, so that none is lost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from functools import partial
from hashlib import blake2b
from itertools import islice
from typing import Any, TypeVar

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement

from portal.core.clock import now, today, zone
from portal.core.db import session
from portal.core.editing import pressed
from portal.core.i18n import LANGUAGES, NOTHING, Bilingual, language
from portal.following.notices import in_both
from portal.meetings.busy import BusyEvenings, against, ahead
from portal.meetings.evenings import DAYS_AROUND, PROPOSED_AFTER, WEEK, TimeSpan, free_days, span_on
from portal.meetings.forms import MeetingForm
from portal.meetings.meeting import Meeting, known_meetings, latest_known
from portal.meetings.readiness import USUAL_REPORT, Mode
from portal.meetings.venues import COPIED, Venue, venues

USUAL_HOURS = time(18, 30), time(20)
MARGIN = timedelta(days=1)
REACH = timedelta(days=DAYS_AROUND) + MARGIN
WEEKS_TRIED = 4
LOOK, TAKE, PUT = "look", "day:", "put:"
VENUE = "venue"
PEOPLE = ("host", "report_back_by")
MOST_NAMES = 4
USUAL_REPORTER = _l("Whoever organizes it, on this page")
Key = TypeVar("Key")
EVENING_TAKEN = _l("Saved as a draft, not published: something else is on that evening. See below.")


@dataclass(frozen=True)
class EveningOverview:
    """What else is on an evening: a sentence for each in `lines`, and `free` days to choose instead."""

    lines: Sequence[str] = ()
    free: Sequence[date] = ()
    is_clear: bool = False
    """A day and hours were given, and no known event collides with them."""

    @property
    def mark(self) -> str:
        """A hash of the lines for the form, to tell whether the organizer has seen them."""
        return blake2b("\n".join(self.lines).encode(), digest_size=8).hexdigest() if self.lines else ""


def evening_of(form: MeetingForm, member_id: int, meeting: Meeting | None = None) -> EveningOverview:
    """Return the conflicts of the evening in a form that this member may know of; empty for a past evening."""
    hours = _hours(form, member_id)
    day = form.held_on.data
    span = span_on(day, *hours, zone()) if day and form.starts.data and form.ends.data else None
    if (day is not None and span is None) or (span is not None and span.starts <= now()):
        return EveningOverview()
    around = day or today() + PROPOSED_AFTER
    busy = ahead(around - REACH, around + REACH, member_id)
    return _overview(around, hours, span, busy, meeting.id if meeting else None)


def evening_at(meeting: Meeting, busy: BusyEvenings) -> EveningOverview:
    """Return the conflicts of a planned meeting, from busy spans that are already loaded."""
    if meeting.hours is None or meeting.span is None or meeting.held_on is None:
        return EveningOverview()
    return _overview(meeting.held_on, meeting.hours, meeting.span, busy, meeting.id)


def _overview(
    day: date, hours: tuple[time, time], span: TimeSpan | None, busy: BusyEvenings, meeting_id: int | None
) -> EveningOverview:
    lines = against(busy, span, meeting_id) if span else []
    if span is not None and not lines:
        return EveningOverview(is_clear=True)
    free = free_days(day, hours, lambda span: against(busy, span, meeting_id), now(), zone())
    return EveningOverview(lines, free)


def conflicts(spans: Mapping[Key, tuple[TimeSpan, int]], member_id: int) -> dict[Key, list[str]]:
    """Return what else is on these evenings by their keys, without the meetings whose ids stand beside them."""
    if not spans:
        return {}
    days = [span.starts.astimezone(zone()).date() for span, _meeting_id in spans.values()]
    busy = ahead(min(days) - MARGIN, max(days) + MARGIN, member_id)
    lines = {key: against(busy, span, meeting_id) for key, (span, meeting_id) in spans.items()}
    return {key: sentences for key, sentences in lines.items() if sentences}


def was_seen(form: MeetingForm, evening: EveningOverview) -> bool:
    """Return whether exactly these conflicts, if any, were shown before; the form now holds the hash of them."""
    seen = not evening.lines or form.evening.data == evening.mark
    form.evening.data = evening.mark
    return seen


def propose_day(form: MeetingForm, pattern: Meeting, member_id: int) -> None:
    """Fill a day into the form of a copy: soon, free as far as known, on the same day of the week if possible."""
    if pattern.held_on is None or pattern.hours is None:
        return
    # The first same weekday at least a week ahead, for notice, and after the day of the pattern.
    earliest = max(today() + WEEK, pattern.held_on + timedelta(days=1))
    first = earliest + timedelta(days=(pattern.held_on.weekday() - earliest.weekday()) % 7)
    middle = first + timedelta(days=DAYS_AROUND // 2)
    busy = ahead(middle - REACH, middle + REACH, member_id)
    weeks = [first + number * WEEK for number in range(WEEKS_TRIED)]
    spans = {day: span for day in weeks if (span := span_on(day, *pattern.hours, zone()))}
    free = [day for day, span in spans.items() if not against(busy, span)]
    near = free_days(first, pattern.hours, lambda span: against(busy, span), now(), zone())
    day = free[0] if free else min(near, key=lambda day: abs(day - first), default=first)
    form.put(held_on=day, starts=pattern.hours[0], ends=pattern.hours[1])
    form.put_deadline(day + _report_after(pattern))


def _take_day(form: MeetingForm, typed: str, member_id: int) -> None:
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        return
    pattern, (starts, ends) = latest(member_id), _hours(form, member_id)
    form.put(held_on=day, starts=starts, ends=ends)
    # A deadline that somebody chose stays unless it comes before, any other moves along.
    shown_day, deadline, chosen = form.shown_day.data, form.shown_deadline.data, form.report_back_on.data
    if not (form.is_deadline_chosen and chosen >= day):
        was_shown = shown_day and deadline and deadline == chosen and deadline >= shown_day
        usual = _report_after(pattern) if pattern else USUAL_REPORT
        form.put_deadline(day + (deadline - shown_day if was_shown else usual))


def _hours(form: MeetingForm, member_id: int) -> tuple[time, time]:
    """Return the typed hours, else those of the meeting that this member created last."""
    if form.starts.data and form.ends.data:
        return form.starts.data, form.ends.data
    pattern = latest(member_id)
    return (pattern.hours if pattern else None) or USUAL_HOURS


def latest(member_id: int, *conditions: ColumnElement[bool]) -> Meeting | None:
    """Return the meeting with a day that this member created last, unless its place is hidden from them now."""
    own = known_meetings(member_id, Meeting.author_id == member_id, Meeting.starts_at.is_not(None), *conditions)
    return session.scalars(own.order_by(Meeting.created_at.desc(), Meeting.id).limit(1)).first()


def _report_after(pattern: Meeting) -> timedelta:
    if pattern.report_back_on is None or pattern.held_on is None:
        return USUAL_REPORT
    return max(pattern.report_back_on - pattern.held_on, timedelta(0))


def suggestions(form: MeetingForm, member_id: int) -> dict[str, Any]:
    """Return what can be put in: `venues`, one of them `chosen`, and `people` with keys."""
    kept, meetings = venues(member_id), latest_known(member_id)
    people = {}
    for field in PEOPLE:
        others = ((key, name) for key, name in _known(field, meetings).items() if name != form.pair(field))
        people[field] = list(islice(others, MOST_NAMES))
    chosen = next((venue.id for venue in kept if venue.place == form.place != NOTHING), None)
    return {"venues": kept, "chosen": chosen, "people": people}


def begin(form: MeetingForm, member_id: int) -> None:
    """Fill in what is nearly always so in a new meeting: in person, this member's venue, and who reports back."""
    form.original.data, form.mode.data = language(), Mode.IN_PERSON.value
    names = list(_known("report_back_by", latest_known(member_id)).values())
    form.put(report_back_by=names[0] if names else in_both(partial(str, USUAL_REPORTER)))
    pattern = latest(member_id)
    usual = next((kept for kept in venues(member_id) if pattern is not None and kept.place == pattern.place), None)
    if usual is not None:
        _put_venue(form, usual)


def _put_venue(form: MeetingForm, venue: Venue) -> None:
    form.put(place=venue.place, access=venue.access, address=venue.address)
    form.put(host=venue.usual_host if venue.usual_host != NOTHING else form.host)
    form.mode.data = Mode.HYBRID.value if form.mode.data == Mode.ONLINE else form.mode.data


def only_fills_in(form: MeetingForm, member_id: int) -> bool:
    """Return whether the button saves nothing, and do it; the form then names what was filled in and what replaced."""
    then = pressed()
    if then.startswith(TAKE):
        _take_day(form, then.removeprefix(TAKE), member_id)
    if then == LOOK or then.startswith(TAKE):
        form.filled = "day"
        return True
    if not then.startswith(PUT):
        return False
    field, _, key = then.removeprefix(PUT).partition(":")
    before, kept = _words(form), venues(member_id)
    venue = next((venue for venue in kept if field == VENUE and str(venue.id) == key), None)
    if venue:
        _put_venue(form, venue)
    elif field in PEOPLE and (name := _known(field, latest_known(member_id)).get(key)):
        form.put(**{field: name})
    # What venues put in is nobody's own words, so that it is no loss when it is replaced.
    texts = (text for each in kept for text in (each.place, each.access, each.usual_host))
    no_loss = {"", *(text[lang] for text in texts for lang in LANGUAGES), *(each.address for each in kept)}
    changed = (old for old, new in zip(before, _words(form), strict=True) if old != new)
    form.replaced, form.filled = tuple(words for words in changed if words not in no_loss), field
    for part in form:
        part.errors = ()
    return True


def _words(form: MeetingForm) -> list[str]:
    texts = [form.pair(name)[lang] for name in (*COPIED, "report_back_by") for lang in LANGUAGES]
    return [*texts, form.address.data or ""]


def _known(field: str, meetings: Sequence[Meeting]) -> dict[str, Bilingual]:
    """Return who stood in this field of meetings, in both languages, each once by a key for the form."""
    names = dict.fromkeys(getattr(meeting, field) for meeting in meetings)
    whole = (name for name in names if name.is_whole)
    return {blake2b(f"{name.en}\n{name.es}".encode(), digest_size=6).hexdigest(): name for name in whole}

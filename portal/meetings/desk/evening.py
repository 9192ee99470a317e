"""The evening for which somebody plans: what else is on it, which ones are free, and a day for a copy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from hashlib import blake2b

from flask import request
from sqlalchemy import select

from portal.core.clock import now, today, zone
from portal.core.db import session
from portal.meetings.calendars.queries import Ahead, ahead
from portal.meetings.calendars.rules.evenings import DAYS_AROUND, PROPOSED_AFTER, Span, free_days, span_on
from portal.meetings.calendars.texts import evening_lines
from portal.meetings.forms import MeetingForm
from portal.meetings.models import Meeting

USUAL_HOURS = time(18, 30), time(20)
USUAL_REPORT = timedelta(days=14)
MARGIN = timedelta(days=1)
WEEKS_TRIED = 4
LOOK, TAKE = "look", "day:"


@dataclass(frozen=True)
class Evening:
    """What the editor shows beside the day. `lines`: what else is on it, in words; `free`: days to choose instead."""

    lines: Sequence[str] = ()
    free: Sequence[date] = ()
    is_clear: bool = False
    """A day and hours were given, and nothing that we know of is in the way."""

    @property
    def mark(self) -> str:
        """Stands for these lines in the form, to tell whether their writer has seen them."""
        return blake2b("\n".join(self.lines).encode(), digest_size=8).hexdigest() if self.lines else ""


def evening_of(form: MeetingForm, member_id: int, meeting: Meeting | None = None) -> Evening:
    """The evening that a form is about, as this member may know of it; nothing for one that is over."""
    hours = _hours(form, member_id)
    day = form.held_on.data
    wanted = span_on(day, *hours, zone()) if day and form.starts.data and form.ends.data else None
    if (day is not None and wanted is None) or (wanted is not None and wanted.starts <= now()):
        return Evening()
    around = day or today() + PROPOSED_AFTER
    known = _known(around, member_id)
    meeting_id = meeting.id if meeting is not None else None
    lines = evening_lines(known.against(wanted, meeting_id)) if wanted else []
    if wanted is not None and not lines:
        return Evening(is_clear=True)
    return Evening(lines, _free(around, hours, known, meeting_id))


def evening_at(meeting: Meeting, known: Ahead) -> Evening:
    """The evening of a meeting that is planned, out of what is `known` already."""
    if meeting.starts_at is None or meeting.ends_at is None:
        return Evening()
    starts, ends = (moment.astimezone(zone()) for moment in (meeting.starts_at, meeting.ends_at))
    lines = evening_lines(known.against(Span(meeting.starts_at, meeting.ends_at), meeting.id))
    if not lines:
        return Evening(is_clear=True)
    return Evening(lines, _free(starts.date(), (starts.time(), ends.time()), known, meeting.id))


def taken_on(days: Sequence[date], meeting: Meeting, member_id: int) -> dict[date, list[str]]:
    """What else is on these days at the hours of a meeting, in words; free days are left out."""
    if not days or meeting.starts_at is None or meeting.ends_at is None:
        return {}
    hours = meeting.starts_at.astimezone(zone()).time(), meeting.ends_at.astimezone(zone()).time()
    known = ahead(min(days) - MARGIN, max(days) + MARGIN, member_id)
    spans = {day: span_on(day, *hours, zone()) for day in days}
    lines = {day: evening_lines(known.against(span, meeting.id)) for day, span in spans.items() if span}
    return {day: said for day, said in lines.items() if said}


def was_seen(form: MeetingForm, evening: Evening) -> bool:
    """Whether there is nothing to warn of, or whoever sends the form was shown just that. Says so for the next time."""
    seen = not evening.lines or form.evening.data == evening.mark
    form.evening.data = evening.mark
    return seen


def only_looks(form: MeetingForm, member_id: int) -> bool:
    """Whether a button was pressed that saves nothing: to look at the evening, or to take one that is free."""
    then = request.form.get("then", "")
    if then.startswith(TAKE):
        _take(form, then.removeprefix(TAKE), member_id)
    return then == LOOK or then.startswith(TAKE)


def propose_day(form: MeetingForm, pattern: Meeting, member_id: int) -> None:
    """Put a day into the form of a copy: soon, free as far as we know, the same day of the week if that can be."""
    if pattern.starts_at is None or pattern.ends_at is None:
        return
    starts, ends = (moment.astimezone(zone()) for moment in (pattern.starts_at, pattern.ends_at))
    hours = starts.time(), ends.time()
    first = _next_like(starts.date())
    known = _known(first + timedelta(days=DAYS_AROUND // 2), member_id)
    weeks = (first + timedelta(weeks=number) for number in range(WEEKS_TRIED))
    near = _free(first, hours, known, None)
    day = next((one for one in weeks if _is_free(one, hours, known)), min(near, key=_from(first), default=first))
    form.held_on.data, form.starts.data, form.ends.data = day, *hours
    form.report_back_on.data = day + _report_after(pattern)


def _from(wanted: date) -> Callable[[date], timedelta]:
    return lambda day: abs(day - wanted)


def _next_like(day: date) -> date:
    """The first same day of the week on which there is time to tell people, and not before the pattern itself."""
    earliest = max(today() + timedelta(days=7), day + timedelta(days=1))
    return earliest + timedelta(days=(day.weekday() - earliest.weekday()) % 7)


def _is_free(day: date, hours: tuple[time, time], known: Ahead) -> bool:
    span = span_on(day, *hours, zone())
    return span is not None and not known.against(span)


def _take(form: MeetingForm, typed: str, member_id: int) -> None:
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        return
    starts, ends = _hours(form, member_id)
    latest = _latest(member_id)
    values = {"held_on": day, "starts": starts, "ends": ends}
    if form.report_back_on.data is None or form.report_back_on.data < day:
        values["report_back_on"] = day + (_report_after(latest) if latest else USUAL_REPORT)
    for name, value in values.items():
        form[name].data, form[name].raw_data = value, None


def _hours(form: MeetingForm, member_id: int) -> tuple[time, time]:
    """The hours that were typed, else those that this member chose last."""
    if form.starts.data and form.ends.data:
        return form.starts.data, form.ends.data
    latest = _latest(member_id)
    if latest is None or latest.starts_at is None or latest.ends_at is None:
        return USUAL_HOURS
    return latest.starts_at.astimezone(zone()).time(), latest.ends_at.astimezone(zone()).time()


def _latest(member_id: int) -> Meeting | None:
    own = select(Meeting).where(Meeting.author_id == member_id, Meeting.starts_at.is_not(None))
    return session.scalars(own.order_by(Meeting.created_at.desc(), Meeting.id).limit(1)).first()


def _report_after(pattern: Meeting) -> timedelta:
    if pattern.report_back_on is None or pattern.starts_at is None:
        return USUAL_REPORT
    return max(pattern.report_back_on - pattern.starts_at.astimezone(zone()).date(), timedelta(0))


def _known(around: date, member_id: int) -> Ahead:
    reach = timedelta(days=DAYS_AROUND) + MARGIN
    return ahead(around - reach, around + reach, member_id)


def _free(around: date, hours: tuple[time, time], known: Ahead, meeting_id: int | None) -> list[date]:
    return free_days(around, hours, lambda span: known.against(span, meeting_id), now(), zone())

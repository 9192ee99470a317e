"""What others hold, and what of it is in the way of a meeting. Meetings at hidden places only for who is admitted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from sqlalchemy import select

from portal.core.clock import now, zone
from portal.core.db import session
from portal.core.errors import NotFound
from portal.core.i18n import language
from portal.markets.queries import may_be_known
from portal.meetings.calendars.models import OutsideCalendar, OutsideEvent, Source
from portal.meetings.calendars.rules.evenings import Busy, Kind, Span, in_the_way
from portal.meetings.calendars.rules.hours import held, restored
from portal.meetings.models import Meeting
from portal.meetings.rules import State
from portal.meetings.week import Holiday, holiday_on

DAY = timedelta(days=1)


def calendars() -> Sequence[OutsideCalendar]:
    """Every calendar of others, by kind and name."""
    return session.scalars(
        select(OutsideCalendar).order_by(OutsideCalendar.kind, OutsideCalendar.name_en, OutsideCalendar.id)  # type: ignore[attr-defined]
    ).all()


def outside_calendar(calendar_id: int, *, to_change: bool = False) -> OutsideCalendar:
    """One of them, or `NotFound`."""
    asked = select(OutsideCalendar).where(OutsideCalendar.id == calendar_id)
    found = session.scalars(asked.with_for_update() if to_change else asked).one_or_none()
    if found is None:
        raise NotFound
    return found


def events_of(calendar_id: int, most: int) -> Sequence[OutsideEvent]:
    """What a calendar holds next."""
    ahead = select(OutsideEvent).where(OutsideEvent.calendar_id == calendar_id, OutsideEvent.ends_at > now())
    return session.scalars(ahead.order_by(OutsideEvent.starts_at).limit(most)).all()


def calendars_to_look_at() -> Sequence[int]:
    """The ids of those with an address whose time has come."""
    due = OutsideCalendar.source == Source.ADDRESS, OutsideCalendar.look_at <= now()
    return session.scalars(select(OutsideCalendar.id).where(*due).order_by(OutsideCalendar.look_at)).all()


@dataclass(frozen=True)
class Listed(Busy):
    """Something that others hold, as the list of the coming weeks tells it."""

    venue: str = ""
    meeting: Meeting | None = field(default=None, compare=False)
    holiday: Holiday | None = None


@dataclass(frozen=True)
class Ahead:
    """What is held in some time: asked once, then looked at for many evenings."""

    held: tuple[Listed, ...]

    def besides(self, meeting_id: int | None) -> tuple[Listed, ...]:
        """Everything but this meeting."""
        return tuple(one for one in self.held if one.meeting is None or one.meeting.id != meeting_id)

    def against(self, span: Span, meeting_id: int | None = None) -> tuple[Busy, ...]:
        """What is on the same evening."""
        return in_the_way(span, self.besides(meeting_id))


def ahead(first: date, last: date, member_id: int) -> Ahead:
    """Everything that somebody may know of from the first day to the last."""
    begins, ends = (datetime.combine(day, time(), zone()) for day in (first, last + DAY))
    found = (
        *_meetings(begins, ends, member_id),
        *_outside(begins, ends),
        *_weekly(first, last),
        *_holidays(first, last),
    )
    return Ahead(tuple(sorted(found, key=lambda one: (one.starts, not one.whole_day, one.ends, one.name, one.title))))


def _meetings(begins: datetime, ends: datetime, member_id: int) -> Iterator[Listed]:
    """Drafts too: two people may be planning for the same evening."""
    asked = select(Meeting).where(
        may_be_known(Meeting.market_id, member_id),
        Meeting.state != State.CANCELLED,
        Meeting.ends_at > begins,
        Meeting.starts_at < ends,
    )
    lang = language()
    for one in session.scalars(asked.order_by(Meeting.starts_at, Meeting.id)):
        if one.starts_at is not None and one.ends_at is not None:
            title = one.title[lang] or one.title.en or one.title.es
            host = one.host[lang] or one.host.en or one.host.es
            venue = one.place[lang] or one.place.en or one.place.es
            yield Listed(one.starts_at, one.ends_at, Kind.MEETING, host, title, venue=venue, meeting=one)


def _outside(begins: datetime, ends: datetime) -> Iterator[Listed]:
    asked = (
        select(OutsideEvent, OutsideCalendar)
        .join(OutsideCalendar, OutsideCalendar.id == OutsideEvent.calendar_id)
        .where(OutsideEvent.ends_at > begins, OutsideEvent.starts_at < ends)
    )
    for event, calendar in session.execute(asked.order_by(OutsideEvent.starts_at, OutsideEvent.id)):
        name, kind = calendar.name[language()], Kind(calendar.kind)
        yield Listed(event.starts_at, event.ends_at, kind, name, event.title, event.whole_day, venue=event.venue)


def _weekly(first: date, last: date) -> Iterator[Listed]:
    for calendar in session.scalars(select(OutsideCalendar).where(OutsideCalendar.source == Source.HOURS)):
        name, kind = calendar.name[language()], Kind(calendar.kind)
        for starts, ends in held(restored(calendar.hours), first, last, zone()):
            yield Listed(starts, ends, kind, name)


def _holidays(first: date, last: date) -> Iterator[Listed]:
    for number in range((last - first).days + 1):
        day = first + number * DAY
        if holiday := holiday_on(day):
            begins, ends = (datetime.combine(one, time(), zone()) for one in (day, day + DAY))
            yield Listed(begins, ends, Kind.HOLIDAY, "", whole_day=True, holiday=holiday)

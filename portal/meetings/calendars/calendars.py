"""Tables and queries of outside calendars (congregations, schools, partners), and the busy times taken from them.

Only the time of an event is stored; title and venue are stored for public events alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, LargeBinary, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.clock import now, zone
from portal.core.db import Base, Versioned, random_id, session
from portal.core.i18n import Bilingual, bilingual, language
from portal.core.statuses import NotFound
from portal.markets.places import may_be_known
from portal.meetings.calendars.hours import PROBLEMS, BusySpan, CalendarKind, TimeSpan, held, in_the_way, restored
from portal.meetings.meeting import LONGEST, Meeting
from portal.meetings.readiness import MeetingState
from portal.meetings.week import Holiday, holiday_on


class CalendarSource(StrEnum):
    """The origin of a calendar's entries."""

    HOURS = "hours"
    DAYS = "days"
    FILE = "file"
    ADDRESS = "address"


SOURCES = tuple(source.value for source in CalendarSource)
IMPORTED = (CalendarKind.WORSHIP, CalendarKind.SCHOOL, CalendarKind.PARTNER, CalendarKind.OTHER)
KINDS = tuple(kind.value for kind in IMPORTED)


class OutsideCalendar(Versioned, Base):
    """A calendar of another organization: a congregation, a school, a partner. All organizers can see it."""

    __tablename__ = "meetings_calendar"
    __table_args__ = (
        CheckConstraint(f"kind IN {KINDS!r}", name="kind"),
        CheckConstraint(f"source IN {SOURCES!r}", name="source"),
        CheckConstraint(f"problem IN {PROBLEMS!r}", name="problem"),
        CheckConstraint("(source = 'address') = (address IS NOT NULL)", name="address"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    name: Mapped[Bilingual] = bilingual("name")
    kind: Mapped[str] = mapped_column(String(10))
    source: Mapped[str] = mapped_column(String(10))
    hours: Mapped[str] = mapped_column(Text, default="")
    """Weekly hours in the format of `hours.stored`."""
    address: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The encrypted address.

    Many calendars are open to anyone who knows their address, so it is treated like a password.
    """
    host: Mapped[str] = mapped_column(String(253), default="")
    etag: Mapped[str] = mapped_column(String(200), default="")
    last_modified: Mapped[str] = mapped_column(String(60), default="")
    problem: Mapped[str | None] = mapped_column(String(20))
    failures: Mapped[int] = mapped_column(default=0)
    left_out: Mapped[int] = mapped_column(default=0)
    """The number of events that could not be read."""
    read_at: Mapped[datetime | None]
    """When its entries were last read in full."""
    looked_at: Mapped[datetime | None]
    look_at: Mapped[datetime | None] = mapped_column(index=True)
    """When the address is fetched next."""
    added_by_id: Mapped[int] = mapped_column(ForeignKey("accounts_member.id"))
    added_at: Mapped[datetime]


class OutsideEvent(Base):
    """An entry of an outside calendar. For entries that are not public events only the time is stored."""

    __tablename__ = "meetings_outside_event"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="order"),
        Index(None, "calendar_id", "starts_at"),
        Index(None, "starts_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    calendar_id: Mapped[int] = mapped_column(ForeignKey("meetings_calendar.id", ondelete="CASCADE"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    whole_day: Mapped[bool] = mapped_column(default=False)
    title: Mapped[str] = mapped_column(String(120), default="")
    venue: Mapped[str] = mapped_column(String(120), default="")

    @staticmethod
    def over_since_yesterday(moment: datetime) -> ColumnElement[bool]:
        """Return the condition for entries that ended at least one day before `moment`."""
        return OutsideEvent.ends_at <= moment - timedelta(days=1)


DAY = timedelta(days=1)


def calendars() -> Sequence[OutsideCalendar]:
    """Return all outside calendars, ordered by kind and name."""
    return session.scalars(
        select(OutsideCalendar).order_by(OutsideCalendar.kind, OutsideCalendar.name_en, OutsideCalendar.id)  # type: ignore[attr-defined]
    ).all()


def outside_calendar(calendar_id: int, *, to_change: bool = False) -> OutsideCalendar:
    """Return an outside calendar, locked if `to_change`. Raises `NotFound`."""
    asked = select(OutsideCalendar).where(OutsideCalendar.id == calendar_id)
    found = session.scalars(asked.with_for_update() if to_change else asked).one_or_none()
    if found is None:
        raise NotFound
    return found


def events_of(calendar_id: int, most: int) -> Sequence[OutsideEvent]:
    """Return the next events of a calendar, at most `most`."""
    ahead = select(OutsideEvent).where(OutsideEvent.calendar_id == calendar_id, OutsideEvent.ends_at > now())
    return session.scalars(ahead.order_by(OutsideEvent.starts_at).limit(most)).all()


def calendars_to_look_at() -> Sequence[int]:
    """Return the ids of calendars whose address is due to be fetched."""
    due = OutsideCalendar.source == CalendarSource.ADDRESS, OutsideCalendar.look_at <= now()
    return session.scalars(select(OutsideCalendar.id).where(*due).order_by(OutsideCalendar.look_at)).all()


class HeldMeeting(NamedTuple):
    """What a list of the coming weeks says of a meeting; of thousands only these columns are read."""

    id: int
    place: Bilingual
    is_draft: bool
    author_id: int
    market_id: int | None


@dataclass(frozen=True)
class UpcomingBusy(BusySpan):
    """A busy span with the details that the list of the coming weeks shows."""

    venue: str = ""
    meeting: HeldMeeting | None = field(default=None, compare=False)
    holiday: Holiday | None = None


@dataclass(frozen=True)
class BusyEvenings:
    """All busy spans of a period: queried once, then checked for many evenings."""

    held: tuple[UpcomingBusy, ...]

    def besides(self, meeting_id: int | None) -> tuple[UpcomingBusy, ...]:
        """Return all busy spans except those of this meeting."""
        return tuple(one for one in self.held if one.meeting is None or one.meeting.id != meeting_id)

    def against(self, span: TimeSpan, meeting_id: int | None = None) -> tuple[BusySpan, ...]:
        """Return the busy spans that collide with the evening of `span`."""
        return in_the_way(span, self.besides(meeting_id))


def ahead(first: date, last: date, member_id: int) -> BusyEvenings:
    """Return all busy spans from the first day to the last that the member may know of."""
    begins, ends = (datetime.combine(day, time(), zone()) for day in (first, last + DAY))
    found = (
        *_meetings(begins, ends, member_id),
        *_outside(begins, ends),
        *_weekly(first, last),
        *_holidays(first, last),
    )
    return BusyEvenings(
        tuple(sorted(found, key=lambda one: (one.starts, not one.whole_day, one.ends, one.name, one.title)))
    )


def _meetings(begins: datetime, ends: datetime, member_id: int) -> Iterator[UpcomingBusy]:
    """Yield the busy spans of meetings, drafts included: two organizers may be planning for the same evening."""
    draft = (Meeting.state == MeetingState.DRAFT).label("is_draft")
    held_by = (Meeting.id, Meeting.place, draft, Meeting.author_id, Meeting.market_id)
    asked = select(*held_by, Meeting.title, Meeting.host, Meeting.starts_at, Meeting.ends_at).where(
        may_be_known(Meeting.market_id, member_id),
        Meeting.state != MeetingState.CANCELLED,
        Meeting.ends_at > begins,
        Meeting.starts_at > begins - LONGEST,
        Meeting.starts_at < ends,
    )
    lang = language()
    for row in session.execute(asked.order_by(Meeting.starts_at, Meeting.id)):
        one = HeldMeeting(*row[:5])
        title, host, venue = (said[lang] or said.en or said.es for said in (row.title, row.host, row.place))
        yield UpcomingBusy(row.starts_at, row.ends_at, CalendarKind.MEETING, host, title, venue=venue, meeting=one)


def _outside(begins: datetime, ends: datetime) -> Iterator[UpcomingBusy]:
    asked = (
        select(OutsideEvent, OutsideCalendar)
        .join(OutsideCalendar, OutsideCalendar.id == OutsideEvent.calendar_id)
        .where(OutsideEvent.ends_at > begins, OutsideEvent.starts_at < ends)
    )
    for event, calendar in session.execute(asked.order_by(OutsideEvent.starts_at, OutsideEvent.id)):
        name, kind = calendar.name[language()], CalendarKind(calendar.kind)
        yield UpcomingBusy(event.starts_at, event.ends_at, kind, name, event.title, event.whole_day, venue=event.venue)


def _weekly(first: date, last: date) -> Iterator[UpcomingBusy]:
    for calendar in session.scalars(select(OutsideCalendar).where(OutsideCalendar.source == CalendarSource.HOURS)):
        name, kind = calendar.name[language()], CalendarKind(calendar.kind)
        for starts, ends in held(restored(calendar.hours), first, last, zone()):
            yield UpcomingBusy(starts, ends, kind, name)


def _holidays(first: date, last: date) -> Iterator[UpcomingBusy]:
    for number in range((last - first).days + 1):
        day = first + number * DAY
        if holiday := holiday_on(day):
            begins, ends = (datetime.combine(one, time(), zone()) for one in (day, day + DAY))
            yield UpcomingBusy(begins, ends, CalendarKind.HOLIDAY, "", whole_day=True, holiday=holiday)

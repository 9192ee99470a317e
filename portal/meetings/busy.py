"""What else is on an evening: other meetings, holidays, and the weekly hours of organizations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from babel.dates import format_time, get_day_names
from flask_babel import format_datetime, get_locale, gettext as _, lazy_gettext as _l
from sqlalchemy import CheckConstraint, ForeignKey, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.core.audit import record
from portal.core.clock import zone
from portal.core.db import Base, random_id, session
from portal.core.i18n import Bilingual, language
from portal.meetings.evenings import BusyKind, BusySpan, TimeSpan, each_week, holiday_on, in_service_hours, in_the_way
from portal.meetings.meeting import LONGEST, Meeting, known_meetings
from portal.meetings.readiness import MeetingState
from portal.meetings.texts import HOLIDAYS
from portal.organisations.organisations import Organisation
from portal.organisations.sides import OrganisationKind

DAY = timedelta(days=1)


class WeeklyHours(Base):
    """Hours of an organization that return every week, such as a service. All organizers can see them."""

    __tablename__ = "meetings_weekly_hours"
    __table_args__ = (
        CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
        CheckConstraint("ends > starts", name="order"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    organisation_id: Mapped[int] = mapped_column(
        ForeignKey("organisations_organisation.id", ondelete="CASCADE"), index=True
    )
    weekday: Mapped[int]
    """0 is Monday."""
    starts: Mapped[time]
    ends: Mapped[time]

    organisation: Mapped[Organisation] = relationship(lazy="joined", viewonly=True)

    def __str__(self) -> str:
        day: str = get_day_names(locale=get_locale())[self.weekday]
        starts, ends = (format_time(clock, "h:mm a", locale=get_locale()) for clock in (self.starts, self.ends))
        return f"{day[:1].upper()}{day[1:]}, {starts} – {ends}"


def weekly_hours() -> list[WeeklyHours]:
    rows = session.scalars(select(WeeklyHours)).all()
    return sorted(rows, key=lambda row: (str(row.organisation.name).casefold(), row.weekday, row.starts))


def add_hours(organisation_id: int, weekday: int, starts: time, ends: time, member_id: int) -> WeeklyHours:
    row = WeeklyHours(organisation_id=organisation_id, weekday=weekday, starts=starts, ends=ends)
    session.add(row)
    session.flush()
    record("hours.added", "hours", row.id, member_id)
    return row


class HeldMeeting(NamedTuple):
    """What a list of the coming weeks says of a meeting; of thousands only these columns are read."""

    id: int
    place: Bilingual
    is_draft: bool
    author_id: int
    market_id: int | None


@dataclass(frozen=True)
class UpcomingBusy(BusySpan):
    venue: str = ""
    meeting: HeldMeeting | None = field(default=None, compare=False)


BusyEvenings = Sequence[UpcomingBusy]
"""All busy spans of a period: queried once, then checked for many evenings."""


def ahead(first: date, last: date, member_id: int) -> BusyEvenings:
    """Return all busy spans from the first day to the last that the member may know of."""
    spans = list(_meetings(first, last, member_id))
    for row in session.scalars(select(WeeklyHours)):
        is_congregation = row.organisation.kind == OrganisationKind.CONGREGATION
        kind = BusyKind.WORSHIP if is_congregation else BusyKind.OTHER
        weekly = each_week(row.weekday, (row.starts, row.ends), first, last, zone())
        spans += [UpcomingBusy(span.starts, span.ends, kind, str(row.organisation.name)) for span in weekly]
    for day in (first + number * DAY for number in range((last - first).days + 1)):
        if holiday := holiday_on(day):
            begins, ends = (datetime.combine(midnight, time(), zone()) for midnight in (day, day + DAY))
            spans.append(UpcomingBusy(begins, ends, BusyKind.HOLIDAY, "", str(HOLIDAYS[holiday]), whole_day=True))
    return sorted(spans, key=lambda busy: (busy.starts, not busy.whole_day, busy.ends, busy.name, busy.title))


def against(held: BusyEvenings, span: TimeSpan, meeting_id: int | None = None) -> list[str]:
    """Return a sentence for each that collides with the evening of `span`, without those of this meeting."""
    others = (busy for busy in held if busy.meeting is None or busy.meeting.id != meeting_id)
    lines = [busy_in_words(busy) for busy in in_the_way(span, others)]
    is_in_church = in_service_hours(span.starts, span.ends, zone())
    return [*lines, _("On Sunday morning, when many people are at church")] if is_in_church else lines


def _meetings(first: date, last: date, member_id: int) -> Iterator[UpcomingBusy]:
    """Yield the busy spans of meetings, drafts included: two organizers may be planning for the same evening."""
    begins, ends = (datetime.combine(day, time(), zone()) for day in (first, last + DAY))
    draft = (Meeting.state == MeetingState.DRAFT).label("is_draft")
    held_by = (Meeting.id, Meeting.place, draft, Meeting.author_id, Meeting.market_id)
    planned = known_meetings(
        member_id,
        Meeting.state != MeetingState.CANCELLED,
        Meeting.ends_at > begins,
        Meeting.starts_at > begins - LONGEST,
        Meeting.starts_at < ends,
    ).with_only_columns(*held_by, Meeting.title, Meeting.host, Meeting.starts_at, Meeting.ends_at)
    lang = language()
    for row in session.execute(planned.order_by(Meeting.starts_at, Meeting.id)):
        title, host, venue = (text[lang] or text.en or text.es for text in (row.title, row.host, row.place))
        meeting = HeldMeeting(*row[:5])
        yield UpcomingBusy(row.starts_at, row.ends_at, BusyKind.MEETING, host, title, venue=venue, meeting=meeting)


def held_then(starts_at: datetime, ends_at: datetime, member_id: int) -> list[str]:
    first, last = ((moment.astimezone(zone()).date()) for moment in (starts_at - DAY, ends_at + DAY))
    return against(ahead(first, last, member_id), TimeSpan(starts_at, ends_at))


def busy_in_words(span: BusySpan) -> str:
    match span.kind:
        case BusyKind.HOLIDAY:
            return str(_("It is a holiday: %(name)s", name=span.title))
        case BusyKind.WORSHIP:
            words = _("%(name)s has its service", name=span.name)
        case BusyKind.MEETING:
            words = _("Another meeting: %(title)s", title=span.title or _("Without a title"))
        case _:
            words = span.name
    return f"{words} ({span_in_words(span)})"


def span_in_words(span: BusySpan) -> str:
    return f"{format_datetime(span.starts, 'h:mm a')} – {format_datetime(span.ends, 'h:mm a')}"


AUDITED = {
    "hours.added": _l("added weekly hours"),
    "hours.deleted": _l("deleted weekly hours"),
    "hours": _l("weekly hours"),
}

"""What else is on an evening: other meetings, holidays, and the weekly hours of organizations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from babel.dates import format_time, get_day_names
from flask_babel import format_datetime, get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import CheckConstraint, ForeignKey, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.core.audit import record
from portal.core.clock import zone
from portal.core.db import Base, random_id, session
from portal.core.i18n import Bilingual, language
from portal.core.statuses import NotFound
from portal.markets.places import may_be_known
from portal.meetings.evenings import BusyKind, BusySpan, TimeSpan, each_week, in_the_way
from portal.meetings.meeting import LONGEST, Meeting
from portal.meetings.readiness import MeetingState
from portal.meetings.texts import HOLIDAYS
from portal.meetings.week import Holiday, holiday_on
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
    """Return all weekly hours, by the name of the organization and in the order of the week."""
    found = session.scalars(select(WeeklyHours)).all()
    return sorted(found, key=lambda one: (str(one.organisation.name).casefold(), one.weekday, one.starts))


def add_hours(organisation_id: int, weekday: int, starts: time, ends: time, member_id: int) -> WeeklyHours:
    """Add weekly hours of an organization."""
    found = WeeklyHours(organisation_id=organisation_id, weekday=weekday, starts=starts, ends=ends)
    session.add(found)
    session.flush()
    record("hours.added", "hours", found.id, member_id)
    return found


def delete_hours(hours_id: int, member_id: int) -> None:
    """Delete weekly hours. Raises `NotFound`."""
    found = session.get(WeeklyHours, hours_id)
    if found is None:
        raise NotFound
    record("hours.deleted", "hours", found.id, member_id)
    session.delete(found)
    session.flush()


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
    found = (*_meetings(begins, ends, member_id), *_weekly(first, last), *_holidays(first, last))
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
        yield UpcomingBusy(row.starts_at, row.ends_at, BusyKind.MEETING, host, title, venue=venue, meeting=one)


def _weekly(first: date, last: date) -> Iterator[UpcomingBusy]:
    for one in session.scalars(select(WeeklyHours)):
        is_congregation = one.organisation.kind == OrganisationKind.CONGREGATION
        kind = BusyKind.WORSHIP if is_congregation else BusyKind.OTHER
        for span in each_week(one.weekday, (one.starts, one.ends), first, last, zone()):
            yield UpcomingBusy(span.starts, span.ends, kind, str(one.organisation.name))


def _holidays(first: date, last: date) -> Iterator[UpcomingBusy]:
    for number in range((last - first).days + 1):
        day = first + number * DAY
        if holiday := holiday_on(day):
            begins, ends = (datetime.combine(one, time(), zone()) for one in (day, day + DAY))
            yield UpcomingBusy(begins, ends, BusyKind.HOLIDAY, "", whole_day=True, holiday=holiday)


def held_then(starts_at: datetime, ends_at: datetime, member_id: int) -> list[str]:
    """Return sentences about other events around that time, as far as the member may know of them."""
    first, last = ((moment.astimezone(zone()).date()) for moment in (starts_at - DAY, ends_at + DAY))
    return evening_lines(ahead(first, last, member_id).against(TimeSpan(starts_at, ends_at)))


def evening_lines(found: Sequence[BusySpan]) -> list[str]:
    """Return a sentence for each busy span on an evening."""
    return [busy_in_words(one) for one in found]


def busy_in_words(one: BusySpan) -> str:
    """Return a sentence about a busy span, with its hours."""
    match one.kind:
        case BusyKind.HOLIDAY:
            holiday = one.holiday if isinstance(one, UpcomingBusy) else None
            return str(_("It is a holiday: %(name)s", name=HOLIDAYS[holiday] if holiday else ""))
        case BusyKind.WORSHIP:
            said = _("%(name)s has its service", name=one.name)
        case BusyKind.MEETING:
            said = _("Another meeting: %(title)s", title=one.title or _("Without a title"))
        case _:
            said = one.name
    return f"{said} ({span_in_words(one)})"


def span_in_words(one: BusySpan) -> str:
    """Return start and end time without the day."""
    return f"{format_datetime(one.starts, 'h:mm a')} – {format_datetime(one.ends, 'h:mm a')}"


AUDITED = {
    "hours.added": _l("added weekly hours"),
    "hours.deleted": _l("deleted weekly hours"),
    "hours": _l("weekly hours"),
}

"""Series of meetings: days of a rhythm, tables, queries and texts.

A rhythm gives days, not moments: the hour is local time. The calendar file of a series is written by `meetings.feeds`
like any other: each date is an event with its own UID, without RRULE. docs/decisions/0007-calendars.md says which
calendars would otherwise lose which dates.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from babel.dates import get_day_names
from flask_babel import get_locale, gettext as _, lazy_gettext as _l
from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Select, String, and_, func, or_, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.core.clock import now, today, zone
from portal.core.db import Base, one, random_id, session
from portal.core.i18n import Bilingual, Translated, language
from portal.core.portal import current_portal
from portal.markets.gate_rules import is_public
from portal.markets.places import Market, may_be_known, may_be_shown
from portal.meetings import meeting as meetings, series_rules
from portal.meetings.evenings import holiday_on
from portal.meetings.meeting import DATED, PLANNED, Arrangements, Meeting, MeetingPlan
from portal.meetings.readiness import TEXTS, MeetingState
from portal.meetings.series_rules import MOST_TIMES, Frequency, Rehung, Rhythm, Shape
from portal.meetings.texts import HOLIDAYS

UNDATED = tuple(name for name in PLANNED if name not in DATED)
TIMED = ("starts", "minutes", "report_back_days")


class Series(Arrangements, Translated, Base):
    """Meetings in a rhythm. Dates to come are made from its pattern, which may have gaps; dates made are meetings."""

    __tablename__ = "meetings_series"
    __table_args__ = (
        CheckConstraint(f"times BETWEEN 1 AND {MOST_TIMES}", name="times"),
        CheckConstraint("minutes > 0", name="minutes"),
        CheckConstraint("report_back_days >= 0", name="report_back_days"),
    )
    PARITY = TEXTS

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    starts: Mapped[time | None]
    """Local time, the same in winter and in summer."""
    minutes: Mapped[int | None]
    report_back_days: Mapped[int | None]
    """Days from the meeting to its report-back."""
    capacity: Mapped[int | None]
    close_hours: Mapped[int] = mapped_column(default=0)
    author_id: Mapped[int] = mapped_column(ForeignKey("accounts_member.id"))
    created_at: Mapped[datetime]

    slug: Mapped[str | None] = mapped_column(String(80), unique=True)
    """The name in URLs, from the day on which its dates are published."""
    rule: Mapped[str] = mapped_column(String(80))
    first_on: Mapped[date]
    """The day from which the rhythm is counted: the first of all, or the first since the rhythm was changed."""
    until_on: Mapped[date | None]
    times: Mapped[int | None]
    skips_holidays: Mapped[bool] = mapped_column(default=False)
    published_at: Mapped[datetime | None]
    market_id: Mapped[int | None] = mapped_column(ForeignKey("markets_market.id"), index=True)

    market: Mapped[Market | None] = relationship(lazy="joined", viewonly=True)

    @property
    def shape(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in (*UNDATED, *TIMED)} | {"offset": 0}

    def take_shape(self, shape: Shape, *, same: bool = False) -> None:
        """Take over a shape; its `offset` belongs to a single date and is ignored."""
        self.take_values({name: shape[name] for name in (*UNDATED, *TIMED)}, same=same)

    @property
    def rhythm(self) -> Rhythm:
        return Rhythm.from_rule(self.rule)


class Occurrence(Base):
    """A day that the rhythm of a series gives (RFC 5545's RECURRENCE-ID); its meeting may be on another day.

    Without a meeting it is left out (EXDATE): a holiday, or a deleted draft. A cancelled date keeps its meeting.
    """

    __tablename__ = "meetings_occurrence"

    series_id: Mapped[int] = mapped_column(ForeignKey("meetings_series.id", ondelete="CASCADE"), primary_key=True)
    slot_on: Mapped[date] = mapped_column(primary_key=True)
    meeting_id: Mapped[int | None] = mapped_column(ForeignKey("meetings_meeting.id", ondelete="SET NULL"), unique=True)


def shape_of(plan: MeetingPlan, slot_on: date | None) -> dict[str, Any]:
    """Return the data of a meeting without its date; `offset`: days from the day of the rhythm to the meeting."""
    told_on, held_on = plan.report_back_on, plan.starts_at.astimezone(zone()).date() if plan.starts_at else None
    return {name: getattr(plan, name) for name in UNDATED} | {
        **hours_of(plan.starts_at, plan.ends_at, slot_on),
        "report_back_days": max(0, (told_on - held_on).days) if told_on and held_on else None,
    }


def hours_of(starts_at: datetime | None, ends_at: datetime | None, slot_on: date | None) -> dict[str, Any]:
    starts = starts_at.astimezone(zone()) if starts_at else None
    return {
        "starts": starts.time().replace(fold=0) if starts else None,
        "minutes": (ends_at - starts_at) // timedelta(minutes=1) if starts_at and ends_at else None,
        "offset": (starts.date() - slot_on).days if starts and slot_on else 0,
    }


def plan_of(shape: Shape, slot_on: date) -> MeetingPlan:
    undated = MeetingPlan(**{name: shape[name] for name in UNDATED})
    if shape["starts"] is None or shape["minutes"] is None:
        return undated
    day = slot_on + timedelta(days=shape["offset"])
    starts, told = series_rules.moment_at(zone(), day, shape["starts"]), shape["report_back_days"]
    return replace(
        undated,
        starts_at=starts,
        ends_at=starts + timedelta(minutes=shape["minutes"]),
        report_back_on=None if told is None else day + timedelta(days=told),
    )


@dataclass(frozen=True)
class Wanted:
    rhythm: Rhythm
    first_on: date
    until_on: date | None = None
    times: int | None = None
    skips_holidays: bool = False
    left_out: frozenset[date] = frozenset()

    def days(self) -> tuple[date, ...]:
        """Return all days up to the horizon, including those that are left out."""
        upto = max(today(), self.first_on) + series_rules.HORIZON
        return series_rules.days_of(self.rhythm, self.first_on, upto, until=self.until_on, times=self.times)

    @property
    def begins(self) -> date:
        """The day from which it applies to a series: the start of its first week or month, but at least tomorrow."""
        return max(series_rules.period_of(self.first_on, self.rhythm.frequency), today() + timedelta(days=1))


class Dated(NamedTuple):
    slot_on: date
    meeting: Meeting | None
    differs: bool
    """Whether the meeting differs from the pattern of the series."""


def public_series(*conditions: ColumnElement[bool]) -> Select[Series]:
    return select(Series).where(Series.published_at.is_not(None), may_be_shown(Series.market_id), *conditions)


def has_date(meeting: Meeting) -> ColumnElement[bool]:
    return Series.id.in_(select(Occurrence.series_id).where(Occurrence.meeting_id == meeting.id))


def _dates(series: Series, order: Any, *conditions: ColumnElement[bool]) -> list[tuple[date, Meeting]]:
    dates = select(Occurrence.slot_on, Meeting).join(Meeting, Meeting.id == Occurrence.meeting_id)
    rows = session.execute(dates.where(Occurrence.series_id == series.id, *conditions).order_by(order))
    return [(slot_on, meeting) for slot_on, meeting in rows]


def public_dates(series: Series) -> list[tuple[date, Meeting]]:
    """Return the public meetings ahead of a series, cancelled ones too, each with its day of the rhythm."""
    return _dates(series, Meeting.starts_at, meetings.is_public_meeting(), Meeting.ends_at > now())


def calendar_of(series: Series) -> Sequence[Meeting]:
    dates = select(Occurrence.meeting_id).where(Occurrence.series_id == series.id)
    return meetings.calendar_meetings(Meeting.id.in_(dates))


def findable_meetings(*conditions: ColumnElement[bool]) -> Select[Meeting]:
    """Select the meetings that a search may find: of a series only the next date ahead and cancelled ones."""
    place_in_line = func.rank().over(partition_by=Occurrence.series_id, order_by=Meeting.starts_at)
    dates = select(Occurrence.meeting_id, place_in_line.label("place_in_line"))
    dates = dates.join(Meeting, Meeting.id == Occurrence.meeting_id)
    ahead = dates.where(Meeting.state == MeetingState.PUBLISHED, Meeting.ends_at > now()).subquery()
    later = select(ahead.c.meeting_id).where(ahead.c.place_in_line > 1)
    return meetings.public_meetings(Meeting.id.not_in(later), *conditions)


def is_known(series: Series) -> bool:
    return series.published_at is not None and (series.market is None or is_public(series.market.released_at, now()))


def known_series(member_id: int, *conditions: ColumnElement[bool]) -> Select[Series]:
    return select(Series).where(may_be_known(Series.market_id, member_id), *conditions)


def editable_series(series_id: int, member_id: int, *, to_change: bool = False) -> Series:
    """Return a series for the team. Raises `NotFound`; `to_change` locks it, so that a second editor waits."""
    return one(known_series(member_id, Series.id == series_id), to_change=to_change)


def series_of(listed: Iterable[Meeting]) -> dict[int, Series]:
    """Return the series of those meetings that are part of one, by the id of the meeting."""
    pairs = select(Occurrence.meeting_id, Series).join(Series, Series.id == Occurrence.series_id)
    own = Occurrence.meeting_id.in_([meeting.id for meeting in listed])
    return {meeting_id: series for meeting_id, series in session.execute(pairs.where(own)) if meeting_id}


def dates_of(series: Series) -> list[Dated]:
    shape = series.shape
    days = select(Occurrence.slot_on, Meeting).join(Meeting, Meeting.id == Occurrence.meeting_id, isouter=True)
    rows = session.execute(days.where(Occurrence.series_id == series.id).order_by(Occurrence.slot_on))
    return [
        Dated(slot_on, meeting, meeting is not None and shape != shape_of(meeting.plan, slot_on))
        for slot_on, meeting in rows
    ]


def ahead_of(series: Series, from_on: date | None = None) -> list[tuple[date, Meeting]]:
    """Return the dates that can still be changed, from a day of the rhythm on, each with that day."""
    ahead = and_(Meeting.state != MeetingState.CANCELLED, or_(Meeting.starts_at.is_(None), Meeting.starts_at > now()))
    return _dates(series, Occurrence.slot_on, Occurrence.slot_on >= (from_on or date.min), ahead)


def slot_of(meeting: Meeting) -> date | None:
    return session.scalar(select(Occurrence.slot_on).where(Occurrence.meeting_id == meeting.id))


def rows_of(series: Series, from_on: date) -> dict[date, Occurrence]:
    rows = select(Occurrence).where(Occurrence.series_id == series.id, Occurrence.slot_on >= from_on)
    return {row.slot_on: row for row in session.scalars(rows.order_by(Occurrence.slot_on))}


def what_becomes(series: Series, wanted: Wanted) -> Rehung:
    """Return the changes to the dates ahead if the series gets another rhythm."""
    live = {slot_on for slot_on, _meeting in ahead_of(series, wanted.begins)}
    gone = {day for day, row in rows_of(series, wanted.begins).items() if row.meeting_id is not None} - live
    new = [day for day in wanted.days() if day not in wanted.left_out | gone]
    return series_rules.rehang(live, new, wanted.rhythm.frequency)


WHICH = {
    1: _l("first %(day)s"),
    2: _l("second %(day)s"),
    3: _l("third %(day)s"),
    4: _l("fourth %(day)s"),
    series_rules.LAST: _l("last %(day)s"),
}
REFUSALS = {
    "series_no_start": _l(
        "This meeting needs a day and its hours first, and it must not be canceled or part of a series."
    ),
    "series_in_past": _l("Please choose a first day that is still to come."),
    "series_names_hidden": _l("One of these dates names a place that is not public yet. Publish it on its own page."),
}
AUDITED = {"meeting.repeated": _l("let a meeting repeat")}


def repeats(rhythm: Rhythm) -> str:
    """Return the rhythm as a phrase: every 2 weeks on Tuesday, every month on the first Monday."""
    day = get_day_names(locale=get_locale())[rhythm.weekday]
    if rhythm.frequency is Frequency.WEEKLY:
        if rhythm.interval == 1:
            return str(_("Every week on %(day)s", day=day))
        if rhythm.interval == 2:
            return str(_("Every other %(day)s", day=day))
        return str(_("Every %(number)s weeks on %(day)s", number=rhythm.interval, day=day))
    which = str(WHICH[rhythm.which]) % {"day": day}
    if rhythm.interval == 1:
        return str(_("Every month on the %(which)s", which=which))
    return str(_("Every %(number)s months on the %(which)s", number=rhythm.interval, which=which))


def holiday_name(day: date) -> str | None:
    if federal := holiday_on(day):
        return str(HOLIDAYS[federal])
    for when, names in series_rules.days_off(current_portal.settings.days_off):
        if when in (day.isoformat(), f"{day:%m-%d}"):
            return Bilingual(*names)[language()]
    return None

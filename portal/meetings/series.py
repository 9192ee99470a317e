"""Series of meetings: days of a rhythm, tables, queries, texts, lists and feeds.

A rhythm gives days, not moments: the hour is local time. The calendar file of
a series is written by `portal.meetings.feeds` like any other: each date is an event with its own UID, without RRULE.
docs/decisions/0007-calendars.md says which calendars would otherwise lose which dates.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

from babel.dates import get_day_names
from flask import Response
from flask_babel import format_date, get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Row, Select, String, and_, or_, select, text
from sqlalchemy.orm import Mapped, aliased, mapped_column, relationship

from portal.core.clock import now, today, zone
from portal.core.db import Base, Encrypted, random_id, session
from portal.core.feeds import Feed, atom_feed
from portal.core.i18n import Bilingual, Translated, bilingual, language, translation_checks
from portal.core.portal import current_portal
from portal.core.slugs import is_slug
from portal.core.statuses import NotFound
from portal.markets.gate_rules import is_public
from portal.markets.places import Market, may_be_known, may_be_shown
from portal.meetings.feeds import entries_of
from portal.meetings.meeting import CALENDAR_DAYS, PAGE, Meeting, MeetingPlan, public_meetings
from portal.meetings.readiness import ANSWERS, LINKS_FOR, MODES, NEEDS, TEXTS, LinkFor, MeetingState
from portal.meetings.series_rules import (
    HORIZON,
    LAST,
    MOST_TIMES,
    DateView,
    Frequency,
    Rehung,
    Rhythm,
    Shape,
    Stand,
    as_seen,
    days_of,
    days_off,
    differs,
    moment_at,
    period_of,
    rehang,
    stands,
)
from portal.meetings.texts import HOLIDAYS
from portal.meetings.week import holiday_on

SAID = (*TEXTS, *NEEDS, "mode", "address", "online_url", "link_for", "market_id", "credit")
TIMED = ("starts", "minutes", "report_back_days")


class Series(Translated, Base):
    """Meetings in a rhythm. Future dates are made from its pattern; dates already made are meetings of their own.

    The pattern is the data of a meeting without its date. It may have gaps, as a draft may.
    """

    __tablename__ = "meetings_series"
    __table_args__ = (
        CheckConstraint(f"times BETWEEN 1 AND {MOST_TIMES}", name="times"),
        CheckConstraint(f"mode IN {MODES!r}", name="mode"),
        CheckConstraint(f"link_for IN {LINKS_FOR!r}", name="link_for"),
        CheckConstraint("minutes > 0", name="minutes"),
        CheckConstraint("report_back_days >= 0", name="report_back_days"),
        *(CheckConstraint(f"{need} IN {ANSWERS!r}", name=need) for need in NEEDS),
        *translation_checks(),
    )
    PARITY = TEXTS

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    mode: Mapped[str | None] = mapped_column(String(10))
    address: Mapped[str] = mapped_column(Encrypted(), default="", server_default=text("''"))
    online_url: Mapped[str] = mapped_column(Encrypted(), default="")
    link_for: Mapped[str] = mapped_column(String(10), default=LinkFor.EVERYBODY.value)
    interpreter: Mapped[str | None] = mapped_column(String(10))
    childcare: Mapped[str | None] = mapped_column(String(10))
    food: Mapped[str | None] = mapped_column(String(10))
    ride: Mapped[str | None] = mapped_column(String(10))
    starts: Mapped[time | None]
    """Local time, the same in winter and in summer."""
    minutes: Mapped[int | None]
    report_back_days: Mapped[int | None]
    """Days from the meeting to its report-back."""
    capacity: Mapped[int | None]
    close_hours: Mapped[int] = mapped_column(default=0)
    author_id: Mapped[int] = mapped_column(ForeignKey("accounts_member.id"))
    created_at: Mapped[datetime]

    title: Mapped[Bilingual] = bilingual("title", encrypted=True)
    purpose: Mapped[Bilingual] = bilingual("purpose", encrypted=True)
    place: Mapped[Bilingual] = bilingual("place", encrypted=True)
    access: Mapped[Bilingual] = bilingual("access", encrypted=True)
    host: Mapped[Bilingual] = bilingual("host", encrypted=True)
    report_back_by: Mapped[Bilingual] = bilingual("report_back_by", encrypted=True)

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
        return {name: getattr(self, name) for name in (*SAID, *TIMED)} | {"offset": 0}

    def take_shape(self, shape: Shape, *, same: bool = False) -> None:
        """Take over a shape; its `offset` belongs to a single date and is ignored."""
        said = plan_of(shape, date.min)
        self.take_texts(said, same=same)
        for name in (*SAID, *TIMED):
            setattr(self, name, shape[name])

    @property
    def rhythm(self) -> Rhythm:
        return Rhythm.from_rule(self.rule)


class Occurrence(Base):
    """A day of a series, identified by the day that the rhythm gives (RFC 5545's RECURRENCE-ID).

    Its meeting may be on another day. Without a meeting the day is left out (EXDATE): a holiday, or a draft that an
    organizer deleted. A published and cancelled date keeps its meeting.
    """

    __tablename__ = "meetings_occurrence"

    series_id: Mapped[int] = mapped_column(ForeignKey("meetings_series.id", ondelete="CASCADE"), primary_key=True)
    slot_on: Mapped[date] = mapped_column(primary_key=True)
    meeting_id: Mapped[int | None] = mapped_column(ForeignKey("meetings_meeting.id", ondelete="SET NULL"), unique=True)


def shape_of(plan: MeetingPlan, slot_on: date | None) -> dict[str, Any]:
    """Return the data of a meeting without its date; `offset`: days from the day of the rhythm to the meeting."""
    told, held_on = plan.report_back_on, plan.starts_at.astimezone(zone()).date() if plan.starts_at else None
    return {name: getattr(plan, name) for name in SAID} | {
        **_timed(plan.starts_at, plan.ends_at, slot_on),
        "report_back_days": max(0, (told - held_on).days) if told and held_on else None,
    }


def _timed(starts_at: datetime | None, ends_at: datetime | None, slot_on: date | None) -> dict[str, Any]:
    starts = starts_at.astimezone(zone()) if starts_at else None
    return {
        "starts": starts.time().replace(fold=0) if starts else None,
        "minutes": (ends_at - starts_at) // timedelta(minutes=1) if starts_at and ends_at else None,
        "offset": (starts.date() - slot_on).days if starts and slot_on else 0,
    }


def plan_of(shape: Shape, slot_on: date) -> MeetingPlan:
    """Return the plan that a shape gives on a day of the rhythm."""
    said = {name: shape[name] for name in SAID}
    if shape["starts"] is None or shape["minutes"] is None or slot_on == date.min:
        return MeetingPlan(**said)
    day = slot_on + timedelta(days=shape["offset"])
    starts = moment_at(zone(), day, shape["starts"])
    told = shape["report_back_days"]
    return MeetingPlan(
        **said,
        starts_at=starts,
        ends_at=starts + timedelta(minutes=shape["minutes"]),
        report_back_on=None if told is None else day + timedelta(days=told),
    )


@dataclass(frozen=True)
class Wanted:
    """The requested rhythm with its first day, its end and the days left out."""

    rhythm: Rhythm
    first_on: date
    until_on: date | None = None
    times: int | None = None
    skips_holidays: bool = False
    left_out: frozenset[date] = frozenset()

    def days(self) -> tuple[date, ...]:
        """Return all days up to the horizon, including those that are left out."""
        upto = max(today(), self.first_on) + HORIZON
        return days_of(self.rhythm, self.first_on, upto, until=self.until_on, times=self.times)


@dataclass(frozen=True)
class Dated:
    """A day of a series and the meeting of that day, if there is one."""

    slot_on: date
    meeting: Meeting | None
    differs: bool
    """Whether the meeting differs from the pattern of the series."""


def public_series(slug: str) -> Series:
    """Return a public series. Raises `NotFound`."""
    found = session.scalars(_public().where(Series.slug == slug)).one_or_none() if is_slug(slug) else None
    if found is None:
        raise NotFound
    return found


def public_series_of(meeting: Meeting) -> Series | None:
    """Return the series that a meeting belongs to, if it is public."""
    mine = select(Occurrence.series_id).where(Occurrence.meeting_id == meeting.id)
    return session.scalars(_public().where(Series.id.in_(mine))).one_or_none()


def all_public_series() -> Sequence[Series]:
    """Return the public series that still have dates ahead."""
    ahead = select(Occurrence.series_id).where(
        Occurrence.meeting_id.in_(public_meetings(Meeting.ends_at > now()).with_only_columns(Meeting.id))
    )
    return session.scalars(_public().where(Series.id.in_(ahead)).order_by(Series.published_at)).all()


def public_dates(series: Series, *conditions: ColumnElement[bool]) -> Sequence[Meeting]:
    """Return the public meetings of a series in their order, including cancelled ones."""
    mine = select(Occurrence.meeting_id).where(Occurrence.series_id == series.id)
    return session.scalars(public_meetings(Meeting.id.in_(mine), *conditions).order_by(Meeting.starts_at)).all()


def calendar_of(series: Series) -> Sequence[Meeting]:
    """Return the meetings of its calendar: all to come and those of the last year."""
    return public_dates(series, Meeting.ends_at > now() - timedelta(days=CALENDAR_DAYS))


def _public() -> Select[Series]:
    return select(Series).where(Series.published_at.is_not(None), may_be_shown(Series.market_id))


# Created once: each attribute of an alias is adapted on first access, and every search would pay for that again.
_MINE, _OTHER = aliased(Occurrence), aliased(Occurrence)
_DATE_OF_MINE, _DATE_OF_OTHER = aliased(Meeting), aliased(Meeting)


def findable_meetings(*conditions: ColumnElement[bool]) -> Select[Meeting]:
    """Select the meetings that a search may find.

    Of the dates ahead of a series these are only the next one and cancelled ones.
    """
    later = (
        select(_MINE.meeting_id)
        .join(_DATE_OF_MINE, _DATE_OF_MINE.id == _MINE.meeting_id)
        .join(_OTHER, _OTHER.series_id == _MINE.series_id)
        .join(_DATE_OF_OTHER, _DATE_OF_OTHER.id == _OTHER.meeting_id)
        .where(
            _DATE_OF_MINE.state == MeetingState.PUBLISHED,
            _DATE_OF_OTHER.state == MeetingState.PUBLISHED,
            _DATE_OF_OTHER.ends_at > now(),
            _DATE_OF_OTHER.starts_at < _DATE_OF_MINE.starts_at,
        )
    )
    return public_meetings(Meeting.id.not_in(later), *conditions)


def is_known(series: Series) -> bool:
    """Return whether a series is public."""
    return series.published_at is not None and (series.market is None or is_public(series.market.released_at, now()))


def is_over(meeting: Meeting) -> bool:
    """Return whether a meeting has ended or has no day yet."""
    return meeting.ends_at is None or meeting.ends_at <= now()


def editable_series(series_id: int, member_id: int, *, to_change: bool = False) -> Series:
    """Return a series for the team. Raises `NotFound`; `to_change` locks it, so that a second editor waits."""
    found = select(Series).where(Series.id == series_id, may_be_known(Series.market_id, member_id))
    series = session.scalars(found.with_for_update(of=Series) if to_change else found).one_or_none()
    if series is None:
        raise NotFound
    return series


def editable_series_of(meeting: Meeting, member_id: int) -> Series | None:
    """Return the series that a meeting belongs to, if this member may know of it."""
    mine = select(Occurrence.series_id).where(Occurrence.meeting_id == meeting.id)
    return session.scalars(
        select(Series).where(Series.id.in_(mine), may_be_known(Series.market_id, member_id))
    ).one_or_none()


def listed_series(member_id: int, page: int = 1) -> tuple[Sequence[Series], bool]:
    """Return a page of the series for the team, newest first, and whether there are more."""
    known = (
        select(Series).where(may_be_known(Series.market_id, member_id)).order_by(Series.created_at.desc(), Series.id)
    )
    found = session.scalars(known.offset((page - 1) * PAGE).limit(PAGE + 1)).all()
    return found[:PAGE], len(found) > PAGE


def dates_of(series: Series) -> list[Dated]:
    """Return the days of a series, in order."""
    shape = series.shape
    found = select(Occurrence.slot_on, Meeting).join(Meeting, Meeting.id == Occurrence.meeting_id, isouter=True)
    rows = session.execute(found.where(Occurrence.series_id == series.id).order_by(Occurrence.slot_on)).all()
    return [
        Dated(slot_on, meeting, meeting is not None and differs(shape, shape_of(meeting.plan, slot_on)))
        for slot_on, meeting in rows
    ]


def ahead_of(series: Series, from_on: date | None = None) -> list[tuple[date, Meeting]]:
    """Return the dates that can still be changed, from a day of the rhythm on, each with that day."""
    ahead = and_(Meeting.state != MeetingState.CANCELLED, or_(Meeting.starts_at.is_(None), Meeting.starts_at > now()))
    found = select(Occurrence.slot_on, Meeting).join(Meeting, Meeting.id == Occurrence.meeting_id)
    mine = found.where(Occurrence.series_id == series.id, Occurrence.slot_on >= (from_on or date.min), ahead)
    return [(slot_on, meeting) for slot_on, meeting in session.execute(mine.order_by(Occurrence.slot_on))]


def slot_of(meeting: Meeting) -> date | None:
    """Return the day of the rhythm that belongs to a meeting."""
    return session.scalar(select(Occurrence.slot_on).where(Occurrence.meeting_id == meeting.id))


def rows_of(series: Series, from_on: date) -> Sequence[Occurrence]:
    """Return the stored days of a series, from `from_on` on."""
    mine = select(Occurrence).where(Occurrence.series_id == series.id, Occurrence.slot_on >= from_on)
    return session.scalars(mine.order_by(Occurrence.slot_on)).all()


def change_begins(wanted: Wanted) -> date:
    """Return the day from which a new rhythm applies: the start of its first week or month, but at least tomorrow."""
    return max(period_of(wanted.first_on, wanted.rhythm.frequency), today() + timedelta(days=1))


def what_becomes(series: Series, wanted: Wanted) -> Rehung:
    """Return the changes to the dates ahead if the series gets another rhythm."""
    begins = change_begins(wanted)
    live = {slot_on for slot_on, _meeting in ahead_of(series, begins)}
    gone = {row.slot_on for row in rows_of(series, begins) if row.meeting_id is not None} - live
    new = [day for day in wanted.days() if day not in wanted.left_out | gone]
    return rehang(live, new, wanted.rhythm.frequency)


def series_to_extend() -> Sequence[int]:
    """Return the ids of series that may need new dates."""
    return session.scalars(select(Series.id).where(or_(Series.until_on.is_(None), Series.until_on > today()))).all()


def locked_series(series_id: int) -> Series | None:
    """Return a series, locked until the end of the transaction, so that no other worker extends it."""
    return session.scalars(select(Series).where(Series.id == series_id).with_for_update(of=Series)).one_or_none()


WHICH = {
    1: _l("first %(day)s"),
    2: _l("second %(day)s"),
    3: _l("third %(day)s"),
    4: _l("fourth %(day)s"),
    LAST: _l("last %(day)s"),
}
REFUSALS = {
    "series_no_start": _l(
        "This meeting needs a day and its hours first, and it must not be canceled or part of a series."
    ),
    "series_in_past": _l("Please choose a first day that is still to come."),
    "series_names_hidden": _l("One of these dates names a place that is not public yet. Publish it on its own page."),
}
AUDITED = {
    "meeting.repeated": _l("let a meeting repeat"),
}


def rhythm_words(rhythm: Rhythm) -> str:
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


def day_of_month(moment: datetime) -> str:
    """Return a short date for a list of several."""
    return str(format_date(moment, "medium"))


def repeats(series: Series) -> str:
    """Return how often a series is held, as a phrase."""
    return rhythm_words(series.rhythm)


def holiday_name(day: date) -> str | None:
    """Return the name of a federal holiday or a day off of the city, or None."""
    if federal := holiday_on(day):
        return str(HOLIDAYS[federal])
    for when, names in days_off(current_portal.settings.days_off):
        if when in (day.isoformat(), f"{day:%m-%d}"):
            return Bilingual(*names)[language()]
    return None


def series_feed(series: Series) -> Response:
    """Return the Atom feed of a series in the language of the request."""
    host = series.host[language()]
    about = Feed(
        # Feed readers list it among other feeds by its title alone.
        f"{series.title[language()]} · {host}",
        repeats(series),
        page="series.page",
        feed="series.feed",
        name=f"meetings/series/{series.slug}",
        values={"slug": str(series.slug)},
        author=host,
    )
    return atom_feed(about, entries_of(calendar_of(series)))


@dataclass(frozen=True)
class ListedMeeting:
    """A meeting in a list. For a date of a series also the reason why it is listed, and the date after it."""

    meeting: Meeting
    series: Series | None = None
    stand: Stand | None = None
    following: Meeting | None = None
    in_rhythm: bool = False
    """Whether the rhythm of the series applies to this date: not to those before the rhythm was changed."""

    @property
    def public_series(self) -> Series | None:
        """The series, if it is public."""
        return self.series if self.series is not None and is_known(self.series) else None


def listed(meetings: Iterable[Meeting]) -> list[ListedMeeting]:
    """Return a list that shows of each series its next date and those ahead that stand out.

    A weekly meeting would otherwise push all others off a phone's screen. Past dates of a series are listed only if
    none is ahead, or if they were moved or cancelled.
    """
    everything = list(meetings)
    slots = _slots([one.id for one in everything])
    of_series: dict[int, list[Meeting]] = {}
    for one in everything:
        if one.id in slots and not is_over(one):
            of_series.setdefault(slots[one.id][0].id, []).append(one)
    ahead: dict[int, ListedMeeting] = {}
    for dates in of_series.values():
        ahead |= _ahead(dates, slots)
    return [found for one in everything if (found := _listed(one, slots, ahead, of_series))]


def in_series(meetings: Iterable[Meeting]) -> list[ListedMeeting]:
    """Return all these meetings, each with its series if it belongs to one."""
    everything = list(meetings)
    slots = _slots([one.id for one in everything])
    return [ListedMeeting(one, slots[one.id][0] if one.id in slots else None) for one in everything]


def _listed(
    one: Meeting,
    slots: dict[int, tuple[Series, date]],
    ahead: dict[int, ListedMeeting],
    of_series: dict[int, list[Meeting]],
) -> ListedMeeting | None:
    if one.id not in slots:
        return ListedMeeting(one)
    if one.id in ahead:
        return ahead[one.id] if ahead[one.id].stand else None
    series = slots[one.id][0]
    told_of = any(not other.is_cancelled for other in of_series.get(series.id, ()))
    stays = not told_of or one.starts_at is None or one.look in ("moved", "cancelled")
    return ListedMeeting(one, series) if stays else None


def _ahead(dates: list[Meeting], slots: dict[int, tuple[Series, date]]) -> dict[int, ListedMeeting]:
    meetings = {one.id: one for one in dates}
    series = slots[dates[0].id][0]
    places = places_of(series, [(slots[one.id][1], one) for one in dates])
    return {key: place.listed(meetings[key], meetings.get(place.following or 0)) for key, place in places.items()}


DATE_COLUMNS = (
    Meeting.id,
    Meeting.title,
    Meeting.place,
    Meeting.mode,
    Meeting.starts_at,
    Meeting.ends_at,
    Meeting.state,
    Meeting.change_reason,
)


DateOfSeries = Meeting | Row[*tuple[Any, ...]]
"""A meeting, or only the columns that decide whether a list shows a date of a series."""


@dataclass(frozen=True)
class PlaceInSeries:
    """The reason why a date is listed, if it is, and the id of the date held after it."""

    series: Series
    stand: Stand | None
    following: int | None
    in_rhythm: bool

    def listed(self, meeting: Meeting, following: Meeting | None) -> ListedMeeting:
        """Return the date as a list shows it."""
        return ListedMeeting(meeting, self.series, self.stand, following, self.in_rhythm)


def places_of(series: Series, dates: Sequence[tuple[date, DateOfSeries]]) -> dict[int, PlaceInSeries]:
    """Return the places of all dates ahead of a series, given in their order with their days of the rhythm, by id."""
    held = [one.id for _slot_on, one in dates if one.state != MeetingState.CANCELLED]
    after = dict(pairwise(held))
    usual = as_seen(series.shape)
    seen = [_seen(one, slot_on, usual, series.first_on) for slot_on, one in dates]
    return {
        one.id: PlaceInSeries(series, stand, after.get(one.id), slot_on >= series.first_on)
        for (slot_on, one), stand in zip(dates, stands(seen), strict=True)
    }


def _seen(one: DateOfSeries, slot_on: date, usual: tuple[object, ...], first_on: date) -> DateView:
    timed = _timed(one.starts_at, one.ends_at, slot_on)
    says = as_seen({"title": one.title, "place": one.place, "mode": one.mode, **timed})
    weekday = one.starts_at.astimezone(zone()).weekday() if one.starts_at else None
    is_moved = one.state == MeetingState.PUBLISHED and one.change_reason.is_whole
    is_off = one.state == MeetingState.CANCELLED
    return DateView((*says, weekday), says == usual and slot_on >= first_on, is_moved, is_off)


def _slots(meeting_ids: list[int]) -> dict[int, tuple[Series, date]]:
    """Return for each meeting that belongs to a series the series and the day of the rhythm."""
    found = select(Occurrence.meeting_id, Series, Occurrence.slot_on).join(Series, Series.id == Occurrence.series_id)
    rows = session.execute(found.where(Occurrence.meeting_id.in_(meeting_ids)))
    return {meeting_id: (series, slot_on) for meeting_id, series, slot_on in rows if meeting_id is not None}

"""Lists of meetings: those to come and those of the team, what a search finds, the sitemap, what followers are told.

A series takes one line in a list of what is to come, however many dates it has. A page of such a list begins after a
meeting that its address names. Of all dates of series only columns are read, and of all others only those on the page.

Titles are left out of texts to followers, as are the long addresses, which have the English title in both languages.
Dates of a series that change together are told once, or a series would ring a phone thirty times.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import groupby
from typing import Any, NamedTuple

from flask import url_for
from flask_babel import format_date, lazy_gettext as _l
from sqlalchemy import ColumnElement, Row, and_, exists, func, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, load_only

from portal.core.clock import now, zone
from portal.core.db import Leaf, leaf, numbered_page, session
from portal.core.feature import MOST_LISTED, Findable, FixedPage, FoundItem, ResultKind, SitemapPage, changed_on
from portal.core.i18n import NOTHING, Bilingual
from portal.following.notices import NEWS_LASTS, SECOND_THOUGHTS, NewsAudience, NewsItem, in_both, link_to
from portal.markets.places import Market, may_be_known
from portal.meetings import meeting as meetings, series as all_series
from portal.meetings.meeting import PAGE, Meeting, MeetingChange, known_meetings, not_over, public_meetings
from portal.meetings.readiness import ChangeKind, MeetingState
from portal.meetings.report_back import Decision, ReportBack, SaidAndDone, public_reports
from portal.meetings.rsvp.rsvp import seats_of
from portal.meetings.rsvp.texts import day_and_hour
from portal.meetings.series import Occurrence, Series, series_of
from portal.meetings.series_rules import DateView, Stand, as_seen, stands
from portal.meetings.texts import when

DATE_COLUMNS = (
    *(Meeting.id, Meeting.title, Meeting.place, Meeting.mode),
    *(Meeting.starts_at, Meeting.ends_at, Meeting.state, Meeting.change_reason),
)
DateOfSeries = Meeting | Row[*tuple[Any, ...]]
"""A meeting, or only the columns that decide whether a list shows a date of a series."""


@dataclass(frozen=True)
class ListedMeeting:
    """A meeting in a list. For a date of a series also the reason why it is listed."""

    meeting: Meeting
    series: Series | None = None
    stand: Stand | None = None
    in_rhythm: bool = False
    """Whether the rhythm of the series applies to this date: not to those before the rhythm was changed."""

    @property
    def public_series(self) -> Series | None:
        return self.series if self.series is not None and all_series.is_known(self.series) else None


PlaceInSeries = tuple[Series, Stand, bool]
"""The last three of `ListedMeeting`."""


def places_of(series: Series, dates: Sequence[tuple[date, DateOfSeries]]) -> dict[int, PlaceInSeries]:
    """Return the places of the dates to list, by id; all dates ahead are given in order with their rhythm's days."""
    usual = as_seen(series.shape)
    views = []
    for slot_on, held in dates:
        hours = all_series.hours_of(held.starts_at, held.ends_at, slot_on)
        says = as_seen({"title": held.title, "place": held.place, "mode": held.mode, **hours})
        weekday = held.starts_at.astimezone(zone()).weekday() if held.starts_at else None
        is_moved = held.state == MeetingState.PUBLISHED and held.change_reason.is_whole
        is_regular = says == usual and slot_on >= series.first_on
        views.append(DateView((*says, weekday), is_regular, is_moved, held.state == MeetingState.CANCELLED))
    return {
        held.id: (series, stand, slot_on >= series.first_on)
        for (slot_on, held), stand in zip(dates, stands(views), strict=True)
        if stand
    }


def meetings_ahead(slug: str | None = None, market_id: int | None = None, *, each: bool = False) -> Leaf[ListedMeeting]:
    """Return a page of public meetings that are not over, the next first, or those after `slug`. Raises `NotFound`.

    Cancelled ones are included, so that no resident waits at a closed door. `each`: with every date of a series.
    """
    there = true() if market_id is None else Meeting.market_id == market_id
    return _ahead(and_(there, meetings.is_public_meeting()), Meeting.slug, slug, each=each)


def known_ahead(member_id: int, meeting_id: int | None = None) -> Leaf[ListedMeeting]:
    """Return a page of the meetings to come that a member may know of, drafts included. Raises `NotFound`."""
    return _ahead(may_be_known(Meeting.market_id, member_id), Meeting.id, meeting_id)


def known_shelf(member_id: int, name: str, page: int = 1) -> Leaf[ListedMeeting]:
    """Return a numbered page of the drafts, those without a day first, or of what is over, last one first."""
    if name == "draft":
        drafts = known_meetings(member_id, Meeting.state == MeetingState.DRAFT)
        ordered = drafts.order_by(Meeting.starts_at.is_not(None), Meeting.starts_at, Meeting.id)
    else:
        earlier = known_meetings(member_id, Meeting.state != MeetingState.DRAFT, Meeting.ends_at <= now())
        ordered = earlier.order_by(Meeting.starts_at.desc(), Meeting.id)
    rows, more = numbered_page(ordered, page, PAGE)
    series = series_of(rows)
    listed = [ListedMeeting(row, series.get(row.id)) for row in rows]
    return Leaf(listed, str(page + 1) if more else None, is_first=page == 1, newer=str(page - 1))


def drafts_of(member_id: int) -> int:
    drafts = known_meetings(member_id, Meeting.state == MeetingState.DRAFT)
    return session.scalar(drafts.with_only_columns(func.count(Meeting.id))) or 0


def later_off(rows: Sequence[ListedMeeting]) -> list[tuple[ListedMeeting, list[Meeting]]]:
    """Return the rows, each with the cancelled dates of its series after it: they take no row with the title again."""
    cards: list[tuple[ListedMeeting, list[Meeting]]] = []
    off: dict[int, list[Meeting]] = {}
    for listed in rows:
        series_id = listed.series.id if listed.series else 0
        if listed.meeting.is_cancelled and series_id in off:
            off[series_id].append(listed.meeting)
        else:
            cards.append((listed, []))
            off |= {series_id: cards[-1][1]} if listed.stand is Stand.NEXT else {}
    return cards


def _ahead(
    shown: ColumnElement[bool], key: InstrumentedAttribute[Any], after: str | int | None, *, each: bool = False
) -> Leaf[ListedMeeting]:
    shown = and_(shown, not_over())
    places = {} if each else _places(shown)
    rows = select(Meeting).where(shown)
    if not each:
        in_series = exists().where(Occurrence.meeting_id == Meeting.id)
        rows = rows.where(or_(~in_series, Meeting.id.in_(places)))
    page = leaf(rows.order_by(Meeting.starts_at, Meeting.id), key, PAGE, after)
    listed = [ListedMeeting(row, *places.get(row.id, ())) for row in page.rows]
    return Leaf(listed, page.older, page.is_first, page.newer)


def _places(shown: ColumnElement[bool]) -> dict[int, PlaceInSeries]:
    """Return what `places_of` says of all series with dates that are shown."""
    dates = select(Occurrence.series_id, Occurrence.slot_on, *DATE_COLUMNS)
    dates = dates.join(Meeting, Meeting.id == Occurrence.meeting_id).where(shown)
    rows = session.execute(dates.order_by(Occurrence.series_id, Meeting.starts_at, Meeting.id)).all()
    own = Series.id.in_({row.series_id for row in rows})
    series = {series.id: series for series in session.scalars(select(Series).where(own))}
    places: dict[int, PlaceInSeries] = {}
    for series_id, ahead in groupby(rows, lambda row: row.series_id):
        places |= places_of(series[series_id], [(row.slot_on, row) for row in ahead])
    return places


FIXED = (
    FixedPage(
        80,
        "meetings.upcoming",
        _l("Meetings"),
        _l(
            "Everybody may come. Each page says beforehand whether there is an interpreter, childcare, food and a ride."
        ),
    ),
    FixedPage(90, "meetings.past", _l("Earlier meetings"), _l("What was held, and what was canceled.")),
)


def _shown_report(report: ReportBack) -> FoundItem:
    meeting = MEETINGS.read([report.meeting_id])[report.meeting_id]
    page = url_for("meetings.meeting", slug=meeting.slug, _anchor="came-of-it")
    return FoundItem(str(meeting.title), page, format_date(report.published_at, "long"))


MEETINGS = Findable(
    kind=ResultKind("meeting", 5, _l("Meetings")),
    model=Meeting,
    key=Meeting.id,
    public=all_series.findable_meetings,
    title=lambda meeting: meeting.title,
    texts=lambda meeting: (
        Bilingual(en=meeting.address, es=meeting.address),
        *(meeting.purpose, meeting.place, meeting.access, meeting.host),
        *(meeting.report_back_by, meeting.change_reason),
    ),
    at=lambda meeting: meeting.starts_at,
    show=lambda meeting: FoundItem(
        str(meeting.title),
        url_for("meetings.meeting", slug=meeting.slug),
        when(meeting),
        "" if meeting.look == "published" else meeting.look,
    ),
    place=Meeting.market_id,
)
REPORTS_BACK = Findable(
    kind=ResultKind("came_of_it", 6, _l("What came of meetings")),
    model=ReportBack,
    key=ReportBack.id,
    public=public_reports,
    title=lambda _report: NOTHING,
    texts=lambda report: tuple(report.by_field.values()),
    at=lambda report: report.published_at,
    show=_shown_report,
    parts={Decision: "report_back_id", SaidAndDone: "report_back_id"},
    place=select(Meeting.market_id).where(Meeting.id == ReportBack.meeting_id).scalar_subquery(),
)
FOUND = (MEETINGS, REPORTS_BACK)


def listed_pages() -> Iterator[SitemapPage]:
    yield from (SitemapPage("meetings.upcoming"), SitemapPage("meetings.past"))
    listed = public_meetings().order_by(Meeting.starts_at.desc()).limit(MOST_LISTED)
    for meeting in session.scalars(listed.options(load_only(Meeting.slug, Meeting.updated_at, Meeting.published_at))):
        changed = changed_on(meeting.updated_at, meeting.public_since)
        yield SitemapPage("meetings.meeting", changed, {"slug": meeting.slug})
    ahead = public_meetings(Meeting.ends_at > now()).with_only_columns(Meeting.id)
    has_dates = Series.id.in_(select(Occurrence.series_id).where(Occurrence.meeting_id.in_(ahead)))
    for series in session.scalars(all_series.public_series(has_dates).order_by(Series.published_at)):
        yield SitemapPage("series.page", values={"slug": series.slug})


NEW = "new"
WORDS = {
    NEW: _l("A new meeting: %(when)s."),
    ChangeKind.MOVED: _l("A meeting changed. It is on %(when)s."),
    ChangeKind.CANCELLED: _l("The meeting on %(when)s is canceled."),
}
WORDS_OF_A_PLACE = {
    NEW: _l("A new meeting about %(place)s: %(when)s."),
    ChangeKind.MOVED: _l("A meeting about %(place)s changed. It is on %(when)s."),
    ChangeKind.CANCELLED: _l("The meeting about %(place)s on %(when)s is canceled."),
}
"""In Spanish the hour ends in a full stop already, so it is never the last word there."""


class MeetingNews(NamedTuple):
    """What happened to a meeting; news with the same key is told once."""

    key: str
    kind: str
    meeting: Meeting


def news_of_meetings() -> Iterable[NewsItem]:
    every = sorted(_happened(), key=lambda news: news.key)
    for key, same in groupby(every, key=lambda news: news.key):
        first = min(same, key=lambda news: news.meeting.starts_at or now())
        meeting, starts_at = first.meeting, first.meeting.starts_at or now()
        code = seats_of(meeting.id).text_code
        # A meeting to come has a code, unless all are used.
        short, long = ("meetings_short.short_in", {"typed": code}), ("meetings.meeting", {"slug": meeting.slug or ""})
        endpoint, values = short if code else long
        yield NewsItem(
            key=key,
            audience=NewsAudience.MEETING,
            market_id=meeting.market_id,
            words=in_both(partial(_told, first)),
            link=link_to(endpoint, **values),
            send_before=starts_at,
        )


def _told(news: MeetingNews) -> str:
    place = news.meeting.market.name if news.meeting.market else ""
    words = WORDS_OF_A_PLACE if place else WORDS
    return str(words[news.kind]) % {"when": day_and_hour(news.meeting.starts_at or now()), "place": place}


def _happened() -> Iterator[MeetingNews]:
    """Yield meetings that became public lately, and public ones that were moved or cancelled lately."""
    first, last = now() - NEWS_LASTS, now() - SECOND_THOUGHTS
    # Only these are read: of what became public, whether a meeting did, or its place.
    released_lately = Meeting.market_id.in_(select(Market.id).where(Market.released_at > first))
    changed_lately = Meeting.id.in_(select(MeetingChange.meeting_id).where(MeetingChange.changed_at > first))
    lately = or_(Meeting.published_at > first, released_lately, changed_lately)
    rows = session.scalars(public_meetings(Meeting.starts_at > now(), lately)).all()
    own = select(MeetingChange).where(MeetingChange.meeting_id.in_([meeting.id for meeting in rows]))
    changes = {change.meeting_id: change for change in session.scalars(own.order_by(MeetingChange.changed_at))}
    series = series_of(rows)
    for meeting in rows:
        change, since, whole = changes.get(meeting.id), meeting.public_since, series.get(meeting.id)
        if since and change and change.changed_at > max(since, first):
            key = f"meeting {meeting.id} {change.id}"
            if whole is not None:
                key = f"series {whole.id} {change.kind} {change.changed_at:%Y-%m-%d %H:%M}"
            yield MeetingNews(key, change.kind, meeting)
        elif since and first < since <= last and not meeting.is_cancelled:
            # Later dates of a series are made by the timetable, and no news.
            if whole is None:
                yield MeetingNews(f"meeting {meeting.id} new", NEW, meeting)
            elif whole.published_at and whole.published_at > first:
                yield MeetingNews(f"series {whole.id} new", NEW, meeting)

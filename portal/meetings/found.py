"""What others learn of meetings: what a search finds, the pages of the sitemap, and what followers are told.

Titles are left out of texts to followers, as are the long addresses, which have the English title in both languages.
Dates of a series that change together are told once, or a series would ring a phone thirty times.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import groupby
from typing import NamedTuple

from flask import url_for
from flask_babel import format_date, lazy_gettext as _l
from sqlalchemy import or_, select
from sqlalchemy.orm import load_only

from portal.core.clock import now
from portal.core.db import session
from portal.core.feature import MOST_LISTED, Findable, FixedPage, FoundItem, ResultKind, SitemapPage, changed_on
from portal.core.i18n import NOTHING, Bilingual
from portal.following.notices import NEWS_LASTS, SECOND_THOUGHTS, NewsAudience, NewsItem, in_both, link_to
from portal.markets.places import Market
from portal.meetings.meeting import Meeting, MeetingChange, public_meetings
from portal.meetings.readiness import ChangeKind
from portal.meetings.report_back import Decision, ReportBack, SaidAndDone, public_reports
from portal.meetings.rsvp.rsvp import seats_of
from portal.meetings.rsvp.texts import day_and_hour
from portal.meetings.series import all_public_series, findable_meetings, series_of
from portal.meetings.texts import when

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


def _shown_meeting(meeting: Meeting) -> FoundItem:
    look = "" if meeting.look == "published" else meeting.look
    return FoundItem(str(meeting.title), url_for("meetings.meeting", slug=meeting.slug), when(meeting), look)


def _shown_report(report: ReportBack) -> FoundItem:
    meeting = MEETINGS.read([report.meeting_id])[report.meeting_id]
    page = url_for("meetings.meeting", slug=meeting.slug, _anchor="came-of-it")
    return FoundItem(str(meeting.title), page, format_date(report.published_at, "long"))


MEETINGS = Findable(
    kind=ResultKind("meeting", 5, _l("Meetings")),
    model=Meeting,
    key=Meeting.id,
    public=findable_meetings,
    title=lambda meeting: meeting.title,
    texts=lambda meeting: (
        Bilingual(en=meeting.address, es=meeting.address),
        *(meeting.purpose, meeting.place, meeting.access, meeting.host),
        *(meeting.report_back_by, meeting.change_reason),
    ),
    at=lambda meeting: meeting.starts_at,
    show=_shown_meeting,
    place=Meeting.market_id,
)
REPORTS_BACK = Findable(
    kind=ResultKind("came_of_it", 6, _l("What came of meetings")),
    model=ReportBack,
    key=ReportBack.id,
    public=public_reports,
    title=lambda _report: NOTHING,
    texts=lambda report: tuple(report.account.by_field.values()),
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
    for series in all_public_series():
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
    every = sorted([*_new(), *_changed()], key=lambda news: news.key)
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


def _new() -> Iterator[MeetingNews]:
    """Yield meetings that became public lately, and were neither moved nor canceled since."""
    first, last = now() - NEWS_LASTS, now() - SECOND_THOUGHTS
    # Only what became public lately is read: whether a meeting did, or its place.
    released_lately = Meeting.market_id.in_(select(Market.id).where(Market.released_at > first))
    lately = or_(Meeting.published_at > first, released_lately)
    rows = session.scalars(public_meetings(Meeting.starts_at > now(), Meeting.published_at <= last, lately)).all()
    new = [(meeting, since) for meeting in rows if (since := meeting.public_since) and first < since <= last]
    series, changes = series_of(meeting for meeting, _since in new), _changes_of([meeting for meeting, _since in new])
    for meeting, since in new:
        change, whole = changes.get(meeting.id), series.get(meeting.id)
        if meeting.is_cancelled or (change and change.changed_at > since):
            continue
        if whole is None:
            yield MeetingNews(f"meeting {meeting.id} new", NEW, meeting)
        elif whole.published_at and whole.published_at > first:
            # Later dates of a series are made by the timetable, and no news.
            yield MeetingNews(f"series {whole.id} new", NEW, meeting)


def _changed() -> Iterator[MeetingNews]:
    lately = select(MeetingChange.meeting_id).where(MeetingChange.changed_at > now() - NEWS_LASTS)
    meetings = session.scalars(public_meetings(Meeting.id.in_(lately), Meeting.starts_at > now())).all()
    series, changes = series_of(meetings), _changes_of(meetings)
    for meeting in meetings:
        change, since, whole = changes[meeting.id], meeting.public_since, series.get(meeting.id)
        if since is None or change.changed_at <= since:
            continue
        key = f"meeting {meeting.id} {change.id}"
        if whole is not None:
            key = f"series {whole.id} {change.kind} {change.changed_at:%Y-%m-%d %H:%M}"
        yield MeetingNews(key, change.kind, meeting)


def _changes_of(meetings: Sequence[Meeting]) -> dict[int, MeetingChange]:
    own = select(MeetingChange).where(MeetingChange.meeting_id.in_([meeting.id for meeting in meetings]))
    return {change.meeting_id: change for change in session.scalars(own.order_by(MeetingChange.changed_at))}

"""What followers are told of meetings: new ones, and those that were moved or canceled.

Titles are left out of texts, as are the long addresses, which have the English title in both languages. Dates of a
series that change together are told once, or a series would ring a phone thirty times.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import NamedTuple

from flask_babel import lazy_gettext as _l
from sqlalchemy import or_, select

from portal.core.clock import now
from portal.core.db import session
from portal.following.notices import NEWS_LASTS, SECOND_THOUGHTS, NewsAudience, NewsItem, in_both, link_to
from portal.markets.places import Market
from portal.meetings.meeting import Meeting, MeetingChange, public_meetings
from portal.meetings.readiness import ChangeKind
from portal.meetings.rsvp.rsvp import seats_of
from portal.meetings.rsvp.texts import day_and_hour
from portal.meetings.series import Occurrence, Series

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
    """Return what followers of meetings are to be told."""
    found = sorted([*_new(), *_changed()], key=lambda news: news.key)
    for _key, same in groupby(found, key=lambda news: news.key):
        yield _item(min(same, key=_starts_at))


def _starts_at(news: MeetingNews) -> datetime:
    return news.meeting.starts_at or now()


def _item(news: MeetingNews) -> NewsItem:
    meeting = news.meeting
    starts_at, code = _starts_at(news), seats_of(meeting.id).text_code
    # A meeting to come has a code, unless all are used.
    at = ("meetings_short.short_in", {"typed": code}) if code else ("meetings.meeting", {"slug": meeting.slug or ""})
    return NewsItem(
        key=news.key,
        audience=NewsAudience.MEETING,
        market_id=meeting.market_id,
        words=in_both(lambda: _told(news, starts_at)),
        link=link_to(at[0], **at[1]),
        send_before=starts_at,
    )


def _told(news: MeetingNews, starts_at: datetime) -> str:
    place = news.meeting.market.name if news.meeting.market else ""
    words = WORDS_OF_A_PLACE if place else WORDS
    return str(words[news.kind]) % {"when": day_and_hour(starts_at), "place": place}


def _new() -> Iterator[MeetingNews]:
    """Yield meetings that became public lately, and were neither moved nor canceled since."""
    first, last = now() - NEWS_LASTS, now() - SECOND_THOUGHTS
    # Only what became public lately is read: whether a meeting did, or its place.
    released_lately = Meeting.market_id.in_(select(Market.id).where(Market.released_at > first))
    lately = or_(Meeting.published_at > first, released_lately)
    found = session.scalars(public_meetings(Meeting.starts_at > now(), Meeting.published_at <= last, lately)).all()
    new = [meeting for meeting in found if meeting.public_since and first < meeting.public_since <= last]
    series, changed = _series_of(new), _changes_of(new)
    for meeting in new:
        change, whole = changed.get(meeting.id), series.get(meeting.id)
        if meeting.is_cancelled or (change and meeting.public_since and change.changed_at > meeting.public_since):
            continue
        if whole is None:
            yield MeetingNews(f"meeting {meeting.id} new", NEW, meeting)
        elif whole.published_at and whole.published_at > first:
            # Later dates of a series are made by the timetable, and no news.
            yield MeetingNews(f"series {whole.id} new", NEW, meeting)


def _changed() -> Iterator[MeetingNews]:
    """Yield the last change of each meeting that was public before."""
    lately = select(MeetingChange.meeting_id).where(MeetingChange.changed_at > now() - NEWS_LASTS)
    meetings = session.scalars(public_meetings(Meeting.id.in_(lately), Meeting.starts_at > now())).all()
    series, changes = _series_of(meetings), _changes_of(meetings)
    for meeting in meetings:
        change, since, whole = changes[meeting.id], meeting.public_since, series.get(meeting.id)
        if since is None or change.changed_at <= since:
            continue
        key = f"meeting {meeting.id} {change.id}"
        if whole is not None:
            key = f"series {whole.id} {change.kind} {change.changed_at:%Y-%m-%d %H:%M}"
        yield MeetingNews(key, change.kind, meeting)


def _changes_of(meetings: Sequence[Meeting]) -> dict[int, MeetingChange]:
    """Return the last change of those meetings that were moved or canceled."""
    own = select(MeetingChange).where(MeetingChange.meeting_id.in_([meeting.id for meeting in meetings]))
    return {change.meeting_id: change for change in session.scalars(own.order_by(MeetingChange.changed_at))}


def _series_of(meetings: Sequence[Meeting]) -> dict[int, Series]:
    """Return the series of those meetings that are part of one."""
    found = select(Occurrence.meeting_id, Series).join(Series, Series.id == Occurrence.series_id)
    own = Occurrence.meeting_id.in_([meeting.id for meeting in meetings])
    return {meeting_id: series for meeting_id, series in session.execute(found.where(own)).all() if meeting_id}

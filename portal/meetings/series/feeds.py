"""The dates of a series as an Atom feed (RFC 4287): what is new, moved or called off comes up again.

Its calendar file is made like every other one (`portal.meetings.feeds`): each date is an event of its own, with its own
UID, and no RRULE. docs/calendars.md says which calendars would lose which dates otherwise.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from feedgenerator import Atom1Feed
from flask import current_app
from markupsafe import escape

from portal.core.addresses import public_address
from portal.core.i18n import language
from portal.meetings.feeds import description, summary
from portal.meetings.models import Meeting
from portal.meetings.series.models import Series
from portal.meetings.series.queries import calendar_of
from portal.meetings.series.texts import repeats
from portal.meetings.texts import when, where

CONTENT_TYPE = "application/atom+xml; charset=utf-8"
BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
"""A name for ever has a date in it (RFC 4151), and none that tells when something was prepared."""


class SeriesFeed(Atom1Feed):
    """The library's feed, with the same in the other language beside it."""

    def latest_post_date(self) -> datetime:
        """When anything in it last changed; a feed without entries does not change with every look."""
        latest: datetime = super().latest_post_date() if self.items else BEGINNING
        return latest

    def add_root_elements(self, handler: Any) -> None:
        """Add the link to the other language."""
        super().add_root_elements(handler)
        other = {"rel": "alternate", "type": "application/atom+xml", "hreflang": _other(), "href": self.feed["other"]}
        handler.addQuickElement("link", "", other)


def series_feed(series: Series) -> str:
    """The feed in the language of the request."""
    lang = language()
    feed = SeriesFeed(
        title=series.title[lang],
        link=public_address("series.page", slug=series.slug),
        description=repeats(series),
        language=lang,
        author_name=series.host[lang],
        feed_url=public_address("series.feed", slug=series.slug),
        feed_guid=_name(f"series/{series.slug}"),
        other=public_address("series.feed", lang=_other(), slug=series.slug),
    )
    for meeting in sorted(calendar_of(series), key=_changed, reverse=True):
        feed.add_item(
            title=f"{summary(meeting)}: {when(meeting)}",
            link=public_address("meetings.meeting", slug=meeting.slug),
            description=str(escape(f"{when(meeting)}, {where(meeting)}")),
            content=str(escape(description(meeting)).replace("\n", "<br>")),
            unique_id=_name(meeting.uid),
            pubdate=meeting.public_since,
            updateddate=_changed(meeting),
        )
    return str(feed.writeString("utf-8"))


def _changed(meeting: Meeting) -> datetime:
    return max(moment for moment in (meeting.updated_at, meeting.public_since) if moment)


def _other() -> str:
    return "es" if language() == "en" else "en"


def _name(what: str) -> str:
    host = urlsplit(current_app.extensions["settings"].public_url).hostname
    return f"tag:{host},{BEGINNING.date().isoformat()}:{language()}/meetings/{what}"

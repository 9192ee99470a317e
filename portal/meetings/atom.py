"""Meetings as Atom feeds (RFC 4287): what is new, moved or called off comes up again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from feedgenerator import Atom1Feed
from flask import current_app
from markupsafe import escape

from portal.core.addresses import public_address
from portal.core.clock import day_of
from portal.core.i18n import language
from portal.meetings.feeds import description, summary
from portal.meetings.models import Meeting
from portal.meetings.texts import when, where

CONTENT_TYPE = "application/atom+xml; charset=utf-8"
BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
"""A name for ever has a date in it (RFC 4151), and none that tells when something was prepared."""
MOST = 60


@dataclass(frozen=True)
class About:
    """What a feed is of: its words in the language of the request, its page and its own endpoint, its name for ever."""

    title: str
    said: str
    author: str
    page: str
    feed: str
    name: str
    values: dict[str, str] = field(default_factory=dict)


class MeetingsFeed(Atom1Feed):
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


def atom_feed(about: About, meetings: Iterable[Meeting]) -> str:
    """The feed in the language of the request, the latest change first."""
    feed = MeetingsFeed(
        # Readers list it among feeds of others, by this alone.
        title=f"{about.title} · {about.author}",
        link=public_address(about.page, **about.values),
        description=about.said,
        language=language(),
        author_name=about.author,
        feed_url=public_address(about.feed, **about.values),
        feed_guid=_name(about.name),
        other=public_address(about.feed, lang=_other(), **about.values),
    )
    for meeting in sorted(meetings, key=_changed, reverse=True)[:MOST]:
        feed.add_item(
            title=f"{summary(meeting)}: {when(meeting)}",
            link=public_address("meetings.meeting", slug=meeting.slug),
            description=str(escape(f"{when(meeting)}, {where(meeting)}")),
            content=str(escape(description(meeting))).replace("\n", "<br>"),
            unique_id=_name(meeting.uid),
            pubdate=day_of(meeting.public_since or meeting.updated_at),
            # A second change on one day comes up again too.
            updateddate=day_of(_changed(meeting)) + timedelta(seconds=meeting.sequence),
        )
    return str(feed.writeString("utf-8"))


def _changed(meeting: Meeting) -> datetime:
    return max(moment for moment in (meeting.updated_at, meeting.public_since) if moment)


def _other() -> str:
    return "es" if language() == "en" else "en"


def _name(what: str) -> str:
    host = urlsplit(current_app.extensions["settings"].public_url).hostname
    return f"tag:{host},{BEGINNING.date().isoformat()}:{language()}/meetings/{what}"

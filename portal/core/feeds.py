"""Atom feeds (RFC 4287): what changed, in the language of the request, with a link to the other language."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from flask import Response, render_template
from markupsafe import Markup

from portal.core.i18n import language, other_language
from portal.core.portal import current_portal
from portal.core.slugs import address_here

CONTENT_TYPE = "application/atom+xml; charset=utf-8"
NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
"""Characters with which no reader opens a feed: one pasted into a title would take all other entries along."""
BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
"""The date of an empty feed, which must not change with each request, and the date inside permanent ids."""


@dataclass(frozen=True)
class Entry:
    """An entry: `summary` is text, `content` HTML; `tags` are pairs of term and label."""

    title: str
    page: str
    name: str
    published: datetime
    updated: datetime
    summary: Markup | str
    content: Markup | str = ""
    other_page: str = ""
    tags: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Feed:
    """A feed: texts, endpoints of its page and of itself, a name that no other feed has."""

    title: str
    about: str
    page: str
    feed: str
    name: str


def atom_feed(feed: Feed, entries: Iterable[Entry]) -> Response:
    listed, other = list(entries), other_language()
    xml = render_template(
        "feed.xml",
        feed=feed,
        entries=listed,
        updated=max((entry.updated for entry in listed), default=BEGINNING),
        page=address_here(feed.page),
        here=address_here(feed.feed),
        other=other,
        there=address_here(feed.feed, lang=other),
        tag_uri=tag_uri,
    )
    return Response(NOT_IN_XML.sub("", xml), content_type=CONTENT_TYPE)


def tag_uri(name: str) -> str:
    """Return a permanent id (RFC 4151), stable across republication.

    It differs per language, as feed readers merge entries with equal ids. The date in it is not the entry's own: that
    would reveal when something hidden was written.
    """
    host = urlsplit(current_portal.settings.public_url).hostname
    return f"tag:{host},{BEGINNING.date().isoformat()}:{language()}/{name}"

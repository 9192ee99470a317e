"""News as an Atom feed (RFC 4287), one for each language."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from urllib.parse import urlsplit

from feedgenerator import Atom1Feed
from flask import current_app
from flask_babel import gettext as _
from markupsafe import escape

from portal.core.addresses import public_address
from portal.core.i18n import language
from portal.core.markdown import to_html
from portal.news.models import Post

CONTENT_TYPE = "application/atom+xml; charset=utf-8"
# A feed that never had a post must not change its date with every look.
BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)


class NewsFeed(Atom1Feed):
    """The library's feed, with the same feed in the other language beside it."""

    def latest_post_date(self) -> datetime:
        """When anything in it last changed."""
        latest: datetime = super().latest_post_date() if self.items else BEGINNING
        return latest

    def add_root_elements(self, handler: object) -> None:
        """Add the link to the other language."""
        super().add_root_elements(handler)
        other = "es" if language() == "en" else "en"
        link = {"rel": "alternate", "type": "application/atom+xml", "hreflang": other}
        handler.addQuickElement("link", "", link | {"href": public_address("news.feed", lang=other)})  # type: ignore[attr-defined]


def news_feed(posts: Iterable[Post]) -> str:
    """The feed in the language of the request."""
    lang = language()
    site = current_app.extensions["settings"].site_name
    feed = NewsFeed(
        title=_("News from %(site)s", site=site),
        link=public_address("news.posts"),
        description=_("What happened and what comes next."),
        language=lang,
        author_name=site,
        feed_url=public_address("news.feed"),
        feed_guid=_tag("news", BEGINNING),
    )
    for post in posts:
        if post.slug is None or post.public_since is None:
            continue
        feed.add_item(
            title=post.title[lang],
            link=public_address("news.post", slug=post.slug),
            description=str(escape(post.summary[lang])),
            content=str(to_html(post.body[lang])),
            unique_id=_tag(post.slug, post.public_since),
            pubdate=post.public_since,
            updateddate=max(post.updated_at, post.public_since),
        )
    return str(feed.writeString("utf-8"))


def _tag(name: str, moment: datetime) -> str:
    """A name for ever (RFC 4151): another for each language, since readers would take one for the other."""
    host = urlsplit(current_app.extensions["settings"].public_url).hostname
    return f"tag:{host},{moment.date().isoformat()}:{language()}/{name}"

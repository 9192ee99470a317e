"""Atom feeds of the news (RFC 4287): all posts or those with one tag, in each language."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from feedgenerator import Atom1Feed
from flask_babel import gettext as _
from markupsafe import escape

from portal.core.clock import day_of
from portal.core.i18n import language
from portal.core.markdown import to_html
from portal.core.portal import current_portal
from portal.core.slugs import address_here
from portal.news.posts import Post, Tag

CONTENT_TYPE = "application/atom+xml; charset=utf-8"
# Used as the date of an empty feed, which must not change with each request, and as the date inside permanent ids.
BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)


class NewsFeed(Atom1Feed):
    """An Atom feed that links to its counterpart in the other language, as does each of its entries."""

    def latest_post_date(self) -> datetime:
        """Return when an entry last changed, or `BEGINNING` for an empty feed."""
        latest: datetime = super().latest_post_date() if self.items else BEGINNING
        return latest

    def add_root_elements(self, handler: Any) -> None:
        """Add the link to the feed in the other language."""
        super().add_root_elements(handler)
        handler.addQuickElement(
            "link", "", _other_language("alternate", self.feed["other_url"], "application/atom+xml")
        )

    def add_item_elements(self, handler: Any, item: dict[str, Any]) -> None:
        """Add the link to the post in the other language, and the tags as categories."""
        super().add_item_elements(handler, item)
        # Not a second "alternate": many readers open the last one, regardless of its language.
        handler.addQuickElement("link", "", _other_language("related", item["other_url"], "text/html"))
        for tag in item["tags"]:
            handler.addQuickElement("category", "", {"term": tag.slug, "label": tag.name[language()]})


def news_feed(posts: Iterable[Post], tag: Tag | None = None) -> str:
    """Return the feed as XML in the language of the request, for all posts or for one tag."""
    lang = language()
    site = current_portal.settings.site_name
    endpoint, values = ("news.tag_feed", {"tag": tag.slug}) if tag else ("news.feed", {})
    feed = NewsFeed(
        title=_("News from %(site)s: %(tag)s", site=site, tag=tag.name[lang])
        if tag
        else _("News from %(site)s", site=site),
        link=address_here("news.tagged" if tag else "news.posts", **values),
        description=_("What happened and what comes next."),
        language=lang,
        author_name=site,
        feed_url=address_here(endpoint, **values),
        feed_guid=_name(f"news/tags/{tag.slug}" if tag else "news"),
        other_url=address_here(endpoint, lang=_other(lang), **values),
    )
    for post in posts:
        if post.slug is None or post.public_since is None:
            continue
        feed.add_item(
            title=post.title[lang],
            link=address_here("news.post", slug=post.slug),
            description=str(escape(post.summary[lang])),
            content=str(to_html(post.body[lang])),
            unique_id=_name(post.slug),
            pubdate=day_of(post.public_since),
            updateddate=day_of(max(post.updated_at, post.public_since)),
            other_url=address_here("news.post", lang=_other(lang), slug=post.slug),
            tags=post.tags,
        )
    return str(feed.writeString("utf-8"))


def _other_language(relation: str, url: str, kind: str) -> dict[str, str]:
    return {"rel": relation, "type": kind, "hreflang": _other(language()), "href": url}


def _other(lang: str) -> str:
    return "es" if lang == "en" else "en"


def _name(what: str) -> str:
    """Return a permanent tag URI (RFC 4151) in the language of the request, stable across republication.

    It differs per language, as feed readers merge entries with equal ids. The date in it is not the post's own: that
    would reveal when something hidden was written.
    """
    host = urlsplit(current_portal.settings.public_url).hostname
    return f"tag:{host},{BEGINNING.date().isoformat()}:{language()}/{what}"

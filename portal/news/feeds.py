"""News as Atom feeds (RFC 4287): all of it or one tag, in each language."""

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
from portal.core.limits import public_address
from portal.core.markdown import to_html
from portal.core.portal import current_portal
from portal.news.posts import Post, Tag

CONTENT_TYPE = "application/atom+xml; charset=utf-8"
# A feed that never had a post must not change its date with every look; and names for ever have a date in them.
BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)


class NewsFeed(Atom1Feed):
    """The library's feed, with the same in the other language beside it and beside each entry."""

    def latest_post_date(self) -> datetime:
        """When anything in it last changed."""
        latest: datetime = super().latest_post_date() if self.items else BEGINNING
        return latest

    def add_root_elements(self, handler: Any) -> None:
        """Add the link to the other language."""
        super().add_root_elements(handler)
        handler.addQuickElement(
            "link", "", _other_language("alternate", self.feed["other_url"], "application/atom+xml")
        )

    def add_item_elements(self, handler: Any, item: dict[str, Any]) -> None:
        """Add the page in the other language, and the tags."""
        super().add_item_elements(handler, item)
        # Not a second "alternate": many readers open the last one, whatever its language.
        handler.addQuickElement("link", "", _other_language("related", item["other_url"], "text/html"))
        for tag in item["tags"]:
            handler.addQuickElement("category", "", {"term": tag.slug, "label": tag.name[language()]})


def news_feed(posts: Iterable[Post], tag: Tag | None = None) -> str:
    """The feed in the language of the request, of everything or of one tag."""
    lang = language()
    site = current_portal.settings.site_name
    endpoint, values = ("news.tag_feed", {"tag": tag.slug}) if tag else ("news.feed", {})
    feed = NewsFeed(
        title=_("News from %(site)s: %(tag)s", site=site, tag=tag.name[lang])
        if tag
        else _("News from %(site)s", site=site),
        link=public_address("news.tagged" if tag else "news.posts", **values),
        description=_("What happened and what comes next."),
        language=lang,
        author_name=site,
        feed_url=public_address(endpoint, **values),
        feed_guid=_name(f"news/tags/{tag.slug}" if tag else "news"),
        other_url=public_address(endpoint, lang=_other(lang), **values),
    )
    for post in posts:
        if post.slug is None or post.public_since is None:
            continue
        feed.add_item(
            title=post.title[lang],
            link=public_address("news.post", slug=post.slug),
            description=str(escape(post.summary[lang])),
            content=str(to_html(post.body[lang])),
            unique_id=_name(post.slug),
            pubdate=day_of(post.public_since),
            updateddate=day_of(max(post.updated_at, post.public_since)),
            other_url=public_address("news.post", lang=_other(lang), slug=post.slug),
            tags=post.tags,
        )
    return str(feed.writeString("utf-8"))


def _other_language(relation: str, url: str, kind: str) -> dict[str, str]:
    return {"rel": relation, "type": kind, "hreflang": _other(language()), "href": url}


def _other(lang: str) -> str:
    return "es" if lang == "en" else "en"


def _name(what: str) -> str:
    """A name for ever (RFC 4151), whenever it is published again; another for each language, as readers mix them up.

    Its date is none of the post's: that would tell when something hidden was written.
    """
    host = urlsplit(current_portal.settings.public_url).hostname
    return f"tag:{host},{BEGINNING.date().isoformat()}:{language()}/{what}"

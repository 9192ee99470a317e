"""Atom feeds of the news (RFC 4287): all posts or those with one tag, in each language."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Response
from flask_babel import gettext as _

from portal.core.clock import day_of
from portal.core.feeds import Entry, Feed, atom_feed, other_language
from portal.core.i18n import language
from portal.core.markdown import to_html
from portal.core.portal import current_portal
from portal.core.slugs import address_here
from portal.news.posts import Post, Tag


def news_feed(posts: Iterable[Post], tag: Tag | None = None) -> Response:
    """Answer with the feed in the language of the request, for all posts or for one tag."""
    lang = language()
    site = current_portal.settings.site_name
    endpoint, values = ("news.tag_feed", {"tag": tag.slug}) if tag else ("news.feed", {})
    feed = Feed(
        title=_("News from %(site)s: %(tag)s", site=site, tag=tag.name[lang])
        if tag
        else _("News from %(site)s", site=site),
        about=_("What happened and what comes next."),
        page="news.tagged" if tag else "news.posts",
        feed=endpoint,
        name=f"news/tags/{tag.slug}" if tag else "news",
        values=values,
    )
    return atom_feed(feed, [_entry(post, lang) for post in posts if post.slug and post.public_since])


def _entry(post: Post, lang: str) -> Entry:
    assert post.public_since
    return Entry(
        title=post.title[lang],
        page=address_here("news.post", slug=post.slug),
        name=str(post.slug),
        published=day_of(post.public_since),
        updated=day_of(max(post.updated_at, post.public_since)),
        summary=post.summary[lang],
        content=to_html(post.body[lang]),
        # Not a second "alternate": many readers open the last one, regardless of its language.
        other_page=address_here("news.post", lang=other_language(), slug=post.slug),
        tags=tuple((tag.slug, tag.name[lang]) for tag in post.tags),
    )

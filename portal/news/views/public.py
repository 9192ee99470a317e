"""News for everybody: lists, a page each, feeds."""

from __future__ import annotations

from flask import Response, render_template

from portal.core.markdown import to_html
from portal.core.web import PUBLIC, Room, shared_page
from portal.news.feeds import CONTENT_TYPE, news_feed
from portal.news.queries import FEED, latest_posts, posts_after, public_post, public_tag, public_tags
from portal.news.tags import Tag

room = Room("news", __name__, audience=PUBLIC)
room.app_template_filter("markdown")(to_html)


@room.get("/news/")
@room.get("/news/older-than/<slug>/")
@shared_page
def posts(slug: str | None = None) -> str:
    """All posts, the newest first, or those that are older than one."""
    return _list(slug)


@room.get("/news/tags/<tag>/")
@room.get("/news/tags/<tag>/older-than/<slug>/")
@shared_page
def tagged(tag: str, slug: str | None = None) -> str:
    """Posts with one tag, or those of them that are older than one."""
    return _list(slug, public_tag(tag))


@room.get("/news/<slug>")
@shared_page
def post(slug: str) -> str:
    """One post."""
    return render_template("news/post.html", post=public_post(slug))


@room.get("/news.atom")
@shared_page
def feed() -> Response:
    """The newest posts, for feed readers."""
    return Response(news_feed(latest_posts(FEED)), content_type=CONTENT_TYPE)


@room.get("/news/tags/<tag>.atom")
@shared_page
def tag_feed(tag: str) -> Response:
    """The newest posts with one tag, for feed readers."""
    chosen = public_tag(tag)
    return Response(news_feed(latest_posts(FEED, chosen), chosen), content_type=CONTENT_TYPE)


def _list(after: str | None, chosen: Tag | None = None) -> str:
    return render_template("news/posts.html", leaf=posts_after(after, chosen), tags=public_tags(), chosen=chosen)

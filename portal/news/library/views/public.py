"""Tools and guides for everybody: all of them, those with a tag, and a page to print."""

from __future__ import annotations

from flask import render_template

from portal.core.errors import NotFound
from portal.core.web import PUBLIC, Room, shared_page
from portal.news.library.queries import public_guide, public_guides, tags_of
from portal.news.library.texts import in_language

room = Room("guides", __name__, audience=PUBLIC, url_prefix="/<lang:lang>/guides")
room.app_template_filter("in_language")(in_language)


@room.get("/")
@shared_page
def index() -> str:
    """Everything in the library."""
    guides = public_guides()
    return render_template("news/guides.html", guides=guides, tags=tags_of(guides), chosen=None)


@room.get("/<tag>/")
@shared_page
def tagged(tag: str) -> str:
    """What has one tag."""
    guides = public_guides()
    tags = tags_of(guides)
    chosen = next((one for one in tags if one.slug == tag), None)
    if chosen is None:
        raise NotFound
    return render_template(
        "news/guides.html", guides=[guide for guide in guides if chosen in guide.tags], tags=tags, chosen=chosen
    )


@room.get("/read/<slug>")
@shared_page
def guide(slug: str) -> str:
    """A page of our own, to read and to print."""
    return render_template("news/guides_page.html", guide=public_guide(slug))

"""Tools and guides for everybody: all of them, those with a tag, a page to print, a file to take along."""

from __future__ import annotations

from flask import Response, render_template

from portal.core.errors import NotFound
from portal.core.files.serving import for_everybody
from portal.core.web import PUBLIC, Room, shared_page
from portal.news.library.queries import public_file, public_guide, public_guides, tags_of
from portal.news.library.texts import file_facts, in_language, take_along
from portal.news.library.views.files import handed_out

room = Room("guides", __name__, audience=PUBLIC, url_prefix="/<lang:lang>/guides")
for name, words in (("in_language", in_language), ("file_facts", file_facts), ("take_along", take_along)):
    room.app_template_filter(name)(words)


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


@room.get("/file/<slug>/<code>")
def file(slug: str, code: str) -> Response:
    """A file to take along. Not among the pages kept ready: a few files would push out all pages."""
    guide, found = public_file(slug, code)
    return for_everybody(handed_out(guide, found), found.digest)

"""The public pages of the library: all guides, those with one tag, a page to print, a file to download."""

from __future__ import annotations

from flask import Response, render_template

from portal.core.files.uploads import download, for_everybody
from portal.core.slugs import slug
from portal.core.statuses import NotFound
from portal.core.web import PUBLIC, AudienceBlueprint, shared_page
from portal.news.library import (
    Guide,
    GuideFile,
    file_facts,
    in_language,
    public_file,
    public_guide,
    public_guides,
    tags_of,
    take_along,
)


def handed_out(guide: Guide, file: GuideFile) -> Response:
    """Return the file as a download."""
    return download(slug(guide.title[file.lang], file.lang), file.kind, file.content)


blueprint = AudienceBlueprint("guides", __name__, audience=PUBLIC, url_prefix="/<lang:lang>/guides")
for name, words in (("in_language", in_language), ("file_facts", file_facts), ("take_along", take_along)):
    blueprint.app_template_filter(name)(words)


@blueprint.get("/")
@shared_page
def index() -> str:
    """List all published guides."""
    guides = public_guides()
    return render_template("news/guides.html", guides=guides, tags=tags_of(guides), chosen=None)


@blueprint.get("/<tag>/")
@shared_page
def tagged(tag: str) -> str:
    """List the published guides with one tag."""
    guides = public_guides()
    tags = tags_of(guides)
    chosen = next((one for one in tags if one.slug == tag), None)
    if chosen is None:
        raise NotFound
    return render_template(
        "news/guides.html", guides=[guide for guide in guides if chosen in guide.tags], tags=tags, chosen=chosen
    )


@blueprint.get("/read/<slug>")
@shared_page
def guide(slug: str) -> str:
    """Show a guide's own page, to read and to print."""
    return render_template("news/guides_page.html", guide=public_guide(slug))


@blueprint.get("/file/<slug>/<code>")
def file(slug: str, code: str) -> Response:
    """Send a file. It bypasses the page cache: a few files would evict all pages."""
    guide, found = public_file(slug, code)
    return for_everybody(handed_out(guide, found), found.digest)

"""How the file of a guide goes out: under a name made from the guide's title."""

from __future__ import annotations

from flask import Response

from portal.core.addresses import slug
from portal.core.files.serving import download
from portal.news.library.models import Guide, GuideFile


def handed_out(guide: Guide, file: GuideFile) -> Response:
    """The file, to be kept."""
    return download(slug(guide.title[file.lang], file.lang), file.kind, file.content)

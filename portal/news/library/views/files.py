"""How a file goes out: to be kept, never opened inside the portal, under a name made from the guide's title."""

from __future__ import annotations

from flask import Response

from portal.core.addresses import slug
from portal.news.library.models import Guide, GuideFile
from portal.news.library.rules import MEDIA_TYPES, Kind

# Whatever it holds may do nothing, should a browser open it all the same.
NOTHING_RUNS = "default-src 'none'; sandbox; frame-ancestors 'none'"


def download(guide: Guide, file: GuideFile) -> Response:
    """The file. The name it came with is unknown here."""
    name = f"{slug(guide.title[file.lang], file.lang)}.{file.kind}"
    answer = Response(file.content, content_type=MEDIA_TYPES[Kind(file.kind)])
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Content-Security-Policy"] = NOTHING_RUNS
    return answer

"""How a file goes out: to be kept, never opened inside the portal, under a name of ours."""

from __future__ import annotations

from flask import Response, request

from portal.core.files.kinds import MEDIA_TYPES, Kind

# Whatever it holds may do nothing, should a browser open it all the same.
NOTHING_RUNS = "default-src 'none'; sandbox; frame-ancestors 'none'"


def download(name: str, kind: str, content: bytes) -> Response:
    """The file, called `name` and the ending of its kind. The name it came with is unknown here."""
    answer = Response(content, content_type=MEDIA_TYPES[Kind(kind)])
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    answer.headers["Content-Security-Policy"] = NOTHING_RUNS
    return answer


def for_everybody(answer: Response, digest: str) -> Response:
    """The same for the public: browsers may keep it and ask whether it is still the same."""
    answer.headers["Cache-Control"] = "public, no-cache"
    answer.set_etag(digest)
    answer.make_conditional(request)
    return answer

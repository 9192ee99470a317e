"""Where somebody came from who met an error."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import request

from portal.core.i18n import can_be_read


def where_they_were() -> str | None:
    """The page of ours from which this request came, if it can be opened and is not the one that was refused."""
    came = urlsplit(request.headers.get("Referer", ""))
    same = came.netloc == request.host and came.path.startswith("/") and not came.path.startswith("//")
    refused = request.method in ("GET", "HEAD") and came.path == request.path
    return came.path if same and not refused and can_be_read(came.path) else None

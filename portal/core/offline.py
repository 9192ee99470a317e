"""Pages that a phone or tablet keeps for one evening: the worker that does it, and what its address says.

The worker keeps the page in whose folder it lies, and its files, until a moment and not longer; signing out erases it.
"""

from __future__ import annotations

from typing import Any

from flask import Response, current_app, url_for

from portal.core.assets import STATIC

WORKER = "door-worker.js"


def worker() -> Response:
    """The worker's script. A page has its own address for it, because a worker reaches no further than its folder."""
    return Response((STATIC / WORKER).read_text(encoding="utf-8"), mimetype="text/javascript")


def worker_address(endpoint: str, files: tuple[str, ...], **values: Any) -> str:
    """Where the worker lies, and what it keeps: with a new file comes a new worker."""
    asset: Any = current_app.jinja_env.globals["asset"]
    version = asset(WORKER).partition("?")[2]
    return url_for(endpoint, keep=[asset(name) for name in files], version=version, **values)

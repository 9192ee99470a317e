"""Pages that a phone or tablet keeps for one evening: the service worker that caches them, and its URL.

The worker caches the page in whose folder it lies, and its files, until a set time; signing out erases them.
"""

from __future__ import annotations

from typing import Any

from flask import Response, current_app, url_for

from portal.core.assets import STATIC

WORKER = "door-worker.js"


def worker() -> Response:
    """Return the worker's script. Each page has its own URL for it, since a service worker's scope is its folder."""
    return Response((STATIC / WORKER).read_text(encoding="utf-8"), mimetype="text/javascript")


def worker_address(endpoint: str, files: tuple[str, ...], **values: Any) -> str:
    """Return the URL of the worker with the files that it caches: a changed file makes a new worker."""
    asset: Any = current_app.jinja_env.globals["asset"]
    version = asset(WORKER).partition("?")[2]
    return url_for(endpoint, keep=[asset(name) for name in files], version=version, **values)

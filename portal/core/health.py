"""Whether the process answers, whether it can serve, and what is prepared before a server forks its workers.

Neither health check says more, and neither is kept or counted. Before the fork the pages that people request first are
rendered once: a worker shares memory with its parent unless it writes there. So templates, texts, statements and the
mappers' configuration are prepared for all workers at once, and no first visitor waits for them.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import configure_mappers

from portal.core import migrations
from portal.core.cli import BEHIND
from portal.core.crypto import CannotOpen
from portal.core.db import db
from portal.core.logs import LogEvent
from portal.core.portal import Portal, current_portal
from portal.core.web import HEADERS, secure_headers

LIVE = "/health/live"
ALIVE = b"ok\n"
LEAST_ROOM = 4 * 1024**2
"""Bytes: with less a report can hardly be kept."""
PROBE = "is the key the key"
Environ = dict[str, Any]


def wrap(app: Portal) -> None:
    """Answer `/health/live` before anything that needs the database."""
    inner = app.wsgi_app
    secured = secure_headers(app.settings) if app.settings.secure_cookies else HEADERS
    headers = {"Content-Type": "text/plain; charset=utf-8", "Content-Length": str(len(ALIVE)), **secured}

    def answer(environ: Environ, start_response: Any) -> Iterable[bytes]:
        if environ["PATH_INFO"] != LIVE or environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return inner(environ, start_response)
        start_response("200 OK", list(headers.items()))
        return [ALIVE] if environ["REQUEST_METHOD"] == "GET" else []

    app.wsgi_app = answer  # type: ignore[method-assign]


def is_ready() -> bool:
    """Return whether requests can be served: a migrated database, keys that fit each other, and room on the disk.

    A database that is already of a newer version counts as ready: during an upgrade both versions may serve.
    """
    try:
        has_room = shutil.disk_usage(current_portal.settings.data_dir).free >= LEAST_ROOM
        cipher = current_portal.cipher
        return has_room and not migrations.is_behind() and cipher.decrypt(cipher.encrypt(PROBE)) == PROBE
    except (SQLAlchemyError, OSError, CannotOpen):
        return False


NOT_READY = LogEvent(
    "server.not_ready", logging.WARNING, "nothing could be made ready ({error}); see flask doctor check"
)


def make_ready(app: Flask, pages: Callable[[], Iterable[str]]) -> None:
    """Render the pages at the URLs that `pages` returns; skipped if the database cannot be reached.

    Exits the server if the database is not migrated: no request could succeed. An unreachable one may come back.
    """
    configure_mappers()
    try:
        with app.app_context():
            if migrations.is_behind():
                raise SystemExit(BEHIND)
            db.read_only()
            addresses = list(pages())
        for address in addresses:
            with app.test_request_context(address):
                app.full_dispatch_request()
    except SQLAlchemyError as error:
        # The server starts nevertheless, and its health check reports the problem.
        NOT_READY.log(error=type(error).__name__)
    finally:
        # A connection that two processes share would be corrupted for both.
        db.engine.dispose()

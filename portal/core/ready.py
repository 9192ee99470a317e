"""Preparation before a server forks its workers: the pages that people request first are rendered once.

A worker shares memory with its parent unless it writes there. So templates, texts, statements and the mappers'
configuration are prepared for all workers at once, and no first visitor waits for them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import configure_mappers

from portal.core import migrations
from portal.core.cli import BEHIND
from portal.core.db import db
from portal.core.logs import LogEvent

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

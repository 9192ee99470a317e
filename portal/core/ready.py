"""What is done before a server forks its workers: the pages that people ask for first are made once.

A worker shares with its parent whatever it need not make itself. So templates, texts, statements and what ties the
tables together are made for all workers at once, and no first visitor waits for them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import configure_mappers

from portal.core import migrations
from portal.core.db import db
from portal.core.troubles import BEHIND, sentence

log = logging.getLogger("portal")


def make_ready(app: Flask, pages: Callable[[], Iterable[str]]) -> None:
    """Make the pages at the addresses that `pages` names. Without a database that answers there is nothing to make.

    Ends the server when the database is not migrated: it could answer nothing. One that is away may come back.
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
        # The server starts all the same, and says of itself that it is not well.
        log.warning("nothing could be made ready: %s", sentence(error) or "the database cannot be read")
    finally:
        # A connection that two processes hold would be the end of both.
        db.engine.dispose()

"""Before workers are forked the first pages are made, and nothing is left open."""

from __future__ import annotations

import logging
from pathlib import Path

import psutil
import pytest
from flask import Response, request
from sqlalchemy import inspect as about

from portal.app import create_app
from portal.config import Settings
from portal.core.cli import BEHIND
from portal.core.db import db
from portal.core.health import make_ready
from portal.core.page_cache import CacheVersion
from portal.core.web import Portal


def test_the_pages_are_made(app: Portal) -> None:
    made = []

    @app.after_request
    def look(response: Response) -> Response:
        made.append((request.path, response.status_code))
        return response

    make_ready(app, lambda: ["http://localhost/en/", "http://localhost/es/report/"])
    assert made == [("/en/", 200), ("/es/report/", 200)]
    assert about(CacheVersion).configured


@pytest.mark.both_databases
def test_no_connection_is_left_to_the_workers(app: Portal, settings: Settings) -> None:
    make_ready(app, lambda: ["http://localhost/en/", "http://localhost/en/report/"])
    assert db.engine.pool.checkedin() == 0
    open_files = {Path(file.path) for file in psutil.Process().open_files()}
    assert not {path for path in open_files if path.is_relative_to(settings.data_dir.parent) and ".db" in path.name}


def test_a_server_does_not_start_with_a_database_that_is_not_migrated(settings: Settings) -> None:
    app = create_app(settings.model_copy(update={"database_url": f"sqlite:///{settings.data_dir / 'empty.db'}"}))
    with pytest.raises(SystemExit, match=BEHIND):
        make_ready(app, lambda: ["http://localhost/en/"])


def test_a_server_starts_without_its_database_and_says_why(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    where = f"sqlite:///{settings.data_dir / 'nowhere/portal.db'}"
    says = "nothing could be made ready (OperationalError); see flask doctor check"
    app = create_app(settings.model_copy(update={"database_url": where}))
    with caplog.at_level(logging.WARNING):
        make_ready(app, lambda: ["http://localhost/en/"])
    assert len(caplog.messages) == 1
    assert caplog.messages[0] == says

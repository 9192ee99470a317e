"""`/health/live` and `/health/ready`, and what is made ready before workers are forked."""

import logging
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
from cryptography.fernet import Fernet

from portal.app import create_app
from portal.core import health, migrations
from portal.core.crypto import Cipher
from portal.core.db import db
from portal.core.health import LEAST_ROOM, make_ready
from portal.core.migrations import BEHIND
from portal.core.web import HEADERS

LIVE, READY = "/health/live", "/health/ready"


def test_all_is_well(client):
    for url in (LIVE, READY, "/health"):
        answer = client.get(url)
        assert (answer.status_code, answer.text, answer.mimetype) == (200, "ok\n", "text/plain")
        assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
        assert "Set-Cookie" not in answer.headers
        assert client.head(url).data == b""
    assert client.post(LIVE).status_code == 404


def test_live_needs_no_database_and_ready_does(app, client, portal_dir, monkeypatch):
    # During an upgrade the database is ahead of processes that still serve.
    for stored, status in (("0101", 503), ("9999", 200)):
        with monkeypatch.context() as patch:
            patch.setattr(migrations, "stored", lambda stored=stored: stored)
            assert (client.get(READY).status_code, client.get(LIVE).status_code) == (status, 200)
    for free, status in ((LEAST_ROOM - 1, 503), (LEAST_ROOM, 200)):
        monkeypatch.setattr(health.shutil, "disk_usage", lambda _path, free=free: SimpleNamespace(free=free))
        assert (client.get(READY).status_code, client.get(LIVE).status_code) == (status, 200)
    with monkeypatch.context() as patch:
        patch.setattr(app.cipher, "encrypt", Cipher([Fernet.generate_key().decode()]).encrypt)
        assert client.get(READY).status_code == 503, "keys that do not fit"
    db.engine.dispose()
    (portal_dir / "portal.db").write_bytes(b"not a database " * 99)
    sick = client.get(READY)
    assert (sick.status_code, sick.text) == (503, "unavailable\n")
    assert sick.headers["Cache-Control"] == "no-store"
    # It asks nothing at all.
    for name in ("app_context", "request_context"):
        monkeypatch.setattr(app, name, lambda *_given: pytest.fail("asked"))
    assert client.get(LIVE).text == "ok\n"


@pytest.mark.both_databases
def test_no_connection_is_left_to_the_workers(app, settings):
    def databases():
        open_files = {Path(file.path) for file in psutil.Process().open_files()}
        return {path for path in open_files if path.is_relative_to(settings.data_dir.parent) and ".db" in path.name}

    before = databases()
    make_ready(app, lambda: ["http://localhost/en/", "http://localhost/en/report/"])
    assert db.engine.pool.checkedin() == 0
    assert databases() <= before


def test_server_starts_without_its_database_but_with_no_old(settings, caplog):
    def started(path):
        where = f"sqlite:///{settings.data_dir / path}"
        make_ready(create_app(settings.model_copy(update={"database_url": where})), lambda: ["http://localhost/en/"])

    with pytest.raises(SystemExit, match=BEHIND):
        started("empty.db")
    with caplog.at_level(logging.WARNING):
        started("nowhere/portal.db")
    assert caplog.messages == ["nothing could be made ready (OperationalError); see flask doctor check"]

"""`/health/live` and `/health/ready`: what they depend on, and that they tell nothing else."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from cryptography.fernet import Fernet
from flask.testing import FlaskClient

from portal.app import create_app
from portal.config import Settings
from portal.core import health, migrations
from portal.core.crypto import Cipher
from portal.core.db import db
from portal.core.health import LEAST_ROOM
from portal.core.portal import Portal
from portal.core.web import HEADERS, secure_headers

LIVE, READY = "/health/live", "/health/ready"
UNAVAILABLE = (503, "unavailable\n")


def test_all_is_well(client: FlaskClient) -> None:
    for url in (LIVE, READY, "/health"):
        answer = client.get(url)
        assert (answer.status_code, answer.text, answer.mimetype) == (200, "ok\n", "text/plain")
        assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
        assert "Set-Cookie" not in answer.headers
        assert client.head(url).data == b""
    assert client.post(LIVE).status_code == 404


def test_live_needs_no_database_and_ready_does(client: FlaskClient, tmp_path: Path) -> None:
    db.engine.dispose()
    (tmp_path / "portal.db").write_bytes(b"not a database " * 99)
    assert client.get(LIVE).text == "ok\n"
    sick = client.get(READY)
    assert (sick.status_code, sick.text) == UNAVAILABLE
    assert sick.headers["Cache-Control"] == "no-store"


def test_live_asks_nothing(app: Portal, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_given: object) -> None:
        raise AssertionError("asked")

    monkeypatch.setattr(app, "app_context", fails)
    monkeypatch.setattr(app, "request_context", fails)
    assert client.get(LIVE).text == "ok\n"


def test_a_database_of_another_version(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """During an upgrade the database is ahead of processes that still serve."""
    for stored, status in (("0101", 503), ("9999", 200)):
        monkeypatch.setattr(migrations, "stored", lambda stored=stored: stored)
        assert client.get(READY).status_code == status


def test_a_disk_without_room(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    for free, status in ((LEAST_ROOM - 1, 503), (LEAST_ROOM, 200)):
        monkeypatch.setattr(health.shutil, "disk_usage", lambda _path, free=free: SimpleNamespace(free=free))
        assert client.get(READY).status_code == status
        assert client.get(LIVE).status_code == 200


def test_keys_that_do_not_fit(app: Portal, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    other = Cipher([Fernet.generate_key().decode()])
    monkeypatch.setattr(app.cipher, "encrypt", other.encrypt)
    answer = client.get(READY)
    assert (answer.status_code, answer.text) == UNAVAILABLE


def test_over_https_browsers_are_told_to_stay(settings: Settings) -> None:
    app = create_app(settings.model_copy(update={"public_url": "https://portal.test"}))
    answer, headers = app.test_client().get(LIVE), secure_headers(app.settings)
    assert {name: answer.headers.get(name) for name in headers} == headers
    db.engine.dispose()

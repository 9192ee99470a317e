"""Fixtures for backups: a key, an empty place to restore into, and the commands as an operator types them."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pyrage
import pytest
from flask import Flask

from portal.app import create_app
from portal.config import Settings
from portal.core.db import db
from tests.backups.cities import empty_postgresql, public_half


@pytest.fixture
def identity(tmp_path: Path) -> Path:
    """A file with the secret half of a key, as `age-keygen` writes it; its fourth word is the public half."""
    key = pyrage.x25519.Identity.generate()
    path = tmp_path / "key.txt"
    path.write_text(f"# public key: {key.to_public()}\n{key}\n")
    return path


@pytest.fixture
def settings(settings: Settings, identity: Path, tmp_path: Path) -> Settings:
    return settings.model_copy(update={"backup_recipients": public_half(identity), "backup_dir": tmp_path / "kept"})


@pytest.fixture
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without a row, where `flask db upgrade` has run. "bare": without a table."""
    kind = getattr(request, "param", "sqlite")
    if kind != "postgresql":
        if kind == "sqlite":
            shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "empty.db")
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    needed = (request.getfixturevalue(f"postgresql_{name}") for name in ("server", "command", "template"))
    with empty_postgresql(*needed) as address:
        yield address
        db.engine.dispose()


@pytest.fixture(autouse=True)
def empty_first(request: pytest.FixtureRequest) -> None:
    """Make it before the portal opens its own: to migrate a template, another database is opened."""
    if "empty" in request.fixturenames:
        request.getfixturevalue("empty")


@pytest.fixture
def elsewhere(settings: Settings, empty: str, tmp_path: Path) -> Callable[[], Flask]:
    """A portal on the empty database, as on a new machine: nothing is in its data folder."""

    def begin() -> Flask:
        db.engine.dispose()
        data_dir = tmp_path / "elsewhere"
        data_dir.mkdir(exist_ok=True)
        for made in ("static", "translations"):
            if not (data_dir / made).exists():
                (data_dir / made).symlink_to(settings.data_dir / made)
        return create_app(settings.model_copy(update={"database_url": empty, "data_dir": data_dir}))

    return begin

"""A database of an earlier version, with a small city in it, becomes one of this version and loses nothing.

`portal-0100.db.xz` was made with `tests/make.py` of that version (revision 0100): two places, one of them hidden,
reports, slips, meetings, a promise, a circle. `portal-0100.json` has what only residents and members know.
"""

from __future__ import annotations

import json
import lzma
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine, func, select, text

from portal.app import create_app
from portal.backups import copying
from portal.commitments.hearings import hash_of, slip
from portal.config import ROOT, Settings
from portal.core import migrations
from portal.core.db import db
from portal.home import search
from portal.markets.places import Market
from tests.backups.cities import City, check_city, empty_postgresql

HERE = Path(__file__).parent
OLD = "0100"
RENAMED = {"core_edition": "core_cache_version"}


@pytest.fixture
def old_file(tmp_path: Path) -> Path:
    path = tmp_path / "old.db"
    path.write_bytes(lzma.decompress((HERE / f"portal-{OLD}.db.xz").read_bytes()))
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def old(request: pytest.FixtureRequest, old_file: Path) -> Iterator[str]:
    """The address of a database of that version, with its rows."""
    if request.param == "sqlite":
        yield f"sqlite:///{old_file}"
        return
    server, command = (request.getfixturevalue(f"postgresql_{name}") for name in ("server", "command"))
    with empty_postgresql(server, command) as address:
        db.open(address)
        copying.prepare(OLD)
        with create_engine(f"sqlite:///{old_file}").connect() as given:
            copying.copy_rows(given, lambda *_told: None)
        db.engine.dispose()
        yield address


def counts(connection: Connection) -> dict[str, int]:
    return {
        RENAMED.get(table.name, table.name): connection.scalar(select(func.count()).select_from(table)) or 0
        for table in copying.tables_of(connection)
    }


def test_a_city_of_an_earlier_version_is_upgraded_with_all_its_rows(old: str, settings: Settings, cheap_argon2) -> None:
    known = json.loads((HERE / f"portal-{OLD}.json").read_text())
    app = create_app(settings.model_copy(update={"database_url": old}))
    with db.engine.connect() as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == OLD
        before = {name: count for name, count in counts(connection).items() if count}
    with app.app_context():
        migrations.upgrade()
        assert migrations.is_current()
    with db.engine.connect() as connection:
        after = counts(connection)
        assert before == {name: after[name] for name in before}
    codes = {one["says"]: tuple(one["code"]) for one in known["reports"]}
    with app.app_context(), db.work() as session:
        check_city(City(codes, known["desk_person"]))
        assert all(slip(hash_of(code)) for code in known["slips"])
        assert {market.released_at is None for market in session.scalars(select(Market))} == {True, False}
        assert search.rebuild()
    client = app.test_client()
    for page in ("/en/", "/es/", "/en/meetings/", "/en/promises/", "/en/places/"):
        assert client.get(page, follow_redirects=True).status_code == 200
        assert b"Oak Street" not in client.get(page, follow_redirects=True).data
    db.engine.dispose()


ADDING = {"create_table", "create_index", "add_column", "create_foreign_key", "create_check_constraint", "f"}
"""What the version before does not notice. A check that is made anew allows more than the one before."""
STANDING_STILL = {"0100", "0101", "0103", "0153", "0154", "0155"}
"""Migrations with which two versions cannot run side by side; docs/several-machines.md and CHANGELOG.md name them."""


@pytest.mark.parametrize("path", sorted(migrations.VERSIONS.glob("[0-9]*.py")), ids=lambda path: path.stem)
def test_a_migration_only_adds_or_is_said_to_need_standing_still(path: Path) -> None:
    upgrade = path.read_text().partition("def upgrade")[2].partition("def downgrade")[0]
    done = set(re.findall(r"\b(?:op|batch)\.(\w+)\(", upgrade)) - {"batch_alter_table", "get_bind"}
    required = [
        line
        for line in re.findall(r"add_column\(.*", upgrade)
        if "nullable=False" in line and "server_default" not in line
    ]
    only_adds = done <= ADDING and not required
    assert only_adds or path.stem[:4] in STANDING_STILL, done - ADDING
    for name in STANDING_STILL - {"0100"}:
        for document in ("docs/several-machines.md", "CHANGELOG.md"):
            assert name in (ROOT / document).read_text(), document

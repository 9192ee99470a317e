"""Run migrations, and tell whether the database is up to date."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, inspect, text

from portal.config import ROOT
from portal.core.db import db

if TYPE_CHECKING:
    from alembic.config import Config


VERSIONS = ROOT / "migrations" / "versions"
FIRST = "0200"
"""The revision of version 0.2.0: there are no migrations from databases with a lower one."""
Tell = Callable[[int, int], None]
WITHOUT_MODEL = "home_search"
"""The index of the search, and the prefix of the shadow tables that SQLite keeps for it."""


class Dangling(Exception):
    """A row refers to one that does not exist."""


@contextmanager
def changing(connection: Connection) -> Iterator[None]:
    """Commit the migrations run inside at the end, all or nothing.

    SQLite alters a table by replacing it with a copy, which would delete the rows that refer to it: so its foreign keys
    are off meanwhile and checked before the commit (https://sqlite.org/lang_altertable.html#otheralter).
    """
    driver: Any = connection.connection.dbapi_connection
    is_sqlite = connection.dialect.name == "sqlite"
    if is_sqlite:
        driver.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
        if is_sqlite and connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
            raise Dangling
        connection.commit()
    finally:
        connection.rollback()
        if is_sqlite:
            driver.execute("PRAGMA foreign_keys=ON")


def has_a_model(name: str | None, kind: str, _parents: object) -> bool:
    """Return whether a table has a model; the search index is built differently in each database and has none."""
    return kind != "table" or not str(name).startswith(WITHOUT_MODEL)


class OtherVersion(Exception):
    """The database has run a migration that this code does not know."""


class DatabaseTooOld(OtherVersion):
    """The database was made before the first version."""


@contextmanager
def _alembic() -> Iterator[Config]:
    """Alembic's configuration with a connection; raises `DatabaseTooOld` or `OtherVersion`."""
    from alembic.config import Config
    from alembic.script.revision import RevisionError
    from alembic.util import CommandError

    if "" < stored() < FIRST:
        raise DatabaseTooOld
    with db.engine.connect() as connection, changing(connection):
        config = Config()
        config.set_main_option("script_location", str(ROOT / "migrations"))
        config.attributes["connection"] = connection
        try:
            yield config
        except (CommandError, RevisionError) as error:
            raise OtherVersion from error


def upgrade(to: str = "head", tell: Tell | None = None) -> None:
    """Run the migrations up to `to`; calls `tell(done, total)` after each. Raises `OtherVersion`."""
    from alembic import command

    with _alembic() as config:
        if tell:
            config.attributes["applied"] = _counting(config, to, tell)
        command.upgrade(config, to)


def _counting(config: Config, to: str, tell: Tell) -> Callable[..., None]:
    """Return alembic's callback after each migration. Raises alembic's `RevisionError`."""
    from alembic.script import ScriptDirectory

    done = count(1)
    total = len(list(ScriptDirectory.from_config(config).iterate_revisions(to, stored() or "base")))
    return lambda **_given: tell(next(done), total)


def downgrade(to: str) -> None:
    """Undo the migrations down to `to`; "base" undoes all. Raises `OtherVersion`."""
    from alembic import command

    with _alembic() as config:
        command.downgrade(config, to)


def newest() -> str:
    """Return the newest revision of this code; its number begins the name of its file."""
    return max(path.name for path in VERSIONS.glob("[0-9]*.py")).partition("_")[0]


def stored() -> str:
    """Return the database's revision, empty if there is none. Does without alembic, so workers need not load it."""
    with db.engine.execution_options(portal_writes=False).connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return ""
        return connection.scalar(text("SELECT version_num FROM alembic_version")) or ""


def is_current() -> bool:
    """Return whether the database has run every migration that this code knows, and no other."""
    return stored() == newest()


def is_behind() -> bool:
    """Return whether `flask db upgrade` has something to do."""
    return stored() < newest()

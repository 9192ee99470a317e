"""Copy all rows to another database, and prove that they arrived: from SQLite to PostgreSQL, or back."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

from sqlalchemy import Connection, Engine, text

from portal.backups import rows
from portal.backups.restoring import prepare, transaction
from portal.backups.rows import TableRows
from portal.core import migrations
from portal.core.db import db
from portal.core.engines import opened

PATIENCE = 20
"""Tenths of a second in which connections may end."""
Tell = Callable[[int, int, str], None]


class InUse(Exception):
    """Web or worker still have the database open."""


class Differs(Exception):
    """A table did not arrive as it is; the text is its name. Nothing was kept."""


def copy(source: str, target: str, tell: Tell) -> dict[str, TableRows]:
    """Copy the database at one address to the one at another; return what is there now.

    Raises `InUse`, `Differs`, `NotEmpty` or `migrations.OtherVersion`.
    """
    db.engine.dispose()
    from_engine = opened(source)
    try:
        with reading_alone(from_engine) as given:
            revision = given.scalar(text("SELECT version_num FROM alembic_version"))
            tables = rows.tables_of(given)
            db.open(target)
            prepare(revision)
            with transaction() as taken:
                targets = {table.name: table for table in rows.tables_of(taken)}
                with rows.loading(taken):
                    for done, table in enumerate(tables):
                        names = [column.name for column in table.columns]
                        rows.write(taken, targets[table.name], names, rows.read(given, table))
                        tell(done + 1, len(tables), table.name)
                here, there = rows.digests(given, tables), rows.digests(taken, targets.values())
                if wrong := [name for name in here if there.get(name) != here[name]]:
                    raise Differs(wrong[0])
        migrations.upgrade()
        return there
    finally:
        from_engine.dispose()


@contextmanager
def reading_alone(engine: Engine) -> Iterator[Connection]:
    """A connection that sees one moment, while nobody else has the database open. Raises `InUse`."""
    if engine.dialect.name == "sqlite":
        _only_here(engine)
        # A write transaction: whoever comes now waits, and fails.
        with engine.connect() as connection:
            yield connection
        return
    steady = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    with steady.connect() as connection:
        others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        # Those that this process just closed take a moment to end.
        for _attempt in range(PATIENCE):
            if not connection.scalar(text(f"{others} AND backend_type = 'client backend'")):
                break
            time.sleep(0.1)
        else:
            raise InUse
        yield connection


def _only_here(engine: Engine) -> None:
    """Raise `InUse` if another process has the file open: SQLite then refuses to leave its journal."""
    with closing(engine.raw_connection()) as connection:
        cursor = connection.cursor()
        cursor.execute("PRAGMA busy_timeout=200")
        try:
            cursor.execute("PRAGMA journal_mode=DELETE")
        except sqlite3.OperationalError as error:
            raise InUse from error
        cursor.execute("PRAGMA journal_mode=WAL")

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
from portal.core.engines import SQLITE_BUSY_MS, opened

PATIENCE = 20
"""Tenths of a second in which connections may end."""
OTHERS = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    " AND backend_type = 'client backend'"
)
Tell = Callable[[int, int, str], None]


class InUse(Exception):
    """Web or worker still have the database open."""


class Differs(Exception):
    """A table did not arrive as it is; the text is its name. Nothing was kept."""


def copy(source: str, target: str, tell: Tell) -> dict[str, TableRows]:
    """Copy the database at one address to the one at another; return what is there now.

    Raises `InUse`, `Differs`, `TargetHoldsRows` or `migrations.OtherVersion`.
    """
    db.close()
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
                with rows.loading(taken, targets.values()):
                    for done, table in enumerate(tables):
                        names = [column.name for column in table.columns]
                        rows.write(taken, targets[table.name], names, rows.read(given, table))
                        tell(done + 1, len(tables), table.name)
                here, there = rows.digests(given, tables), rows.digests(taken, targets.values())
                if wrong := [name for name in here if there.get(name) != here[name]]:
                    raise Differs(wrong[0])
        if migrations.is_behind():
            migrations.upgrade()
        return there
    finally:
        from_engine.dispose()


@contextmanager
def reading_alone(engine: Engine) -> Iterator[Connection]:
    """A connection that sees one moment, while nobody else has the database open. Raises `InUse`."""
    is_sqlite = engine.dialect.name == "sqlite"
    for _attempt in range(PATIENCE):
        if _is_alone_on_sqlite(engine) if is_sqlite else _is_alone_on_postgresql(engine):
            break
        # Connections that this process just closed take a moment to end.
        time.sleep(0.1)
    else:
        raise InUse
    # On SQLite a transaction that writes: whoever comes now waits, and fails.
    steady = {} if is_sqlite else {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with engine.execution_options(**steady).connect() as connection:
        yield connection


def _is_alone_on_postgresql(engine: Engine) -> bool:
    with engine.connect() as connection:
        return not connection.scalar(OTHERS)


def _is_alone_on_sqlite(engine: Engine) -> bool:
    """Return whether no other connection is open: with one, SQLite refuses to leave its journal."""
    with closing(engine.raw_connection()) as connection:
        cursor = connection.cursor()
        try:
            cursor.execute("PRAGMA busy_timeout=0")
            cursor.execute("PRAGMA journal_mode=DELETE")
        except sqlite3.OperationalError:
            return False
        finally:
            cursor.execute(f"PRAGMA busy_timeout={SQLITE_BUSY_MS}")
        cursor.execute("PRAGMA journal_mode=WAL")
        return True

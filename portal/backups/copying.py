"""Copy all rows to another database, and prove that they arrived: from SQLite to PostgreSQL, or back."""

from __future__ import annotations

import hashlib
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from itertools import chain
from typing import Any

import click
import sqlalchemy as sa
from sqlalchemy import Connection, Engine, Table, func
from sqlalchemy.types import NullType

from portal.core import migrations
from portal.core.db import db
from portal.core.engines import SQLITE_BUSY_MS, opened

DERIVED = ("alembic_version", "home_search")
"""Tables made anew: the migrations write one, and the index of the search is built from other tables."""
FEW, MANY = 20, 500
"""Rows held in memory at a time: of a table with bytes, which may be files, and of others."""
PATIENCE = 20
"""Tenths of a second in which connections may end."""
OTHERS = sa.text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    " AND backend_type = 'client backend'"
)
IN_THE_WAY = {
    "sqlite": sa.text("SELECT 'DROP TRIGGER \"' || name || '\"', sql FROM sqlite_master WHERE type = 'trigger'"),
    "postgresql": sa.text(
        "SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname), format('ALTER TABLE %s"
        " ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) FROM pg_constraint"
        " WHERE contype = 'f' AND connamespace = current_schema()::regnamespace UNION SELECT"
        " format('ALTER TABLE %s DISABLE TRIGGER USER', tgrelid::regclass), format('ALTER TABLE %s ENABLE TRIGGER"
        " USER', tgrelid::regclass) FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid"
        " WHERE NOT tgisinternal AND relnamespace = current_schema()::regnamespace"
    ),
}
"""Statements that take triggers and references away while rows are loaded, and those that bring them back."""


class Stopped(click.ClickException):
    """A backup, a restore or a copy cannot go on; the text says why."""


def copy(source: str, target: str) -> dict[str, int]:
    """Copy a database to another; return how many rows each table has there. Raises `Stopped` or `OtherVersion`."""
    db.close()
    db.engine.dispose()
    from_engine = opened(source)
    try:
        with reading_alone(from_engine) as given:
            db.open(target)
            require_empty()
            revision = given.scalar(sa.text("SELECT version_num FROM alembic_version")) or ""
            if migrations.stored() not in ("", revision):
                migrations.downgrade("base")
            if migrations.stored() != revision:
                migrations.upgrade(revision)
            arrived = _copy_rows(given)
        if migrations.is_behind():
            migrations.upgrade()
        return arrived
    finally:
        from_engine.dispose()


def require_empty() -> None:
    """Raise `Stopped` unless the database has no rows."""
    with db.engine.connect() as connection:
        for name in _names(connection):
            if connection.scalar(sa.select(sa.text("1")).select_from(sa.table(name)).limit(1)):
                raise Stopped(f"nothing was done: {name} holds rows already, and the database must be empty")


def _copy_rows(given: Connection) -> dict[str, int]:
    """Copy all rows into the open database, which has the same tables. Raises `Stopped`."""
    tables = tables_of(given)
    with db.engine.connect() as taken, migrations.changing(taken):
        targets = {table.name: table for table in tables_of(taken)}
        in_the_way = taken.execute(IN_THE_WAY[taken.dialect.name]).all()
        for without, _again in in_the_way:
            taken.exec_driver_sql(without)
        for table in tables:
            for rows in _rows(given, table):
                taken.execute(sa.insert(targets[table.name]), rows)
        for _without, again in in_the_way:
            taken.exec_driver_sql(again)
        if taken.dialect.name == "postgresql":
            # Its sequences go on after the highest number that was loaded.
            for key in (key for table in targets.values() for key in table.primary_key):
                if isinstance(key.type, sa.Integer):
                    sequence = func.pg_get_serial_sequence(func.quote_ident(key.table.name), key.name)
                    highest = sa.select(func.setval(sequence, func.max(key)))
                    taken.execute(highest.having(func.max(key).is_not(None)))
        arrived = {name: _digest(taken, table) for name, table in targets.items()}
        for table in tables:
            if arrived.get(table.name) != _digest(given, table):
                raise Stopped(f"{table.name} did not arrive as it is; nothing was copied")
    return {name: number for name, (number, _digests) in arrived.items()}


def tables_of(connection: Connection) -> list[Table]:
    """Return the database's tables, not the models', of what people entered, after those referred to; JSON is text."""
    metadata = sa.MetaData()
    metadata.reflect(connection, only=_names(connection), resolve_fks=False)
    for table in metadata.sorted_tables:
        for column in table.columns:
            # As the text that is stored: SQL's NULL and JSON's null stay apart.
            if isinstance(column.type, sa.JSON):
                column.type = NullType()
    return list(metadata.sorted_tables)


def _names(connection: Connection) -> list[str]:
    without = (migrations.WITHOUT_MODEL, "sqlite_")
    names = sa.inspect(connection).get_table_names()
    return [name for name in names if name not in DERIVED and not name.startswith(without)]


def _rows(connection: Connection, table: Table) -> Iterator[list[dict[str, Any]]]:
    columns = [sa.cast(key, sa.Text).label(key.name) if isinstance(key.type, NullType) else key for key in table.c]
    batch = FEW if any(isinstance(column.type, sa.LargeBinary) for column in table.c) else MANY
    for rows in connection.execute(sa.select(*columns), execution_options={"yield_per": batch}).partitions():
        yield [dict(zip(table.c.keys(), map(_in_utc, row), strict=True)) for row in rows]


def _in_utc(value: Any) -> Any:
    if not isinstance(value, datetime):
        return value
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _digest(connection: Connection, table: Table) -> tuple[int, int]:
    """Return the number of a table's rows, and the sum of their digests, which does not depend on their order."""
    rows = (repr(sorted(row.items())).encode() for row in chain.from_iterable(_rows(connection, table)))
    digests = [int.from_bytes(hashlib.sha256(row).digest()) for row in rows]
    return len(digests), sum(digests)


@contextmanager
def reading_alone(engine: Engine) -> Iterator[Connection]:
    """A connection that sees one moment, while nobody else has the database open. Raises `Stopped`."""
    for _attempt in range(PATIENCE):
        if _is_alone(engine):
            break
        # Connections that this process just closed take a moment to end.
        time.sleep(0.1)
    else:
        raise Stopped("somebody has the database open: stop web and worker, then try again")
    # On SQLite a transaction that writes: whoever comes now waits, and fails.
    is_postgresql = engine.dialect.name == "postgresql"
    steady = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True} if is_postgresql else {}
    with engine.execution_options(**steady).connect() as connection:
        yield connection


def _is_alone(engine: Engine) -> bool:
    """Return whether no other connection is open: with one, SQLite refuses to leave its journal."""
    if engine.dialect.name == "postgresql":
        with engine.connect() as other:
            return not other.scalar(OTHERS)
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

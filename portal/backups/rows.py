"""Rows of any table as lines of text that both databases read and write, and their digests.

The tables are those that the database has, not those of the models, so that a backup of an older version can be read.
A line is a JSON array; bytes are base64, moments are UTC, JSON is the text that was stored. A table's digest is the
sum of the digests of its rows, so that it does not depend on their order.
"""

from __future__ import annotations

import hashlib
import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    Date,
    DateTime,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    Time,
    bindparam,
    cast,
    func,
    insert,
    inspect,
    select,
    text,
    type_coerce,
)
from sqlalchemy import table as named

from portal.core.migrations import WITHOUT_MODEL

DERIVED = "alembic_version"
"""A table that the migrations make anew, as the index of the search is built from other tables."""
FEW, MANY = 20, 500
"""Rows held in memory at a time: of a table with bytes, which may be files, and of others."""


class TableRows(NamedTuple):
    """The number of a table's rows and the digest of their contents."""

    number: int
    digest: str


class RowDigest:
    """Adds up the digests of rows."""

    def __init__(self) -> None:
        self._count, self._sum = 0, 0

    def add(self, line: bytes) -> None:
        """Add a row as a line."""
        self._count += 1
        self._sum += int.from_bytes(hashlib.sha256(line).digest())

    @property
    def rows(self) -> TableRows:
        """What was added so far."""
        return TableRows(self._count, f"{self._sum % 2**256:064x}")


def tables_of(connection: Connection) -> list[Table]:
    """Return the tables that hold what people entered, each after those it refers to."""
    metadata = MetaData()
    metadata.reflect(connection, only=_names(connection), resolve_fks=False)
    return list(metadata.sorted_tables)


def _names(connection: Connection) -> list[str]:
    names = inspect(connection).get_table_names()
    return [name for name in names if name != DERIVED and not name.startswith((WITHOUT_MODEL, "sqlite_"))]


def read(connection: Connection, table: Table) -> Iterator[bytes]:
    """Yield the rows of a table as lines, a few at a time."""
    as_plain = [_writer(column) for column in table.columns]
    rows = connection.execute(select(*map(_raw, table.columns)), execution_options={"yield_per": _batch(table)})
    for row in rows:
        values = [None if value is None else write(value) for write, value in zip(as_plain, row, strict=True)]
        yield json.dumps(values, separators=(",", ":"), ensure_ascii=False).encode()


def write(connection: Connection, table: Table, columns: Sequence[str], lines: Iterable[bytes]) -> None:
    """Insert lines as `read` yields them; `columns` are the names of their values."""
    targets = [table.columns[name] for name in columns]
    as_value = [_reader(column) for column in targets]
    statement = insert(table).values({column.name: _bound(column, connection) for column in targets})
    left = iter(lines)
    while batch := list(islice(left, _batch(table))):
        rows = [
            {
                f"v_{name}": None if value is None else make(value)
                for name, make, value in zip(columns, as_value, json.loads(line), strict=True)
            }
            for line in batch
        ]
        connection.execute(statement, rows)


def digests(connection: Connection, tables: Iterable[Table]) -> dict[str, TableRows]:
    """Read tables and return their counts and digests."""
    found = {}
    for table in tables:
        digest = RowDigest()
        for line in read(connection, table):
            digest.add(line)
        found[table.name] = digest.rows
    return found


def holding_rows(connection: Connection) -> list[str]:
    """Return the names of tables that are not empty."""
    asked = ((name, select(text("1")).select_from(named(name)).limit(1)) for name in _names(connection))
    return [name for name, one in asked if connection.scalar(one)]


@contextmanager
def loading(connection: Connection, tables: Iterable[Table]) -> Iterator[None]:
    """Load rows in any order inside: without triggers, and with references checked at the end."""
    freed = _without_checks(connection)
    yield
    for statement in freed:
        connection.exec_driver_sql(statement)
    if connection.dialect.name == "postgresql":
        _move_sequences(connection, tables)


def _batch(table: Table) -> int:
    return FEW if any(isinstance(column.type, LargeBinary) for column in table.columns) else MANY


# Values. JSON is taken as the text that is stored: SQL's NULL and JSON's null stay apart.


def _raw(column: Column[Any]) -> Any:
    return cast(column, Text).label(column.name) if isinstance(column.type, JSON) else column


def _bound(column: Column[Any], connection: Connection) -> Any:
    if not isinstance(column.type, JSON):
        return bindparam(f"v_{column.name}", type_=column.type)
    value = bindparam(f"v_{column.name}", type_=Text())
    return cast(value, JSON) if connection.dialect.name == "postgresql" else type_coerce(value, Text)


def _writer(column: Column[Any]) -> Callable[[Any], Any]:
    match column.type:
        case LargeBinary():
            return lambda value: b64encode(value).decode()
        case DateTime():
            return _moment
        case Date() | Time():
            return lambda value: value.isoformat()
    return lambda value: value


def _reader(column: Column[Any]) -> Callable[[Any], Any]:
    match column.type:
        case LargeBinary():
            return b64decode
        case DateTime():
            return datetime.fromisoformat
        case Date():
            return date.fromisoformat
        case Time():
            return time.fromisoformat
    return lambda value: value


def _moment(value: datetime) -> str:
    return (value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)).isoformat()


def value_of(column: Column[Any], plain: Any) -> Any:
    """Return the value for a column from its form in a line."""
    return None if plain is None else _reader(column)(plain)


# Triggers and foreign keys while rows are loaded.

FOREIGN_KEYS = text(
    "SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint"
    " WHERE contype = 'f' AND connamespace = current_schema()::regnamespace ORDER BY 1, 2"
)
TRIGGERS = text(
    "SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid"
    " WHERE NOT tgisinternal AND relnamespace = current_schema()::regnamespace ORDER BY 1"
)


def _without_checks(connection: Connection) -> list[str]:
    """Drop what stands in the way, and return the statements that bring it back."""
    if connection.dialect.name == "sqlite":
        found = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").all()
        for name, _sql in found:
            connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
        return [sql for _name, sql in found]
    keys, triggers = connection.execute(FOREIGN_KEYS).all(), connection.scalars(TRIGGERS).all()
    for table, name, _definition in keys:
        connection.exec_driver_sql(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    for table in triggers:
        connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    return [f"ALTER TABLE {table} ADD CONSTRAINT {name} {how}" for table, name, how in keys] + [
        f"ALTER TABLE {table} ENABLE TRIGGER USER" for table in triggers
    ]


def _move_sequences(connection: Connection, tables: Iterable[Table]) -> None:
    """Let PostgreSQL's sequences go on after the highest number that was loaded."""
    for table in tables:
        for column in table.primary_key:
            if isinstance(column.type, Integer):
                named = func.pg_get_serial_sequence(func.quote_ident(table.name), column.name)
                sequence = connection.scalar(select(named))
                highest = connection.scalar(select(func.max(column)))
                if sequence and highest:
                    connection.execute(select(func.setval(sequence, highest)))

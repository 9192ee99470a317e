"""Restore a backup into an empty place, and apply what the ledger of erasures says since.

Everything is read, checked and erased in one transaction: a file that is not whole leaves an empty database.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    LargeBinary,
    Table,
    and_,
    delete,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from portal.accounts.people import finish_removals
from portal.accounts.users import Member, Removal, SignIn
from portal.backups import archive, rows
from portal.backups.archive import ArchiveReader, Header, Unreadable
from portal.core import erasures, migrations
from portal.core.clock import today
from portal.core.db import db, session
from portal.core.erasures import LineKind
from portal.core.jobs.outbox import OutboundMessage
from portal.core.jobs.retries import UNSETTLED, DeliveryState
from portal.core.jobs.turns import ClockDoubted
from portal.core.portal import current_portal
from portal.core.purge import purge
from portal.home import search

BATCH = 200


@dataclass
class Restored:
    """What a restore did, for the operator."""

    header: Header
    counts: dict[str, int]
    erased: int = 0
    emptied: int = 0
    wishes: int = 0
    unapplied: list[str] = field(default_factory=list)
    """Lines of the ledger that could not be applied."""
    stale: int = 0
    over: int | None = None
    """Rows that the schedule has erased now; None if the date was doubted."""


class TargetHoldsRows(Exception):
    """The database to restore into holds rows; the text names a table."""


def restore(path: Path, identities: Sequence[Any], ledgers: Collection[Path], obeyed: Collection[str] = ()) -> Restored:
    """Restore a backup. Raises `Unreadable`, `TargetHoldsRows` or `migrations.OtherVersion`."""
    header = header_of(path, identities)
    prepare(header.revision)
    with transaction() as connection:
        tables = {table.name: table for table in rows.tables_of(connection)}
        done = Restored(header, _load(connection, path, identities, tables))
        apply_ledger(connection, tables, erasures.lines_since(ledgers, header.id, header.made_on, obeyed), done)
    _settle(done)
    return done


def apply_since(day: date, ledgers: Collection[Path], obeyed: Collection[str] = ()) -> Restored:
    """Apply the ledger from a day on to a database that was restored by other means, and settle it.

    Raises `migrations.OtherVersion`.
    """
    done = Restored(Header("-", migrations.stored(), day, ()), {})
    with transaction() as connection:
        tables = {table.name: table for table in rows.tables_of(connection)}
        apply_ledger(connection, tables, erasures.lines_since(ledgers, done.header.id, day, obeyed), done)
    _settle(done)
    return done


class _HeaderRead(Exception):
    pass


def header_of(path: Path, identities: Sequence[Any]) -> Header:
    """Return the header of a backup; raises `Unreadable`."""

    def stop(_header: Header) -> None:
        raise _HeaderRead

    reader = ArchiveReader(begin=stop)
    with suppress(_HeaderRead):
        archive.read(path, identities, reader)
    if reader.header is None:
        raise Unreadable("this file is no backup of the portal")
    return reader.header


def prepare(revision: str) -> None:
    """Make the tables of a revision in an empty database. Raises `TargetHoldsRows` or `migrations.OtherVersion`."""
    with db.engine.connect() as connection:
        holding = rows.holding_rows(connection)
    if holding:
        raise TargetHoldsRows(holding[0])
    if migrations.stored() not in ("", revision):
        migrations.downgrade("base")
    if migrations.stored() != revision:
        migrations.upgrade(revision)


@contextmanager
def transaction() -> Iterator[Connection]:
    """One transaction for all rows: committed at the end, with its references checked."""
    with db.engine.connect() as connection, migrations.changing(connection):
        yield connection


def _load(connection: Connection, path: Path, identities: Sequence[Any], tables: Mapping[str, Table]) -> dict[str, int]:
    def take(name: str, columns: tuple[str, ...], lines: Sequence[bytes]) -> None:
        rows.write(connection, tables[name], columns, lines)

    with rows.loading(connection, tables.values()):
        found = archive.read(path, identities, ArchiveReader(take)).found
    if rows.digests(connection, tables.values()) != found:
        raise Unreadable("what was restored is not what was backed up")
    return {name: one.number for name, one in found.items()}


# The ledger.


def apply_ledger(
    connection: Connection, tables: Mapping[str, Table], lines: Sequence[dict[str, Any]], done: Restored
) -> None:
    """Erase again what was erased since, keep what was wished since, in the order in which it happened."""
    wanted: dict[str, set[str]] = {}
    for line in lines:
        wanted.setdefault(line["table"], set()).update(line["rows"])
    found = {name: _identities(connection, tables[name], these) for name, these in wanted.items() if name in tables}
    for line in lines:
        if line["table"] not in tables:
            continue
        table = tables[line["table"]]
        these = [found[table.name][row] for row in line["rows"] if row in found[table.name]]
        match line["kind"]:
            case LineKind.GONE:
                done.erased += _delete(connection, table, these, tables)
            case LineKind.EMPTIED:
                done.emptied += _empty(connection, table, these, line, done)
            case LineKind.LASTS:
                done.wishes += _keep(connection, table, line, found[table.name])


def _identities(connection: Connection, table: Table, digests: set[str]) -> dict[str, Sequence[Any]]:
    key = erasures.ledger_key()
    found: dict[str, Sequence[Any]] = {}
    for row in connection.execute(select(*table.primary_key), execution_options={"yield_per": rows.MANY}):
        if (digest := erasures.digest_of(key, table.name, row)) in digests:
            found[digest] = row
    return found


def _these(table: Table, identities: Sequence[Sequence[Any]]) -> Any:
    keys = list(table.primary_key)
    return or_(*(and_(*(key == value for key, value in zip(keys, row, strict=True))) for row in identities))


def _delete(
    connection: Connection, table: Table, identities: Sequence[Sequence[Any]], tables: Mapping[str, Table]
) -> int:
    """Delete rows, and what refers to them: SQLite's foreign keys are off here."""
    total = 0
    for start in range(0, len(identities), BATCH):
        some = _these(table, identities[start : start + BATCH])
        for other in tables.values():
            for key in other.foreign_key_constraints:
                if key.referred_table.name == table.name:
                    _let_go(connection, other, key, some, tables)
        total += connection.execute(delete(table).where(some)).rowcount
    return total


def _let_go(connection: Connection, other: Table, key: Any, some: Any, tables: Mapping[str, Table]) -> None:
    """Delete the rows that refer to rows which go, or let them refer to nothing if that is allowed."""
    referring = list(key.columns)
    referred = [element.column for element in key.elements]
    theirs = and_(
        *(column.in_(select(target).where(some)) for column, target in zip(referring, referred, strict=True)),
    )
    if key.ondelete != "CASCADE" and all(column.nullable for column in referring):
        connection.execute(update(other).where(theirs).values({column.name: None for column in referring}))
        return
    found = connection.execute(select(*other.primary_key).where(theirs)).all()
    _delete(connection, other, found, tables)


def _empty(
    connection: Connection, table: Table, identities: Sequence[Sequence[Any]], line: dict[str, Any], done: Restored
) -> int:
    column = table.columns.get(line["column"])
    if column is None or not identities:
        return 0
    value = line["value"]
    if value is not None and isinstance(column.type, LargeBinary | JSON):
        value = json.loads(value) if isinstance(column.type, JSON) else b""
    try:
        with connection.begin_nested():
            emptied = update(table).where(_these(table, identities)).values({column.name: value})
            return connection.execute(emptied).rowcount
    except IntegrityError:
        done.unapplied.append(f"{table.name}.{column.name}")
        return 0


def _keep(connection: Connection, table: Table, line: dict[str, Any], found: dict[str, Sequence[Any]]) -> int:
    """Set the lasting columns of a row; one that is not in the backup is added if they are all it has."""
    plain = json.loads(current_portal.cipher.decrypt(line["sealed"].encode()))
    values = {name: rows.value_of(table.columns[name], value) for name, value in plain.items() if name in table.columns}
    keys: list[Column[Any]] = list(table.primary_key)
    here = and_(*(key == values[key.name] for key in keys))
    if connection.execute(select(*keys).where(here)).first() is not None:
        connection.execute(update(table).where(here).values(values))
    elif all(column.name in values or column.nullable for column in table.columns):
        connection.execute(insert(table).values(values))
        found[line["rows"][0]] = [values[key.name] for key in keys]
    else:
        return 0
    return 1


# Afterwards, with the schema of this version.


def _settle(done: Restored) -> None:
    """Migrate, end sign-ins and accounts, send no text twice, apply the schedule, rebuild the search."""
    if migrations.is_behind():
        migrations.upgrade()
    with db.work():
        session.execute(delete(SignIn))
        ended = select(Member.id).where(
            Member.left_at.is_not(None), ~select(Removal).where(Removal.member_id == Member.id).exists()
        )
        finish_removals(session.scalars(ended).all())
        waiting = update(OutboundMessage).where(OutboundMessage.state.in_(UNSETTLED))
        gone = {"state": DeliveryState.STALE, "address": None, "body": None, "settled_on": today(), "lease_until": None}
        done.stale = session.execute(waiting.values(gone)).rowcount  # type: ignore[attr-defined]
    with suppress(ClockDoubted):
        done.over = sum(purge(rule) for rule in current_portal.retention)
    with db.work():
        search.rebuild()
    db.forget_journal()

"""Restore a backup into an empty place, and apply what the ledger of erasures says since."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Date,
    DateTime,
    LargeBinary,
    Table,
    and_,
    delete,
    insert,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.exc import IntegrityError

from portal.accounts.people import finish_removals
from portal.accounts.users import Member, Removal, SignIn
from portal.backups import archive, copying
from portal.backups.archive import Header, Unreadable
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

    erased: int = 0
    emptied: int = 0
    wishes: int = 0
    unapplied: list[str] = field(default_factory=list)
    """Lines of the ledger that could not be applied."""
    stale: int = 0
    over: int | None = None
    """Rows that the schedule has erased now; None if the date was doubted."""


def restore(
    path: Path, identities: Sequence[Any], header: Header, ledgers: Collection[Path], obeyed: Collection[str]
) -> Restored:
    """Restore a backup that was read whole before.

    Raises `Unreadable`, `copying.TargetHoldsRows`, `copying.InUse` or `migrations.OtherVersion`.
    """
    if header.database != db.engine.dialect.name:
        raise Unreadable(f"it is of {header.database}: restore it there, then `flask copy-database`")
    if not any(migrations.VERSIONS.glob(f"{header.revision}_*.py")):
        raise migrations.OtherVersion
    copying.require_empty()
    db.close()
    with copying.reading_alone(db.engine):
        pass
    (_put_in_place if header.database == "sqlite" else _load)(path, identities)
    lines = erasures.lines_since(ledgers, header.id, date.fromisoformat(header.made_on), obeyed)
    return _apply(lines, header.revision)


def apply_since(day: date, ledgers: Collection[Path], obeyed: Collection[str]) -> Restored:
    """Apply the ledger from a day on to a database that was restored by other means, and settle it.

    Raises `migrations.OtherVersion`.
    """
    return _apply(erasures.lines_since(ledgers, "-", day, obeyed), migrations.stored())


def _apply(lines: Sequence[dict[str, Any]], revision: str) -> Restored:
    done = Restored()
    with copying.transaction() as connection:
        tables = {table.name: table for table in copying.tables_of(connection)}
        apply_ledger(connection, tables, lines, done)
        connection.execute(text("DELETE FROM alembic_version"))
        connection.execute(text("INSERT INTO alembic_version VALUES (:revision)"), {"revision": revision})
    _settle(done)
    return done


def _put_in_place(path: Path, identities: Sequence[Any]) -> None:
    """Put a backup of SQLite where the settings have their database."""
    target = Path(str(db.engine.url.database))
    part = target.with_name(f".{target.name}.part")
    try:
        with open(part, "wb", opener=archive.private) as out:
            archive.read(path, identities, out.write)
            out.flush()
            os.fsync(out.fileno())
        # With the last connection its journal goes, too.
        db.engine.dispose()
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _load(path: Path, identities: Sequence[Any]) -> None:
    """Let `pg_restore` make what is in a backup of PostgreSQL, all or nothing."""
    if migrations.stored():
        migrations.downgrade("base")
    with db.engine.begin() as connection:
        connection.execute(text("DROP TABLE IF EXISTS alembic_version"))
    options = ("--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges")
    with archive.program("pg_restore", *options, stdin=subprocess.PIPE) as loading, suppress(BrokenPipeError):
        archive.read(path, identities, loading.stdin.write)


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
    for row in connection.execute(select(*table.primary_key), execution_options={"yield_per": copying.MANY}):
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
    if value is not None and isinstance(column.type, LargeBinary):
        value = b""
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
    values = {name: _value(table.columns[name], value) for name, value in plain.items() if name in table.columns}
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


def _value(column: Column[Any], plain: Any) -> Any:
    """Return the value of a lasting column from its form in the ledger."""
    if plain is not None and isinstance(column.type, DateTime | Date):
        return (datetime if isinstance(column.type, DateTime) else date).fromisoformat(plain)
    return plain


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

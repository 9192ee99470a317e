"""Restore a backup into an empty place, and apply what the ledger of erasures says since."""

from __future__ import annotations

import gzip
import json
import os
import shutil
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any

import sqlalchemy as sa
from sqlalchemy import Column, Connection, Table
from sqlalchemy.exc import IntegrityError

from portal.accounts.people import finish_removals
from portal.accounts.users import Member, Removal, SignIn
from portal.backups import archive, copying
from portal.backups.archive import Header
from portal.core import erasures, migrations
from portal.core.clock import today
from portal.core.db import db, session
from portal.core.erasures import LineKind
from portal.core.feature import features
from portal.core.jobs.engine import ClockDoubted
from portal.core.jobs.outbox import FORGOTTEN, OutboundMessage
from portal.core.jobs.retries import UNSETTLED, DeliveryState
from portal.core.portal import current_portal
from portal.core.purge import purge
from portal.home import search

BATCH = 200


@dataclass
class Restored:
    erased: int = 0
    emptied: int = 0
    wishes: int = 0
    unapplied: list[str] = field(default_factory=list)
    """Lines of the ledger that could not be applied."""
    stale: int = 0
    over: int | None = None
    """Rows that the schedule has erased now; None if the date was doubted."""


def restore(header: Header, contents: IO[bytes], ledgers: Collection[Path]) -> Restored:
    """Restore a backup that was read whole before. Raises `copying.Stopped` or `migrations.OtherVersion`."""
    if header.database != db.engine.dialect.name:
        raise copying.Stopped(f"it is of {header.database}: restore it there, then `flask copy-database`")
    if not any(migrations.VERSIONS.glob(f"{header.revision}_*.py")):
        raise migrations.OtherVersion
    copying.require_empty()
    db.close()
    with copying.reading_alone(db.engine):
        pass
    if header.database == "sqlite":
        # With the last connection its journal goes, too.
        db.engine.dispose()
        with archive.whole(Path(str(db.engine.url.database))) as out, gzip.open(contents) as unpacked:
            shutil.copyfileobj(unpacked, out)
    else:
        if migrations.stored():
            migrations.downgrade("base")
        with db.engine.begin() as connection:
            connection.execute(sa.text("DROP TABLE IF EXISTS alembic_version"))
        # From here on it reads by itself, without what is buffered here.
        os.lseek(contents.fileno(), contents.tell(), os.SEEK_SET)
        options = ("--single-transaction", "--exit-on-error", *archive.NOT_OURS)
        with archive.program("pg_restore", *options, stdin=contents):
            pass
    lines = erasures.lines_since(ledgers, header.id, date.fromisoformat(header.made_on))
    return apply(lines, header.revision)


def apply(lines: Sequence[dict[str, Any]], revision: str) -> Restored:
    """Apply ledger, migrations and schedule, end sign-ins and accounts, send no text twice. Raises `OtherVersion`."""
    done = Restored()
    with db.engine.connect() as connection, migrations.changing(connection):
        tables = {table.name: table for table in copying.tables_of(connection)}
        Ledger(connection, tables, done).apply(lines)
        connection.execute(sa.text("DELETE FROM alembic_version"))
        connection.execute(sa.text("INSERT INTO alembic_version VALUES (:revision)"), {"revision": revision})
    if migrations.is_behind():
        migrations.upgrade()
    with db.work():
        session.execute(sa.delete(SignIn))
        ended = sa.select(Member.id).where(
            Member.left_at.is_not(None), ~sa.select(Removal).where(Removal.member_id == Member.id).exists()
        )
        finish_removals(session.scalars(ended).all())
        waiting = sa.update(OutboundMessage).where(OutboundMessage.state.in_(UNSETTLED))
        gone = {"state": DeliveryState.STALE, "settled_on": today(), "lease_until": None, **FORGOTTEN}
        done.stale = session.execute(waiting.values(gone)).rowcount  # type: ignore[attr-defined]
    with suppress(ClockDoubted):
        done.over = sum(purge(rule) for feature in features() for rule in feature.retention)
    with db.work():
        search.rebuild()
    db.forget_journal()
    return done


@dataclass
class Ledger:
    """The ledger of erasures, and the database that was restored, in which SQLite's foreign keys are off."""

    connection: Connection
    tables: Mapping[str, Table]
    done: Restored

    def apply(self, lines: Sequence[dict[str, Any]]) -> None:
        """Erase again what was erased since, keep what was wished since, in the order in which it happened."""
        wanted: dict[str, set[str]] = {}
        for line in lines:
            wanted.setdefault(line["table"], set()).update(line["rows"])
        keys = {name: self._rows(table, wanted[name]) for name, table in self.tables.items() if name in wanted}
        for line in lines:
            if (table := self.tables.get(line["table"])) is None:
                continue
            rows = [keys[table.name][row] for row in line["rows"] if row in keys[table.name]]
            match line["kind"]:
                case LineKind.GONE:
                    self.done.erased += self._delete(table, rows)
                case LineKind.EMPTIED if rows and line["column"] in table.columns:
                    self._empty(table, rows, table.columns[line["column"]], line["value"])
                case LineKind.LASTS:
                    self._keep(table, line, keys[table.name])

    def _rows(self, table: Table, digests: set[str]) -> dict[str, Sequence[Any]]:
        """Return the primary keys of rows, by their digests."""
        key, batches = erasures.ledger_key(), {"yield_per": copying.MANY}
        rows = self.connection.execute(sa.select(*table.primary_key), execution_options=batches)
        every = ((erasures.digest_of(key, table.name, row), row) for row in rows)
        return {digest: row for digest, row in every if digest in digests}

    def _delete(self, table: Table, rows: Sequence[Sequence[Any]]) -> int:
        """Delete rows, and what refers to them."""
        total = 0
        for start in range(0, len(rows), BATCH):
            some = _are(table, rows[start : start + BATCH])
            for other in self.tables.values():
                for key in other.foreign_key_constraints:
                    if key.referred_table.name == table.name:
                        self._let_go(other, key, some)
            total += self.connection.execute(sa.delete(table).where(some)).rowcount
        return total

    def _let_go(self, other: Table, key: Any, some: Any) -> None:
        """Delete the rows that refer to rows which go, or let them refer to nothing if that is allowed."""
        pairs = zip(key.columns, key.elements, strict=True)
        theirs = sa.and_(*(column.in_(sa.select(target.column).where(some)) for column, target in pairs))
        if key.ondelete != "CASCADE" and all(column.nullable for column in key.columns):
            nothing = {column.name: None for column in key.columns}
            self.connection.execute(sa.update(other).where(theirs).values(nothing))
        else:
            self._delete(other, self.connection.execute(sa.select(*other.primary_key).where(theirs)).all())

    def _empty(self, table: Table, rows: Sequence[Sequence[Any]], column: Column[Any], value: Any) -> None:
        if value is not None and isinstance(column.type, sa.LargeBinary):
            value = b""
        try:
            with self.connection.begin_nested():
                emptied = sa.update(table).where(_are(table, rows)).values({column.name: value})
                self.done.emptied += self.connection.execute(emptied).rowcount
        except IntegrityError:
            self.done.unapplied.append(f"{table.name}.{column.name}")

    def _keep(self, table: Table, line: dict[str, Any], keys: dict[str, Sequence[Any]]) -> None:
        """Set the lasting columns of a row; one that is not in the backup is added if they are all it has."""
        plain = json.loads(current_portal.cipher.decrypt(line["sealed"].encode()))
        values = {name: _value(table.columns[name], value) for name, value in plain.items() if name in table.columns}
        row = [values[key.name] for key in table.primary_key]
        if not self.connection.execute(sa.update(table).where(_are(table, [row])).values(values)).rowcount:
            if not all(column.name in values or column.nullable for column in table.columns):
                return
            self.connection.execute(sa.insert(table).values(values))
            keys[line["rows"][0]] = row
        self.done.wishes += 1


def _are(table: Table, rows: Sequence[Sequence[Any]]) -> Any:
    return sa.tuple_(*table.primary_key).in_([tuple(row) for row in rows])


def _value(column: Column[Any], plain: Any) -> Any:
    """Return the value of a lasting column from its form in the ledger."""
    if plain is not None and isinstance(column.type, sa.DateTime | sa.Date):
        return (datetime if isinstance(column.type, sa.DateTime) else date).fromisoformat(plain)
    return plain

"""The ledger of erasures: what was deleted since a backup, so that restoring it brings nothing of that back.

It lies outside of the database, in files that are only appended to, one for each day and machine. A line has the
name of a table and keyed digests of primary keys; nothing in it can be read, and nobody without `PORTAL_SECRET` can
tell which row a digest is of. Opt-outs and ended accounts are wishes that a restore must keep, too: their columns are
marked `LASTING` and stand in the ledger encrypted with the server's key.

A line is written just before the commit that erases, and followed by another if that fails.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import secrets
import socket
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import groupby
from pathlib import Path
from typing import Any, cast

from sqlalchemy import JSON, LargeBinary, String, Table, event, inspect, select
from sqlalchemy.orm import Mapper, ORMExecuteState, Session, object_session

from portal.core.clock import now
from portal.core.crypto import is_vouched, site_key, vouch
from portal.core.logs import LogEvent
from portal.core.portal import Portal, current_portal

LASTING = {"lasting": True}
"""The `info` of a column whose new values survive a restore. Their rows' keys are stored with them."""
NOT_NOTED = frozenset({"home_search", "core_turn"})
"""Tables that are made anew."""
WAITING = "erasures"
DIGEST = 12
"""Bytes of a digest: with a million rows and a million lines, one in 10^16 would be erased by mistake."""
UNWRITTEN = LogEvent("erasures.unwritten", logging.ERROR, "the ledger of erasures cannot be written ({error})")


class LineKind(StrEnum):
    GONE = "gone"
    EMPTIED = "emptied"
    LASTS = "lasts"
    UNDONE = "undone"
    BACKUP = "backup"


def start(_app: Portal) -> None:
    if not event.contains(Mapper, "after_delete", _note_deleted):
        event.listen(Mapper, "after_delete", _note_deleted)
        event.listen(Mapper, "after_insert", _note_inserted)
        event.listen(Mapper, "after_update", _note_updated)
        event.listen(Session, "do_orm_execute", _note_statement)


def folder() -> Path:
    settings = current_portal.settings
    return settings.erasures_dir or settings.data_dir / "erasures"


def digest_of(key: bytes, table: str, identity: Iterable[Any]) -> str:
    text = json.dumps([table, *map(_plain, identity)])
    return hashlib.blake2b(text.encode(), key=key, digest_size=DIGEST).hexdigest()


def ledger_key() -> bytes:
    return site_key(current_portal.settings.secret, "erasures")


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else value


# What a transaction erases, noted while it runs.


def note(session: Session, kind: LineKind, table: Table, identities: Iterable[Sequence[Any]], **more: Any) -> None:
    """Note an erasure in the current transaction; it reaches the ledger when that commits."""
    if table.name in NOT_NOTED:
        return
    key = ledger_key()
    digests = [digest_of(key, table.name, identity) for identity in identities]
    if digests:
        line = {"kind": kind, "table": table.name, "rows": digests, **more}
        session.info.setdefault(WAITING, []).append(line)


def note_replaced(thing: Any) -> None:
    """Note that the contents of a row were replaced for good: a restore of the former ones leaves the row out."""
    _note_row(inspect(thing).mapper, thing, LineKind.GONE)


def _note_row(mapper: Mapper[Any], thing: Any, kind: LineKind, **more: Any) -> None:
    identity = mapper.primary_key_from_instance(thing)
    note(cast(Session, object_session(thing)), kind, cast(Table, mapper.local_table), [identity], **more)


def _note_deleted(mapper: Mapper[Any], _connection: Any, thing: Any) -> None:
    _note_row(mapper, thing, LineKind.GONE)


def _note_inserted(mapper: Mapper[Any], _connection: Any, thing: Any) -> None:
    """Leave out a row that was deleted and is made again with the same key: it was replaced, not erased."""
    session, table = cast(Session, object_session(thing)), cast(Table, mapper.local_table).name
    if lines := [line for line in session.info.get(WAITING, ()) if line["table"] == table]:
        again = digest_of(ledger_key(), table, mapper.primary_key_from_instance(thing))
        for line in lines:
            line["rows"] = [row for row in line["rows"] if row != again]
    _note_lasting(mapper, thing)


def _note_updated(mapper: Mapper[Any], _connection: Any, thing: Any) -> None:
    """Note the columns with contents that lost them."""
    attributes = inspect(thing).attrs
    for attribute in mapper.column_attrs:
        added = attributes[attribute.key].history.added
        column = attribute.columns[0]
        stored_as = getattr(column.type, "impl_instance", column.type)
        if added and not any(added) and isinstance(stored_as, String | LargeBinary | JSON):
            value = None if added[0] is None else "" if isinstance(added[0], str | bytes) else json.dumps(added[0])
            _note_row(mapper, thing, LineKind.EMPTIED, column=column.name, value=value)
    _note_lasting(mapper, thing)


def _note_lasting(mapper: Mapper[Any], thing: Any) -> None:
    lasting = [attribute for attribute in mapper.column_attrs if "lasting" in attribute.columns[0].info]
    attributes = inspect(thing).attrs
    if not any(attributes[attribute.key].history.has_changes() for attribute in lasting):
        return
    identity = mapper.primary_key_from_instance(thing)
    values = {column.name: _plain(value) for column, value in zip(mapper.primary_key, identity, strict=True)}
    values |= {attribute.columns[0].name: _plain(getattr(thing, attribute.key)) for attribute in lasting}
    _note_row(mapper, thing, LineKind.LASTS, sealed=current_portal.cipher.encrypt(json.dumps(values)).decode())


def _note_statement(state: ORMExecuteState) -> None:
    """Before a `DELETE` that names no rows, ask which they are."""
    if not state.is_delete:
        return
    statement: Any = state.statement
    if statement.table.name in NOT_NOTED:
        return
    keys = list(statement.table.primary_key)
    rows = select(*keys)
    if statement.whereclause is not None:
        rows = rows.where(statement.whereclause)
    note(state.session, LineKind.GONE, statement.table, state.session.execute(rows, state.parameters).all())


# The files.


@contextmanager
def written_first(session: Session) -> Iterator[None]:
    """Write what the transaction erases into the ledger, then commit it inside; an error is written, too."""
    session.flush()
    lines = session.info.pop(WAITING, None)
    if not lines:
        yield
        return
    transaction = secrets.token_hex(8)
    _append([{**line, "transaction": transaction} for line in lines if line["rows"]])
    try:
        yield
    except BaseException:
        _append([{"kind": LineKind.UNDONE, "transaction": transaction}])
        raise


def mark(backup: str) -> None:
    """Write where in the ledger a backup was made: what stands before is not in it any more."""
    _append([{"kind": LineKind.BACKUP, "backup": backup}])


def _append(lines: Iterable[dict[str, Any]]) -> None:
    """Append in one write, so that processes do not mix their lines, and wait for the disk."""
    # It begins with the end of a line: the one before may have been cut short by a full disk.
    text = "".join("\n" + with_mac(json.dumps(line, separators=(",", ":"))) for line in lines) + "\n"
    machine = hashlib.blake2b(socket.gethostname().encode(), digest_size=3).hexdigest()
    path = folder() / f"{now():%Y-%m-%d}-{machine}.jsonl"
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.write(descriptor, text.encode())
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        # What somebody asked to be erased is erased all the same; a restore would have to be looked through by hand.
        UNWRITTEN.log(error=type(error).__name__)


def with_mac(line: str) -> str:
    """Return a line with its MAC: whoever can write there could else have a restore put a password of theirs in."""
    return f'{{"mac":"{vouch(ledger_key(), ("line", line)).hex()}","line":{line}}}'


def _line_in(text: str) -> dict[str, Any] | None:
    """Return a line that this portal wrote; None for any other, and for one that a power cut ended early."""
    whole = re.fullmatch(r'\{"mac":"((?:[0-9a-f]{2})+)","line":(.*)\}', text)
    is_ours = whole is not None and is_vouched(ledger_key(), bytes.fromhex(whole[1]), ("line", whole[2]))
    return json.loads(whole[2]) if whole and is_ours else None


def strange_lines(places: Iterable[Path]) -> int:
    """Return how many lines of the ledger were not written with this secret: a restore does not obey them."""
    texts = (text for path in files_in(*places) for text in path.read_text().splitlines())
    return sum(bool(text) and _line_in(text) is None for text in texts)


def forget_ledger(days: int) -> int:
    """Delete the files that are older than `days` days, since no backup is that old; return how many."""
    old = [path for path in files_in(folder()) if day_of(path) < now().date() - timedelta(days=days)]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


def files_in(*places: Path) -> list[Path]:
    return sorted((path for place in places for path in place.glob("20??-??-??-*.jsonl")), key=lambda path: path.name)


def day_of(path: Path) -> date:
    return date.fromisoformat(path.name[:10])


def from_the_future(places: Iterable[Path]) -> list[str]:
    """Return the names of files of days to come: a wrong clock wrote them, and may have erased what was not over."""
    # In UTC; a day more, for a machine whose clock is a little ahead.
    last = now().date() + timedelta(days=1)
    return sorted({path.name for path in files_in(*places) if day_of(path) > last})


def lines_since(places: Collection[Path], backup: str, made_on: date) -> list[dict[str, Any]]:
    """Return the lines that were written after a backup, without those whose transaction failed.

    The files of the machine that made the backup are read from its mark on; all others from its day on. Those from the
    future are left out.
    """
    lines_after: list[dict[str, Any]] = []
    left_out = from_the_future(places)
    # The copies of one file together.
    for _name, copies in groupby(files_in(*places), lambda path: path.name):
        paths = list(copies)
        if day_of(paths[0]) >= made_on and paths[0].name not in left_out:
            longest_first = sorted(paths, key=lambda path: -path.stat().st_size)
            texts = dict.fromkeys(line for path in longest_first for line in path.read_text().splitlines())
            lines = [line for text in texts if (line := _line_in(text)) is not None]
            marks = [at for at, line in enumerate(lines) if line.get("backup") == backup]
            lines_after += lines[marks[0] + 1 :] if marks else lines
    undone = {line["transaction"] for line in lines_after if line["kind"] == LineKind.UNDONE}
    return [line for line in lines_after if "transaction" in line and line["transaction"] not in undone]

"""A backup's file: rows as lines, compressed and encrypted with age while they are read; never in clear on a disk.

    {"format": 1, "id": …, "revision": "0148", "made_on": "2026-11-28", "tables": [names]}
    {"table": name, "columns": [names]}
    [a row] …
    {"end": name, "number": …, "digest": …}
    {"whole": number of tables}

A backup is proven as soon as it is written: it is also encrypted to a key that only this process has, which opens the
file once more, counts every table and compares digests, and is then forgotten.
"""

from __future__ import annotations

import io
import json
import os
import re
import secrets
import time
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import click
import pyrage
from sqlalchemy import Connection, text

from portal.backups import rows
from portal.backups.rows import RowDigest, TableRows
from portal.core import erasures
from portal.core.cli import sentence
from portal.core.clock import now, today
from portal.core.db import db

FORMAT = 1
NAME = re.compile(r"portal-(\d{4}-\d\d-\d\d)(-\d+)?\.age")
PIECE = 1 << 16
PATIENCE = 300
"""Tenths of a second in which others may end their transactions."""
WRITERS = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    " AND backend_xid IS NOT NULL AND xact_start < :began"
)


class Unreadable(Exception):
    """A file is no backup of ours, is not whole, or the key does not open it; the text says which."""


@dataclass(frozen=True)
class Header:
    """The first line of a backup."""

    id: str
    revision: str
    made_on: date
    tables: tuple[str, ...]


# Writing.


def recipients_of(keys: Iterable[str]) -> list[Any]:
    """Return age's recipients; raises `click.ClickException` for what is none."""
    found = []
    for key in keys:
        try:
            found.append(pyrage.x25519.Recipient.from_str(key))
        except pyrage.RecipientError:
            raise click.ClickException(f"{key[:12]}… is no age recipient: it begins with age1") from None
    return found


def write(folder: Path, recipients: Sequence[Any]) -> tuple[Path, dict[str, TableRows]]:
    """Write a backup of the database as it is at one moment; return its file and its tables. Raises `Unreadable`.

    The file has its name only when it was proven.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path, own = _free_name(folder), pyrage.x25519.Identity.generate()
    part = folder / f".{path.name}.part"
    written: dict[str, TableRows] = {}
    name = secrets.token_hex(8)
    erasures.mark(name)
    _wait_for_writers()
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as out, _one_moment() as connection:
            source = _PulledBytes(_compressed(_lines(connection, name, written)))
            pyrage.encrypt_io(source, out, [*recipients, own.to_public()])
            out.flush()
            os.fsync(out.fileno())
        if prove(part, [own]) != written:
            raise Unreadable("what was written is not what was read: is the disk sound?")
        part.replace(path)
        _sync_folder(folder)
    except (pyrage.EncryptError, OSError) as error:
        raise Unreadable(sentence(error) or f"the backup could not be written: {type(error).__name__}") from error
    finally:
        part.unlink(missing_ok=True)
    return path, written


def _free_name(folder: Path) -> Path:
    stem = f"portal-{today()}"
    names = [f"{stem}.age", *(f"{stem}-{number}.age" for number in range(2, 1000))]
    return next(folder / name for name in names if not (folder / name).exists())


@contextmanager
def _one_moment() -> Iterator[Connection]:
    """A connection that sees what was committed when it is first asked, and keeps no writer waiting."""
    steady = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    options = steady if db.engine.dialect.name == "postgresql" else {"portal_writes": False}
    with db.engine.execution_options(**options).connect() as connection:
        yield connection


def _wait_for_writers() -> None:
    """Wait until whoever wrote into the ledger before our mark has committed.

    What they erase would be in the backup otherwise, and before the mark in the ledger.
    """
    with db.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            # A transaction that writes: its turn comes when the others are done.
            connection.execute(text("SELECT 1"))
            return
        began = connection.scalar(text("SELECT clock_timestamp()"))
        for _attempt in range(PATIENCE):
            if not connection.scalar(WRITERS, {"began": began}):
                return
            time.sleep(0.1)


def _lines(connection: Connection, name: str, written: dict[str, TableRows]) -> Iterator[bytes]:
    """Yield the lines of a backup, and fill in what was written."""
    tables = rows.tables_of(connection)
    header = {
        "format": FORMAT,
        "id": name,
        "revision": connection.scalar(text("SELECT version_num FROM alembic_version")),
        # The day in the ledger's files is UTC's.
        "made_on": f"{now():%Y-%m-%d}",
        "tables": [table.name for table in tables],
    }
    yield _line(header)
    for table in tables:
        yield _line({"table": table.name, "columns": [column.name for column in table.columns]})
        digest = RowDigest()
        for line in rows.read(connection, table):
            digest.add(line)
            yield line + b"\n"
        written[table.name] = digest.rows
        yield _line({"end": table.name, **digest.rows._asdict()})
    yield _line({"whole": len(tables)})


def _line(value: dict[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode() + b"\n"


def _compressed(lines: Iterable[bytes]) -> Iterator[bytes]:
    packer = zlib.compressobj(6, wbits=31)
    for line in lines:
        if packed := packer.compress(line):
            yield packed
    yield packer.flush()


class _PulledBytes(io.RawIOBase):
    """A file that is made of pieces while it is read."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._left = pieces, memoryview(b"")

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        while not self._left and (piece := next(self._pieces, None)) is not None:
            self._left = memoryview(piece)
        taken, self._left = self._left[:size], self._left[size:]
        return bytes(taken)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


# Reading.


class ArchiveReader:
    """Takes in the bytes of a backup as they are decrypted, and hands on its rows table by table.

    `take(table, columns, lines)` gets all the lines of one table that arrived together; it may be called several times.
    """

    def __init__(self, take: Any = None, begin: Any = None) -> None:
        self._take, self._begin = take, begin
        self._unpacker = zlib.decompressobj(wbits=31)
        self._rest: list[bytes] = []
        self._table, self._digest = "", RowDigest()
        self._columns: tuple[str, ...] = ()
        self._waiting: list[bytes] = []
        self.header: Header | None = None
        self.found: dict[str, TableRows] = {}
        self.is_whole = False
        self.trouble: Exception | None = None

    def write(self, data: bytes) -> int:
        """Take in some bytes, as a file does; what is wrong is kept in `trouble`, since age replaces it."""
        try:
            return self._take_in(data)
        except Exception as error:
            self.trouble = error
            raise

    def _take_in(self, data: bytes) -> int:
        piece = self._unpacker.decompress(data)
        if b"\n" not in piece:
            # A long line is put together once, at its end.
            self._rest.append(piece)
            return len(data)
        *lines, rest = b"".join([*self._rest, piece]).split(b"\n")
        self._rest = [rest]
        for line in lines:
            self._one(line)
        return len(data)

    def flush(self) -> None:
        """Do nothing: it is all handed on at once."""

    def _one(self, line: bytes) -> None:
        if line.startswith(b"["):
            self._digest.add(line)
            self._waiting.append(line)
            if len(self._waiting) >= rows.MANY or sum(map(len, self._waiting[-8:])) > PIECE:
                self._hand_on()
            return
        said = json.loads(line)
        if "format" in said:
            self._head(said)
        elif "table" in said:
            self._table, self._columns, self._digest = said["table"], tuple(said["columns"]), RowDigest()
        elif "end" in said:
            self._hand_on()
            if self._digest.rows != TableRows(said["number"], said["digest"]):
                raise Unreadable(f"the table {self._table} is not what was backed up")
            self.found[self._table] = self._digest.rows
        elif "whole" in said:
            self.is_whole = said["whole"] == len(self.found)

    def _head(self, said: dict[str, Any]) -> None:
        if said["format"] != FORMAT:
            raise Unreadable("this backup is of a newer form than this version knows")
        made_on = date.fromisoformat(said["made_on"])
        self.header = Header(said["id"], said["revision"], made_on, tuple(said["tables"]))
        if self._begin:
            self._begin(self.header)

    def _hand_on(self) -> None:
        if self._take and self._waiting:
            self._take(self._table, self._columns, self._waiting)
        self._waiting = []


def read(path: Path, identities: Sequence[Any], reader: ArchiveReader) -> ArchiveReader:
    """Decrypt a backup into a reader; raises `Unreadable`."""
    try:
        with path.open("rb") as source:
            pyrage.decrypt_io(source, reader, identities)
    except (pyrage.DecryptError, OSError, zlib.error, ValueError, KeyError) as error:
        if reader.trouble and not isinstance(reader.trouble, OSError | zlib.error | ValueError | KeyError):
            raise reader.trouble from None
        raise Unreadable("this key does not open this file, or the file is not whole") from error
    if not reader.is_whole:
        raise Unreadable("this file ends too early")
    return reader


def prove(path: Path, identities: Sequence[Any]) -> dict[str, TableRows]:
    """Decrypt a whole backup and return what is in it; raises `Unreadable`."""
    return read(path, identities, ArchiveReader()).found


def identities_in(path: Path) -> list[Any]:
    """Return the secret keys in a file as `age-keygen` writes it; raises `click.ClickException` if there are none."""
    lines = [line.strip() for line in path.read_text().splitlines()]
    try:
        found = [pyrage.x25519.Identity.from_str(line) for line in lines if line and not line.startswith("#")]
    except pyrage.IdentityError:
        found = []
    if not found:
        raise click.ClickException(f"{path} holds no age secret key (AGE-SECRET-KEY-1…)")
    return found


# Keeping.


def delete_older(folder: Path, days: int) -> list[Path]:
    """Delete backups that are more than `days` days old by their names; return them."""
    first = today() - timedelta(days=days)
    old = [path for path in folder.iterdir() if (named := NAME.fullmatch(path.name)) and named[1] < f"{first}"]
    for path in old:
        path.unlink()
    return sorted(old)


def copy_ledger(folder: Path) -> int:
    """Copy the ledger of erasures beside the backups, each file as a whole; return how many files it has."""
    own = folder / "erasures"
    own.mkdir(mode=0o700, parents=True, exist_ok=True)
    files = erasures.files_in(erasures.folder())
    for path in files:
        copied = own / path.name
        if not copied.exists() or copied.stat().st_size != path.stat().st_size:
            part = own / f".{path.name}.part"
            part.touch(mode=0o600)
            part.write_bytes(path.read_bytes())
            part.replace(copied)
    return len(files)

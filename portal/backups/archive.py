"""A backup's file: a line of JSON (`Header`), then SQLite's file or what `pg_dump` writes, encrypted with age.

Nothing of it is in clear on a disk. The copied `alembic_version` is empty: a restore fills it in when the ledger of
erasures was applied, so that nothing starts on a database where that failed. A backup is proven as soon as it is
written: it is also encrypted to a key that only this process has, which opens the file once more and is then forgotten.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import shutil
import sqlite3
import subprocess
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyrage
from sqlalchemy import text

from portal.core import erasures, migrations
from portal.core.cli import sentence
from portal.core.clock import now, today
from portal.core.db import db

FORMAT = 2
NAME = re.compile(r"portal-(\d{4}-\d\d-\d\d)(-\d+)?\.age")
PIECE = 1 << 16
PATIENCE = 300
"""Tenths of a second in which others may end their transactions."""
WRITERS = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    " AND backend_xid IS NOT NULL AND xact_start < :began"
)
NOT_DUMPED = ("--exclude-schema=limits", "--exclude-schema=jobs", "--exclude-table-data=alembic_version")


class Unreadable(Exception):
    """A backup cannot be written or read; the text says why."""


@dataclass(frozen=True)
class Header:
    """The first line of a backup: its mark in the ledger, and what it is of. The day is UTC's, as in the ledger."""

    format: int
    id: str
    revision: str
    made_on: str
    database: str


def write(folder: Path, recipients: Sequence[Any]) -> Path:
    """Write a backup of the database as it is at one moment. Raises `Unreadable`.

    The file has its name only when it was proven.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    stem, own = f"portal-{today()}", pyrage.x25519.Identity.generate()
    names = [f"{stem}.age", *(f"{stem}-{number}.age" for number in range(2, 1000))]
    path = next(folder / name for name in names if not (folder / name).exists())
    part = folder / f".{path.name}.part"
    header = Header(FORMAT, secrets.token_hex(8), migrations.stored(), f"{now():%Y-%m-%d}", db.engine.dialect.name)
    erasures.mark(header.id)
    _wait_for_writers()
    source = _Source(header)
    try:
        with open(part, "wb", opener=private) as out:
            pyrage.encrypt_io(source, out, [*recipients, own.to_public()])
            out.flush()
            os.fsync(out.fileno())
        if read(part, [own]) != (header, source.digest.hexdigest()):
            raise Unreadable("what was written is not what was read: is the disk sound?")
        part.replace(path)
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        os.fsync(descriptor)
        os.close(descriptor)
    except (pyrage.EncryptError, OSError) as error:
        if source.trouble:
            raise source.trouble from None
        raise Unreadable(sentence(error) or f"the backup could not be written: {type(error).__name__}") from error
    finally:
        part.unlink(missing_ok=True)
    return path


def private(path: str, flags: int) -> int:
    """Open a file that only its owner may read."""
    return os.open(path, flags | os.O_CLOEXEC, 0o600)


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


class _Source:
    """The file that is encrypted, made while it is read."""

    def __init__(self, header: Header) -> None:
        self.digest = hashlib.sha256()
        self.trouble: Exception | None = None
        self._pieces, self._left = self._made(header), b""

    def read(self, size: int = -1) -> bytes:
        try:
            while not self._left and (piece := next(self._pieces, None)) is not None:
                self._left = piece
        except Exception as error:
            # age replaces it by one of its own.
            self.trouble = error
            raise
        taken, self._left = self._left[:size], self._left[size:]
        return taken

    def _made(self, header: Header) -> Iterator[bytes]:
        packer = zlib.compressobj(6, wbits=31)
        yield json.dumps(asdict(header)).encode() + b"\n"
        for piece in _of_sqlite() if header.database == "sqlite" else _of_postgresql():
            self.digest.update(piece)
            yield packer.compress(piece)
        yield packer.flush()


def _of_sqlite() -> Iterator[bytes]:
    """Yield SQLite's file, copied in memory."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as copy:
        with closing(db.engine.raw_connection()) as given:
            given.driver_connection.backup(copy)  # type: ignore[union-attr]
        if copy.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
            raise Unreadable("the database's file is damaged, so no backup was made of it")
        copy.execute("DELETE FROM alembic_version")
        whole = copy.serialize()
    yield from (whole[start : start + PIECE] for start in range(0, len(whole), PIECE))


def _of_postgresql() -> Iterator[bytes]:
    options = ("--format=custom", "--compress=0", "--no-owner", "--no-privileges", *NOT_DUMPED)
    with program("pg_dump", *options, stdout=subprocess.PIPE) as dump:
        while piece := dump.stdout.read(PIECE):
            yield piece


@contextmanager
def program(name: str, *options: str, **pipes: int) -> Iterator[Any]:
    """Run a program of PostgreSQL's on the database of the settings. Raises `Unreadable` if it is missing or fails."""
    if not (found := shutil.which(name)):
        raise Unreadable(f"{name} is missing: install PostgreSQL's client programs, as new as the server's version")
    url = db.engine.url
    address = url.set(drivername="postgresql", password=None).render_as_string()
    # The password is not on the command line, where every user of the machine could read it.
    environment = os.environ | ({"PGPASSWORD": url.password} if url.password else {})
    command = [found, f"--dbname={address}", *options]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, **pipes) as process:  # type: ignore[call-overload]  # noqa: S603
        try:
            yield process
            # Its first line alone: the next ones may quote rows.
            said = process.communicate()[1].decode(errors="replace").partition("\n")[0]
        finally:
            process.kill()
    if process.returncode:
        raise Unreadable(said or f"{name} was ended")


class _Contents:
    """Takes in the bytes of a backup as they are decrypted, and hands on what is after its header."""

    def __init__(self, take: Callable[[bytes], Any]) -> None:
        self._take, self._first = take, b""
        self.unpacker, self.digest = zlib.decompressobj(wbits=31), hashlib.sha256()
        self.header: Header | None = None
        self.trouble: Exception | None = None

    def write(self, data: bytes) -> int:
        """Take in some bytes, as a file does; what is wrong is kept in `trouble`, since age replaces it."""
        try:
            self._take_in(data)
        except Exception as error:
            self.trouble = error
            raise
        return len(data)

    def flush(self) -> None:
        """Do nothing: it is all handed on at once."""

    def _take_in(self, data: bytes) -> None:
        if self.header is None:
            self._first, is_whole, data = (self._first + data).partition(b"\n")
            if not is_whole:
                return
            said = json.loads(self._first)
            if said["format"] != FORMAT:
                raise Unreadable("this backup is of another form: restore it with the version that made it")
            self.header = Header(**said)
        piece = self.unpacker.decompress(data)
        self.digest.update(piece)
        self._take(piece)


def read(path: Path, identities: Sequence[Any], take: Callable[[bytes], Any] = len) -> tuple[Header, str]:
    """Decrypt a whole backup, hand on the database in pieces, return header and digest. Raises `Unreadable`."""
    contents = _Contents(take)
    try:
        with path.open("rb") as source:
            pyrage.decrypt_io(source, contents, identities)
    except (pyrage.DecryptError, OSError, zlib.error, ValueError, TypeError, LookupError) as error:
        if isinstance(contents.trouble, Unreadable | OSError):
            raise contents.trouble from None
        raise Unreadable("this key does not open this file, or the file is not whole") from error
    if contents.header is None or not contents.unpacker.eof:
        raise Unreadable("this file ends too early")
    return contents.header, contents.digest.hexdigest()


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

"""A backup's file: a line of JSON (`Header`), then SQLite's file, packed, or what `pg_dump` writes; encrypted with age.

It is made in memory, so that nothing of it is in clear on a disk. The copied `alembic_version` is empty: a restore
fills it in when the ledger of erasures was applied, so that nothing starts on a database where that failed. A backup is
proven as soon as it is written: it is also encrypted to a key that only this process has, which opens the file once
more and is then forgotten.
"""

from __future__ import annotations

import gzip
import json
import os
import re
import secrets
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import IO, Any

import pyrage
from sqlalchemy import text

from portal.backups.copying import Stopped
from portal.core import erasures, migrations
from portal.core.cli import sentence
from portal.core.clock import now, today
from portal.core.db import db

NAME = re.compile(r"portal-(\d{4}-\d\d-\d\d)(-\d+)?\.age")
PATIENCE = 300
"""Tenths of a second in which others may end their transactions."""
WRITERS = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    " AND backend_xid IS NOT NULL AND xact_start < :began"
)
NOT_DUMPED = ("--exclude-schema=limits", "--exclude-schema=jobs", "--exclude-table-data=alembic_version")
NOT_OURS = ("--no-owner", "--no-privileges")


@dataclass(frozen=True)
class Header:
    """The first line of a backup: its mark in the ledger, and what it is of. The day is UTC's, as in the ledger."""

    id: str
    revision: str
    made_on: str
    database: str


def write(folder: Path, recipients: Sequence[Any]) -> Path:
    """Write a backup of the database as it is at one moment, and prove it. Raises `Stopped`."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    stem, own = f"portal-{today()}", pyrage.x25519.Identity.generate()
    names = [f"{stem}.age", *(f"{stem}-{number}.age" for number in range(2, 1000))]
    path = next(folder / name for name in names if not (folder / name).exists())
    database = db.engine.dialect.name
    header = Header(secrets.token_hex(8), migrations.stored(), f"{now():%Y-%m-%d}", database)
    erasures.mark(header.id)
    _wait_for_writers()
    made = json.dumps(asdict(header)).encode() + b"\n" + (_of_sqlite() if database == "sqlite" else _of_postgresql())
    try:
        with whole(path) as out:
            pyrage.encrypt_io(BytesIO(made), out, [*recipients, own.to_public()])
            out.flush()
            if read(Path(out.name), [own]).getvalue() != made:
                raise Stopped("what was written is not what was read: is the disk sound?")
    except (pyrage.EncryptError, pyrage.DecryptError, OSError) as error:
        raise Stopped(sentence(error) or f"the backup could not be written: {type(error).__name__}") from error
    return path


@contextmanager
def whole(path: Path) -> Iterator[IO[bytes]]:
    """A file that only its owner may read, and that has its name only when all of it is on the disk."""
    part = path.with_name(f".{path.name}.part")
    try:
        with open(part, "wb", opener=lambda name, flags: os.open(name, flags | os.O_CLOEXEC, 0o600)) as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        part.replace(path)
        descriptor = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        os.fsync(descriptor)
        os.close(descriptor)
    finally:
        part.unlink(missing_ok=True)


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


def _of_sqlite() -> bytes:
    """Return SQLite's file, packed."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as copy:
        with closing(db.engine.raw_connection()) as given:
            given.driver_connection.backup(copy)  # type: ignore[union-attr]
        if copy.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
            raise Stopped("the database's file is damaged, so no backup was made of it")
        copy.execute("DELETE FROM alembic_version")
        whole = copy.serialize()
    return gzip.compress(whole, 6)


def _of_postgresql() -> bytes:
    return run("pg_dump", "--format=custom", *NOT_OURS, *NOT_DUMPED)


def run(name: str, *options: str, given: bytes = b"") -> bytes:
    """Run a program of PostgreSQL's on the database of the settings; return what it writes. Raises `Stopped`."""
    if not (program := shutil.which(name)):
        raise Stopped(f"{name} is missing: install PostgreSQL's client programs, as new as the server's version")
    url = db.engine.url
    address = url.set(drivername="postgresql", password=None).render_as_string()
    # The password is not on the command line, where every user of the machine could read it.
    environment = os.environ | ({"PGPASSWORD": url.password} if url.password else {})
    command = [program, f"--dbname={address}", *options]
    done = subprocess.run(command, input=given, env=environment, capture_output=True, check=False)  # noqa: S603
    if done.returncode:
        # The first line alone: the next ones may quote rows.
        raise Stopped(done.stderr.decode(errors="replace").partition("\n")[0] or f"{name} was ended")
    return done.stdout


def read(path: Path, identities: Sequence[Any]) -> BytesIO:
    """Decrypt a file. Raises `OSError` or pyrage's `DecryptError`."""
    contents = BytesIO()
    with path.open("rb") as source:
        pyrage.decrypt_io(source, contents, identities)
    contents.seek(0)
    return contents


def opened(path: Path, identities: Sequence[Any]) -> tuple[Header, BytesIO]:
    """Return the header of a backup, and what comes after it. Raises `Stopped`."""
    try:
        contents = read(path, identities)
        return Header(**json.loads(contents.readline())), contents
    except (pyrage.DecryptError, OSError, ValueError, TypeError) as error:
        raise Stopped("nothing was restored: this key does not open this file, or the file is not whole") from error


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
            with whole(copied) as out:
                out.write(path.read_bytes())
    return len(files)

"""A backup's file: a line of JSON (`Header`), then SQLite's file, packed, or what `pg_dump` writes; encrypted with age.

It is encrypted while it is made, so that nothing of it is in clear on a disk, nor PostgreSQL's ever whole in memory, as
SQLite's is. The copied `alembic_version` is empty until a restore has applied the ledger of erasures: nothing starts
where that failed. A backup is proven as soon as it is written, with a key that only this process has and then forgets.
The last bytes sign all that stands before, as anybody can encrypt to a public key. Who has `PORTAL_SECRET` can sign, so
a server that was taken can, too.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
import secrets
import shutil
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import timedelta
from io import BufferedRandom, BytesIO
from pathlib import Path
from typing import IO, Any

import pyrage
from nacl.bindings import crypto_sign_BYTES
from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey
from pyrage import x25519
from sqlalchemy import text

from portal.backups.copying import Stopped
from portal.core import erasures, migrations
from portal.core.clock import now, today
from portal.core.crypto import site_key
from portal.core.data_folder import newest_backup
from portal.core.db import db
from portal.core.migrations import sentence
from portal.core.portal import current_portal

NAME = re.compile(r"portal-(\d{4}-\d\d-\d\d)(-\d+)?\.age")
PATIENCE = 300
"""Tenths of a second in which others may end their transactions."""
WRITERS = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    " AND backend_xid IS NOT NULL AND xact_start < :began"
)
NOT_DUMPED = ("--exclude-schema=limits", "--exclude-schema=jobs", "--exclude-table-data=alembic_version")
NOT_OURS = ("--no-owner", "--no-privileges")
SIGNED = b"common-ground:backup:1:"
"""What is signed begins with this; then comes the SHA-512 of all but the signature."""


@dataclass(frozen=True)
class Header:
    """The first line of a backup: its mark in the ledger, its number, and what it is of. The day is UTC's, as there."""

    id: str
    revision: str
    made_on: str
    database: str
    number: int


def signing_key() -> SigningKey:
    """Return the key that signs backups. `PORTAL_SECRET` makes it, which is in no database and in no backup."""
    return SigningKey(site_key(current_portal.settings.secret, "backups"))


def recipients() -> list[x25519.Recipient]:
    """Return the age keys of the settings that can open a backup. Raises `Stopped` if there are none."""
    keys = current_portal.settings.backup_recipients.split()
    if not keys:
        raise Stopped("no key to encrypt to: set PORTAL_BACKUP_RECIPIENTS (make one with age-keygen)")
    try:
        return [x25519.Recipient.from_str(key) for key in keys]
    except pyrage.RecipientError:
        raise Stopped(f"{' '.join(keys)[:30]}… is no age recipient: it begins with age1") from None


def keys_in(path: Path) -> tuple[list[x25519.Identity], list[VerifyKey]]:
    """Return the keys in a file of `age-keygen`, and who may have signed: we, and whom it names. Raises `Stopped`."""
    text = path.read_text()
    try:
        keys = [x25519.Identity.from_str(key) for key in re.findall(r"^AGE-\S+", text, re.MULTILINE)]
        signers = [VerifyKey(bytes.fromhex(key)) for key in re.findall(r"signed by (\S+)", text)]
    except (pyrage.IdentityError, ValueError):
        keys = []
    if not keys:
        raise Stopped(f"{path} holds no age secret key (AGE-SECRET-KEY-1…), or `signed by` without a key")
    return keys, [signing_key().verify_key, *signers]


def write(folder: Path, recipients: Sequence[x25519.Recipient]) -> tuple[Path, int]:
    """Write a backup of the database as it is at one moment, and prove it; return its number, too. Raises `Stopped`."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    stem, own = f"portal-{today()}", x25519.Identity.generate()
    names = [f"{stem}.age", *(f"{stem}-{number}.age" for number in range(2, 1000))]
    path = next(folder / name for name in names if not (folder / name).exists())
    number = newest_backup() + 1
    header = Header(secrets.token_hex(8), migrations.stored(), f"{now():%Y-%m-%d}", db.engine.dialect.name, number)
    erasures.mark(header.id)
    _wait_for_writers()
    first = json.dumps(asdict(header)).encode() + b"\n"
    try:
        with whole(path) as out, _stored() as contents:
            given, kept = Passing(first, contents, signing_key()), Passing()
            pyrage.encrypt_io(given, out, [*recipients, own.to_public()])
            out.flush()
            with Path(out.name).open("rb") as written:
                pyrage.decrypt_io(written, kept, [own])
            if kept.digest.digest() != given.digest.digest():
                raise Stopped("what was written is not what was read: is the disk sound?")
    except (pyrage.EncryptError, pyrage.DecryptError, OSError) as error:
        raise Stopped(sentence(error) or f"the backup could not be written: {type(error).__name__}") from error
    return path, number


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
    """Wait for whoever wrote into the ledger before our mark: the backup would hold what they erase, else."""
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


class Passing:
    """A file that passes into a backup or out of it: its digest is all that stays. `key` signs the end."""

    def __init__(self, first: bytes = b"", then: IO[bytes] | None = None, key: SigningKey | None = None) -> None:
        self.digest, self._next, self._then, self._key = hashlib.sha512(), first, then or BytesIO(), key

    def read(self, size: int) -> bytes:
        piece, self._next = self._next[:size] or self._then.read(size), self._next[size:]
        if not piece and self._key:
            self._next, self._key = self._key.sign(SIGNED + self.digest.digest()).signature, None
            return self.read(size)
        self.digest.update(piece)
        return piece

    def write(self, piece: bytes) -> int:
        self.digest.update(piece)
        return len(piece)

    def flush(self) -> None:
        """Do nothing: nothing is held back."""


@contextmanager
def _stored() -> Iterator[IO[bytes]]:
    """What the database holds: SQLite's file, packed, or what `pg_dump` writes while it is read."""
    if db.engine.dialect.name != "sqlite":
        with program("pg_dump", "--format=custom", *NOT_OURS, *NOT_DUMPED, stdout=subprocess.PIPE) as dump:
            yield dump.stdout
        return
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as copy:
        with closing(db.engine.raw_connection()) as given:
            given.driver_connection.backup(copy)  # type: ignore[union-attr]
        if copy.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
            raise Stopped("the database's file is damaged, so no backup was made of it")
        copy.execute("DELETE FROM alembic_version")
        packed = gzip.compress(copy.serialize(), 6)
    yield BytesIO(packed)


@contextmanager
def program(name: str, *options: str, **files: Any) -> Iterator[Any]:
    """A program of PostgreSQL's that runs on the database of the settings. Raises `Stopped`."""
    if not (executable := shutil.which(name)):
        raise Stopped(f"{name} is missing: install PostgreSQL's client programs, as new as the server's version")
    url = db.engine.url
    address = url.set(drivername="postgresql", password=None).render_as_string()
    # The password is not on the command line, where every user of the machine could read it.
    environment = os.environ | ({"PGPASSWORD": url.password} if url.password else {})
    command = [executable, f"--dbname={address}", *options]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, **files) as process:  # noqa: S603
        try:
            yield process
            # The first line alone: the next ones may quote rows.
            why = process.communicate()[1].decode(errors="replace").partition("\n")[0]
        finally:
            process.kill()
    if process.returncode:
        raise Stopped(why or f"{name} was ended")


@contextmanager
def opened(path: Path, identities: Sequence[Any], signers: Sequence[VerifyKey]) -> Iterator[tuple[Header, IO[bytes]]]:
    """The header of a backup, and what comes after it: in a file without a name that ends with us. Raises `Stopped`."""
    # In the data folder, as that for temporary files may be in memory. Once its signature was checked, nobody else can
    # change it there, as they could the backup.
    with tempfile.TemporaryFile(dir=current_portal.settings.data_dir) as contents:
        try:
            with path.open("rb") as source:
                pyrage.decrypt_io(source, contents, identities)
            _cut_signature(contents, signers)
            header = Header(**json.loads(contents.readline()))
        except (pyrage.DecryptError, OSError, ValueError, TypeError) as error:
            why = sentence(error) or "this key does not open this file, or the file is not whole"
            raise Stopped(f"nothing was restored: {why}") from error
        yield header, contents


def _cut_signature(contents: BufferedRandom, signers: Sequence[VerifyKey]) -> None:
    """Leave what was signed, and be at its start. Raises `Stopped` if none of `signers` did."""
    end = max(0, contents.seek(0, os.SEEK_END) - crypto_sign_BYTES)
    contents.seek(end)
    signature = contents.read()
    contents.truncate(end)
    contents.seek(0)
    signed = SIGNED + hashlib.file_digest(contents, "sha512").digest()
    contents.seek(0)
    for signer in signers:
        with suppress(BadSignatureError, ValueError):
            signer.verify(signed, signature)
            return
    raise Stopped(
        "nothing was restored: this is no backup that we signed. If it is older than PORTAL_SECRET, add the line"
        " `signed by …` of then to the file of --identity"
    )


def delete_older(folder: Path, days: int) -> list[Path]:
    """Delete backups that are more than `days` days old by their names; return them."""
    first = f"{today() - timedelta(days=days)}"
    old = [path for path in folder.iterdir() if (name := NAME.fullmatch(path.name)) and name[1] < first]
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

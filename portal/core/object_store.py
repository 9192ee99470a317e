"""Files at a provider of object storage (`PORTAL_FILES_URL`), moved there from their column once a night.

A file is always written to its column first, in the transaction of its row, as if there were no provider. At night a
worker seals it with a key of its own, puts it there under a random name, and then writes a reference in its place. So:

- Nobody who sends a file waits for the provider, and while that is down nothing is lost: the file stays in the column.
- A reference is only written after the provider has confirmed the object: no row is without its file.
- The reference holds the only key. When the row is erased, the object cannot be opened any more, whoever kept a copy;
  a sweep deletes it within the hour and tries again until the provider has confirmed it.
- The provider sees sealed and padded bytes, random names, the day (not the hour) on which a file came, the hour in
  which one was deleted, and when one is read. It never sees which feature, place or report an object belongs to.

A `StoredObject` is committed before its object is put, so an object that no row came to name is found and deleted too.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import click
from flask.cli import AppGroup
from nacl.bindings import sodium_pad, sodium_unpad
from nacl.secret import SecretBox
from nacl.utils import random
from sqlalchemy import (
    ColumnElement,
    Index,
    LargeBinary,
    String,
    and_,
    delete,
    func,
    literal,
    not_,
    select,
    true,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from portal.config import BadSettings
from portal.core.clock import now
from portal.core.db import Base, db, random_id, session, table
from portal.core.jobs.engine import each_row
from portal.core.logs import LogEvent
from portal.core.portal import Portal, current_portal
from portal.core.statuses import FileAway

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig, S3Store

MARK = b"\x00object\x01"
NAME_BYTES = 16
NAMED = len(MARK) + NAME_BYTES
REFERENCE_BYTES = NAMED + SecretBox.KEY_SIZE
PADDED_TO = 16 * 1024
SMALLEST = 4 * 1024
"""Smaller contents stay in the row: an object would be slower and save nothing."""
PUT_WITHIN, UNNAMED_AFTER = timedelta(minutes=30), timedelta(hours=1)
BATCH = 20
TIMES: ClientConfig = {"connect_timeout": "3s", "timeout": "30s"}
RETRIES: RetryConfig = {"max_retries": 1, "retry_timeout": timedelta(seconds=20)}
NOT_TAKEN = LogEvent(
    "files.not_taken",
    logging.WARNING,
    "the provider of files takes none; they stay in the database",
)
NOT_DELETED = LogEvent("files.not_deleted", logging.WARNING, "the provider of files deletes none; they are tried again")


class StoredObject(Base):
    """An object at the provider, and the row that names it."""

    __tablename__ = "core_stored_object"
    __table_args__ = (Index(None, "held", "row_id"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    mark: Mapped[bytes] = mapped_column(LargeBinary)
    """How the reference to it begins: `MARK` and its name."""
    held: Mapped[str] = mapped_column(String(40))
    """The `HeldFiles` that it belongs to."""
    row_id: Mapped[int]
    made_at: Mapped[datetime]


EVERY_ROW: ColumnElement[bool] = true()


@dataclass(frozen=True)
class HeldFiles:
    """A column whose contents may be at the provider; a feature declares it, and reads it with `content_of()`."""

    model: type[Base]
    column: str
    which: ColumnElement[bool] = EVERY_ROW
    """The rows that hold files."""

    @property
    def name(self) -> str:
        return table(self.model).name

    @property
    def content(self) -> Any:
        return table(self.model).c[self.column]

    @property
    def id(self) -> Any:
        return table(self.model).c.id


def start(app: Portal) -> None:
    """Check that what the settings ask for is installed. Raises `BadSettings`."""
    if app.settings.files_url and find_spec("obstore") is None:
        raise BadSettings("PORTAL_FILES_URL: the obstore package is not installed, see requirements/more.txt")


def content_of(stored: bytes) -> bytes:
    """Return a file from what its column holds: itself, or the reference to an object. Raises `FileAway`."""
    if len(stored) != REFERENCE_BYTES or not stored.startswith(MARK):
        return stored
    try:
        return _unsealed(_get(_name(stored)), stored[NAMED:])
    except Exception as problem:
        # Its own text could name the bucket; that of its cause is not logged either.
        raise FileAway from problem


def move_files() -> None:
    """Move every file that is still in its column to the provider; one that fails stays, for the next night."""
    if not current_portal.settings.files_url:
        return
    if any(_takes_none(held) for held in current_portal.held_files):
        NOT_TAKEN.log()
    else:
        db.forget_journal()


def _takes_none(held: HeldFiles) -> bool:
    """Move the files of one column; return True as soon as a whole batch fails: then the provider is away."""
    last = 0
    while ids := _unmoved(held, last):
        last = ids[-1]
        if each_row(ids, partial(_move, held)) == len(ids):
            return True
    return False


def _unmoved(held: HeldFiles, last: int) -> list[int]:
    with db.work():
        large = func.length(held.content) > SMALLEST
        asked = select(held.id).select_from(table(held.model)).where(held.which, large, held.id > last)
        return list(session.scalars(asked.order_by(held.id).limit(BATCH)))


def _move(held: HeldFiles, row_id: int) -> None:
    """Put one file, then write the reference, unless the row was changed or erased meanwhile."""
    content = session.scalar(select(held.content).where(held.id == row_id))
    if content is None or len(content) <= SMALLEST:
        return
    content = bytes(content)
    key, mark = random(SecretBox.KEY_SIZE), MARK + random(NAME_BYTES)
    made = now()
    with db.work():
        db.insert(StoredObject, id=random_id(), mark=mark, held=held.name, row_id=row_id, made_at=made)
    _put(_name(mark), _sealed(content, key))
    if now() - made > PUT_WITHIN:
        return
    with db.work():
        unchanged = and_(held.id == row_id, held.content == content)
        session.execute(update(table(held.model)).where(unchanged).values({held.column: mark + key}))


def sweep_objects() -> None:
    """Delete the objects that no row names; what cannot be deleted now is tried again the next time."""
    if current_portal.settings.files_url and any(_deletes_none(held) for held in current_portal.held_files):
        NOT_DELETED.log()


def _deletes_none(held: HeldFiles) -> bool:
    """Delete what no row of one column names; return True as soon as a whole batch fails."""
    last = 0
    while found := _unnamed(held, last):
        last = found[-1][0]
        if each_row(found, _erase) == len(found):
            return True
    return False


def _unnamed(held: HeldFiles, last: int) -> list[tuple[int, bytes]]:
    """Return id and mark of objects whose row is gone or holds something else."""
    with db.work():
        named = held.id == StoredObject.row_id, func.substr(held.content, 1, NAMED) == StoredObject.mark
        asked = select(StoredObject.id, StoredObject.mark).where(
            StoredObject.held == held.name,
            StoredObject.made_at < now() - UNNAMED_AFTER,
            StoredObject.id > last,
            not_(select(literal(1)).select_from(table(held.model)).where(*named).exists()),
        )
        return [(row.id, bytes(row.mark)) for row in session.execute(asked.order_by(StoredObject.id).limit(BATCH))]


def _erase(found: tuple[int, bytes]) -> None:
    _delete(_name(found[1]))
    session.execute(delete(StoredObject).where(StoredObject.id == found[0]))


def bring_files_back() -> int:
    """Write every file back into its column, before the provider is left; return how many could not be had."""
    failed = 0
    for held in current_portal.held_files:
        last = 0
        while ids := _moved(held, last):
            last = ids[-1]
            failed += each_row(ids, partial(_bring, held))
    return failed


def _moved(held: HeldFiles, last: int) -> list[int]:
    with db.work():
        asked = select(StoredObject.row_id).where(StoredObject.held == held.name, StoredObject.row_id > last)
        return list(session.scalars(asked.distinct().order_by(StoredObject.row_id).limit(BATCH)))


def _bring(held: HeldFiles, row_id: int) -> None:
    stored = session.scalar(select(held.content).where(held.id == row_id))
    if stored is not None and bytes(stored).startswith(MARK):
        same = and_(held.id == row_id, held.content == stored)
        session.execute(update(table(held.model)).where(same).values({held.column: content_of(bytes(stored))}))


@dataclass(frozen=True)
class FilesState:
    """What is at the provider, and what is not as it should be."""

    objects: int
    missing: int
    """Objects that a row names and the provider does not have."""
    unknown: tuple[str, ...]
    """Objects that no `StoredObject` names: put after the backup that this database was restored from, or foreign."""


def state_of_files() -> FilesState:
    """Compare the provider's list of objects with ours. Raises `FileAway`."""
    try:
        there = set(_list())
    except Exception as problem:
        raise FileAway from problem
    with db.work():
        ours = {_name(bytes(mark)) for mark in session.scalars(select(StoredObject.mark))}
    return FilesState(len(ours), len(ours - there), tuple(sorted(there - ours)))


def erase_objects(names: Iterable[str]) -> None:
    """Delete objects by name: only after a restore for good, never from a copy that is tried out."""
    for name in names:
        _delete(name)


def count_outside() -> int:
    """Return how many files are at the provider, and so in no backup of the database."""
    return session.scalar(select(func.count()).select_from(StoredObject)) or 0


def _name(reference: bytes) -> str:
    return reference[len(MARK) : NAMED].hex()


def _sealed(content: bytes, key: bytes) -> bytes:
    return bytes(SecretBox(key).encrypt(sodium_pad(content, PADDED_TO)))


def _unsealed(box: bytes, key: bytes) -> bytes:
    return sodium_unpad(SecretBox(key).decrypt(box), PADDED_TO)


def _put(name: str, box: bytes) -> None:
    _store().put(name, box)


def _get(name: str) -> bytes:
    return bytes(_store().get(name).bytes())


def _delete(name: str) -> None:
    try:
        _store().delete(name)
    except FileNotFoundError:
        return


def _list() -> Iterator[str]:
    for some in _store().list():
        yield from (one["path"] for one in some)


def _store() -> S3Store:
    url = current_portal.settings.files_url
    if not url:
        raise FileAway
    return _opened(url)


# Opened at the first use, and so in each forked process anew: the library has threads of its own.
@cache
def _opened(url: str) -> S3Store:
    from obstore.store import S3Store

    # Options that are given take the place of all those in the environment.
    plain: ClientConfig = {"allow_http": os.environ.get("AWS_ALLOW_HTTP", "").lower() == "true"}
    return S3Store.from_url(url, client_options=TIMES | plain, retry_config=RETRIES)


files = AppGroup("files", help="Files in object storage.")
AWAY = "The provider cannot be reached, or PORTAL_FILES_URL is empty."


@files.command("check")
@click.option("--erase-unknown", is_flag=True, help="Delete objects that this database does not know.")
def check(erase_unknown: bool) -> None:
    """Compare the provider's objects with the database; ends with 1 if something is missing or unknown."""
    try:
        found = state_of_files()
        if erase_unknown:
            erase_objects(found.unknown)
    except FileAway:
        raise click.ClickException(AWAY) from None
    click.echo(f"objects: {found.objects}, missing: {found.missing}, unknown: {len(found.unknown)}")
    if erase_unknown and found.unknown:
        click.echo("The unknown ones are deleted.")
    if found.missing or (found.unknown and not erase_unknown):
        raise SystemExit(1)


@files.command("move")
def move() -> None:
    """Move files to the provider now, instead of tonight."""
    move_files()
    click.echo(f"objects: {count_outside()}")


@files.command("bring-back")
def bring_back() -> None:
    """Write every file back into the database, before PORTAL_FILES_URL is emptied; the objects go within two hours."""
    failed = bring_files_back()
    click.echo(f"files that stayed: {failed}")
    if failed:
        raise SystemExit(1)

"""Keeping a file in packed parts, so that any worker can read it on, and giving it back in pieces."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from hashlib import sha256
from tempfile import TemporaryFile
from typing import IO

from sqlalchemy import delete, select

from portal.core.clock import now
from portal.core.db import db, random_id, session
from portal.indicators.imports.models import Upload, UploadPart
from portal.indicators.imports.packing import FAST
from portal.indicators.imports.rules.states import State
from portal.indicators.rules.measures import FileKind

PART = 1024 * 1024
LONGEST_NAME = 120


def keep_upload(sent: IO[bytes], name: str, kind: FileKind, member_id: int, source_id: int | None = None) -> Upload:
    """Keep a file that was sent in; it is erased when it is taken over, left alone, or a day old.

    It is read and packed into a file first: the database is not kept from others meanwhile.
    """
    digest, size, lengths = sha256(), 0, []
    with TemporaryFile() as packed:
        while piece := sent.read(PART):
            digest.update(piece)
            size += len(piece)
            lengths.append(packed.write(zlib.compress(piece, FAST)))
        packed.seek(0)
        upload = Upload(
            id=random_id(),
            member_id=member_id,
            kind=kind.value,
            source_id=source_id,
            file_name=_plain(name),
            digest=digest.hexdigest(),
            size=size,
            sent_at=now(),
            state=State.SENT.value,
        )
        session.add(upload)
        session.flush()
        for part, length in enumerate(lengths):
            db.insert(UploadPart, upload_id=upload.id, part=part, content=packed.read(length))
    return upload


def pieces(upload_id: int) -> Iterator[bytes]:
    """The file in pieces, each read in a transaction of its own: for jobs, and as slowly as they like."""
    part = 0
    while True:
        with db.work():
            asked = select(UploadPart.content).where(UploadPart.upload_id == upload_id, UploadPart.part == part)
            packed = session.scalar(asked)
        if packed is None:
            return
        yield zlib.decompress(packed)
        part += 1


def content_of(upload: Upload) -> bytes:
    """A whole file, where it is known to be small."""
    asked = select(UploadPart.content).where(UploadPart.upload_id == upload.id).order_by(UploadPart.part)
    return b"".join(zlib.decompress(packed) for packed in session.scalars(asked))


def erase_upload(upload: Upload) -> None:
    """Erase a file and all that was read in it."""
    session.execute(delete(UploadPart).where(UploadPart.upload_id == upload.id))
    session.delete(upload)
    session.flush()
    # What is erased in the file of the database still stands in its journal.
    db.after_commit(db.forget_journal)


def _plain(name: str) -> str:
    """The name of a file as it may be shown: no folder, nothing that a terminal or a page could obey."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(sign for sign in last if sign.isprintable())[:LONGEST_NAME] or "?"

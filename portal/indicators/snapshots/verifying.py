"""Whether the published snapshots are what they were: every hash, each in the one after it, none missing."""

from __future__ import annotations

from datetime import date

from pydantic import ValidationError
from sqlalchemy import select

from portal.core.db import session
from portal.indicators.snapshots.document import Document, canonical, digest
from portal.indicators.snapshots.models import Snapshot, SnapshotLog


def broken() -> list[tuple[date, str]]:
    """What is wrong with the snapshots, by their day: "hash", "form", "chain", "log". Empty if nothing is."""
    found, before = list[tuple[date, str]](), None
    rows = session.execute(select(Snapshot.frozen_on, Snapshot.digest, Snapshot.content).order_by(Snapshot.frozen_on))
    for row in rows:
        if digest(row.content) != row.digest:
            found.append((row.frozen_on, "hash"))
        try:
            document = Document.model_validate_json(row.content)
        except ValidationError:
            found.append((row.frozen_on, "form"))
            before = row.digest
            continue
        if canonical(document) != row.content or document.frozen_on != row.frozen_on.isoformat():
            found.append((row.frozen_on, "form"))
        if document.previous != before:
            found.append((row.frozen_on, "chain"))
        before = row.digest
    return sorted(found + [(day, "log") for day in _unlike_the_log()])


def _unlike_the_log() -> set[date]:
    """The days on which there is a snapshot that the log does not know, or the log knows one that is not there."""
    rows = session.scalars(select(SnapshotLog).order_by(SnapshotLog.height)).all()
    there = {(row.frozen_on, row.digest) for row in session.execute(select(Snapshot.frozen_on, Snapshot.digest))}
    logged = {(row.frozen_on, row.digest) for row in rows}
    gaps = {row.frozen_on for height, row in enumerate(rows, 1) if row.height != height}
    return gaps | {day for day, _digest in there ^ logged}

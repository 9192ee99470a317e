"""Keeping a snapshot, and what the next one would look like."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date

from sqlalchemy import insert, select

from portal.core.clock import now
from portal.core.db import db, session
from portal.core.edition import publish_edition
from portal.indicators.snapshots.document import canonical, digest
from portal.indicators.snapshots.drafting import Draft
from portal.indicators.snapshots.models import FrozenCount, Preview, Snapshot
from portal.indicators.snapshots.queries import history


def keep(made: Draft) -> str | None:
    """Publish a snapshot and return its hash; None if there is one of that day or a later one by now."""
    day = date.fromisoformat(made.document.frozen_on)
    with db.work():
        # What was read before was only read: a reader that begins to write fails as soon as somebody else has written.
        db.begin_writing()
        known = history()
        if known and known[0][0] >= day:
            return None
        if made.document.previous != (known[0][1] if known else None):
            return None
        content = canonical(made.document)
        session.add(Snapshot(frozen_on=day, digest=digest(content), content=content, **asdict(made.warnings)))
        rows = [cell._asdict() | one._asdict() for cell, one in made.new.items()]
        if rows:
            session.execute(insert(FrozenCount), rows)
        publish_edition()
    return digest(content)


def keep_preview(made: Draft | None) -> None:
    """Write down what a snapshot of today's figures would show."""
    content = {"rows": [asdict(one) for one in made.hidden], "warnings": asdict(made.warnings)} if made else {}
    with _preview() as row:
        row.made_at, row.content, row.progress = now(), json.dumps(content), None


def keep_progress(percent: int | None) -> None:
    """Write down how far a worker is; None once it is done."""
    with _preview() as row:
        row.progress = percent


@contextmanager
def _preview() -> Iterator[Preview]:
    with db.work():
        db.begin_writing()
        row = session.scalars(select(Preview)).first()
        if row is None:
            row = Preview(content="{}")
            session.add(row)
        yield row

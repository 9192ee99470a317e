"""Published snapshots, read once in each process: they never change."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from flask import current_app
from sqlalchemy import select

from portal.config import Settings
from portal.core.clock import now, zone
from portal.core.db import session
from portal.core.errors import NotFound
from portal.indicators.snapshots.document import Document
from portal.indicators.snapshots.models import Preview, Snapshot
from portal.indicators.snapshots.rules import days

KEPT = 4
"""Documents that a process keeps: the latest and a few that somebody looks up."""


@dataclass(frozen=True)
class Frozen:
    """A snapshot and what it is known by."""

    digest: str
    document: Document


def latest() -> Frozen | None:
    """The newest snapshot, if there is one."""
    digest = session.scalar(select(Snapshot.digest).order_by(Snapshot.frozen_on.desc()).limit(1))
    return snapshot(digest) if digest else None


def snapshot(digest: str) -> Frozen:
    """The snapshot with a hash. Raises `NotFound`."""
    return Frozen(digest, _document(digest))


def content_of(digest: str) -> bytes:
    """The bytes that were hashed. Raises `NotFound`."""
    asked = digest if re.fullmatch(r"[0-9a-f]{64}", digest) else ""
    found = session.scalar(select(Snapshot.content).where(Snapshot.digest == asked))
    if found is None:
        raise NotFound
    return found


def history() -> Sequence[tuple[date, str]]:
    """The day and the hash of every snapshot, the newest first."""
    rows = session.execute(select(Snapshot.frozen_on, Snapshot.digest).order_by(Snapshot.frozen_on.desc()))
    return [(row.frozen_on, row.digest) for row in rows]


@lru_cache(maxsize=KEPT)
def _document(digest: str) -> Document:
    return Document.model_validate_json(content_of(digest))


def due() -> date:
    """The day on which a snapshot was due last."""
    settings: Settings = current_app.extensions["settings"]
    return days.due_on(settings.snapshot_day, now().astimezone(zone()))


def next_day() -> date:
    """The day on which one is due next."""
    settings: Settings = current_app.extensions["settings"]
    return days.next_on(settings.snapshot_day, now().astimezone(zone()))


@dataclass(frozen=True)
class Outlook:
    """What the next snapshot would show and hide, as a worker reckoned it: rows of measure, shown, small, besides."""

    made_at: datetime | None
    rows: Sequence[Mapping[str, Any]]
    warnings: Mapping[str, int]
    progress: int | None
    """In percent, while a worker reckons."""


def outlook() -> Outlook | None:
    """The last reckoning of the next snapshot."""
    found = session.scalars(select(Preview)).first()
    if found is None:
        return None
    said: dict[str, Any] = json.loads(found.content)
    return Outlook(found.made_at, said.get("rows", ()), said.get("warnings", {}), found.progress)


def published() -> Sequence[Snapshot]:
    """Every snapshot with what was noted of how it was made, the newest first."""
    return session.scalars(select(Snapshot).order_by(Snapshot.frozen_on.desc())).all()

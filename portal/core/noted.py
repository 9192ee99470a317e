"""Notes of when something was last done on this machine: a small file each in the data folder, without contents."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from portal.config import Settings
from portal.core.clock import now
from portal.core.portal import current_portal


class LastDone(StrEnum):
    """What is noted; the value is the name of its file."""

    BACKUP = "last-backup.json"
    LEAK_DRILL = "last-leak-drill.json"


def note(what: LastDone, settings: Settings, **facts: int) -> None:
    """Write down that it was done now, and what came of it in numbers."""
    part = settings.data_dir / f".{what}.part"
    part.touch(mode=0o600)
    part.write_text(json.dumps({"at": now().isoformat(), **facts}))
    part.replace(settings.data_dir / what)


def noted(what: LastDone, settings: Settings) -> tuple[datetime, int] | None:
    """Return when it was last done and how many faults it found; None if never, or if the note cannot be read."""
    try:
        found = json.loads((settings.data_dir / what).read_text())
        return datetime.fromisoformat(found["at"]).astimezone(UTC), int(found.get("faults", 0))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def note_backup(path: Path) -> str:
    """Write down that a backup was made now; return the SHA-256 of its file."""
    with path.open("rb") as source:
        digest = hashlib.file_digest(source, "sha256").hexdigest()
    folder = current_portal.settings.data_dir
    part = folder / f".{LastDone.BACKUP}.part"
    part.write_text(json.dumps({"at": now().isoformat(), "file": path.name, "sha256": digest}))
    part.replace(folder / LastDone.BACKUP)
    return digest


def last_backup() -> datetime | None:
    """Return when the last backup on this machine was made and proven; None if never."""
    try:
        found = json.loads((current_portal.settings.data_dir / LastDone.BACKUP).read_text())
        return datetime.fromisoformat(found["at"]).astimezone(UTC)
    except (OSError, ValueError, KeyError):
        return None

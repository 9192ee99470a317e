"""Notes of what was last done or found on this machine: a small file each in the data folder, without contents."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from portal.config import Settings
from portal.core.clock import now
from portal.core.portal import current_portal


class LastDone(StrEnum):
    """What is noted; the value is the name of its file."""

    BACKUP = "last-backup.json"
    RESTORE = "last-restore.json"
    LEAK_DRILL = "last-leak-drill.json"
    ALARM = "last-alarm.json"
    DESK_KEYS = "desk-keys.json"
    """The last vouched key of each desk, for when somebody exchanges it in the database."""


def note(what: LastDone, settings: Settings, **facts: Any) -> None:
    """Write down that it was done now, and what came of it."""
    part = settings.data_dir / f".{what}.part"
    part.touch(mode=0o600)
    part.write_text(json.dumps({"at": now().isoformat(), **facts}))
    part.replace(settings.data_dir / what)


def facts_of(what: LastDone, settings: Settings) -> dict[str, Any]:
    """Return what was noted last; empty if nothing was, or if the note cannot be read."""
    try:
        found = json.loads((settings.data_dir / what).read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def noted(what: LastDone, settings: Settings) -> tuple[datetime, int] | None:
    """Return when it was last done and how many faults it found; None if never, or if the note cannot be read."""
    found = facts_of(what, settings)
    try:
        return datetime.fromisoformat(found["at"]).astimezone(UTC), int(found.get("faults", 0))
    except (ValueError, KeyError, TypeError):
        return None


def note_backup(path: Path, number: int) -> str:
    """Write down that a backup was made now; return the SHA-256 of its file."""
    with path.open("rb") as source:
        digest = hashlib.file_digest(source, "sha256").hexdigest()
    note(LastDone.BACKUP, current_portal.settings, file=path.name, sha256=digest, number=number)
    return digest


def newest_backup() -> int:
    """Return the highest number of a backup that was made or restored on this machine; 0 if none was."""
    facts = (facts_of(what, current_portal.settings) for what in (LastDone.BACKUP, LastDone.RESTORE))
    return max(int(found.get("number", 0)) for found in facts)

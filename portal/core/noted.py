"""Notes of when something was last done on this machine: a small file each in the data folder, with no contents."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from enum import StrEnum

from portal.config import Settings
from portal.core.clock import now


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

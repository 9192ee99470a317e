"""When the last backup was made: a small file in the data folder, which holds nothing else."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path

from portal.core.clock import now
from portal.core.portal import current_portal

NOTED_IN = "last-backup.json"


def note_backup(path: Path) -> str:
    """Write down that a backup was made now; return the SHA-256 of its file."""
    with path.open("rb") as source:
        digest = hashlib.file_digest(source, "sha256").hexdigest()
    folder = current_portal.settings.data_dir
    part = folder / f".{NOTED_IN}.part"
    part.write_text(json.dumps({"at": now().isoformat(), "file": path.name, "sha256": digest}))
    part.replace(folder / NOTED_IN)
    return digest


def last_backup() -> datetime | None:
    """Return when the last backup on this machine was made and proven; None if never."""
    try:
        noted = json.loads((current_portal.settings.data_dir / NOTED_IN).read_text())
        return datetime.fromisoformat(noted["at"]).astimezone(UTC)
    except (OSError, ValueError, KeyError):
        return None

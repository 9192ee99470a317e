"""The data folder: readable by the portal's user only, whatever umask or copying did; small files in it as notes."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from portal.config import BadSettings, Settings
from portal.core.clock import now
from portal.core.portal import Portal, current_portal

OTHERS = 0o077
"""The permission bits of the group and of all others."""
BESIDE = ("", "-wal", "-shm", ".queue")
"""Suffixes of the files of a SQLite database."""


def start(app: Portal) -> None:
    """Create the data folder and close it to others. Raises `BadSettings` if it cannot be used."""
    settings: Settings = app.settings
    folder = settings.data_dir
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        close(settings)
    except OSError as error:
        where = error.filename or folder
        raise BadSettings(f"PORTAL_DATA_DIR or PORTAL_MEMORY_DIR: {where} cannot be used ({error.strerror})") from None
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        raise BadSettings(f"PORTAL_DATA_DIR: {folder} cannot be written to by the user that the portal runs as")


def close(settings: Settings) -> None:
    """Remove the permissions of others on stored files. Files of other users and shared folders stay as they are."""
    for path in open_to_others(settings):
        # SQLite's journals come and go.
        with suppress(PermissionError, FileNotFoundError):
            if not is_everybodys(path):
                path.chmod(path.stat().st_mode & ~OTHERS & 0o777)


def open_to_others(settings: Settings) -> list[Path]:
    """Return folders and files with stored data that others than their owner can access."""
    return [path for path in stored(settings) if path.exists() and path.stat().st_mode & OTHERS]


def stored(settings: Settings) -> Iterator[Path]:
    for folder in (settings.data_dir, settings.in_memory):
        yield folder
        if not is_everybodys(folder):
            yield from (path for path in folder.iterdir() if path.is_file() and not path.is_symlink())
    if (database := settings.sqlite_file) is not None:
        yield from (database.with_name(f"{database.name}{tail}") for tail in BESIDE)


def is_everybodys(folder: Path) -> bool:
    """Return whether this is a shared folder such as /tmp, which must stay open."""
    return bool(folder.stat().st_mode & stat.S_ISVTX)


class LastDone(StrEnum):
    """What is noted; the value is the name of its file."""

    BACKUP = "last-backup.json"
    RESTORE = "last-restore.json"
    LEAK_DRILL = "last-leak-drill.json"
    ALARM = "last-alarm.json"
    DESK_KEYS = "desk-keys.json"
    """The last vouched key of each desk, for when somebody exchanges it in the database."""


def note(what: LastDone, settings: Settings, **facts: Any) -> None:
    part = settings.data_dir / f".{what}.part"
    part.touch(mode=0o600)
    part.write_text(json.dumps({"at": now().isoformat(), **facts}))
    part.replace(settings.data_dir / what)


def facts_of(what: LastDone, settings: Settings) -> dict[str, Any]:
    """Return what was noted last; empty if nothing was, or if the note cannot be read."""
    try:
        facts = json.loads((settings.data_dir / what).read_text())
    except (OSError, ValueError):
        return {}
    return facts if isinstance(facts, dict) else {}


def noted(what: LastDone, settings: Settings) -> tuple[datetime, int] | None:
    """Return when it was last done and how many faults it found; None if never, or if the note cannot be read."""
    facts = facts_of(what, settings)
    try:
        return datetime.fromisoformat(facts["at"]).astimezone(UTC), int(facts.get("faults", 0))
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
    return max(int(noted_then.get("number", 0)) for noted_then in facts)

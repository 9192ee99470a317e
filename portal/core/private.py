"""What is stored can be read by the portal's own user only, whatever the umask was and however it was copied."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from portal.config import BadSettings, Settings
from portal.core.portal import Portal

OTHERS = 0o077
"""What the group and everybody else may do."""
BESIDE = ("", "-wal", "-shm", ".queue")
"""The ends of the names of a SQLite database's files."""


def start(app: Portal) -> None:
    """Make the data folder and close it to others. Raises `BadSettings` when nothing can be stored there."""
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
    """Take from others what they may do with stored files. What is somebody else's, or everybody's, stays as it is."""
    for path in open_to_others(settings):
        # Journals of SQLite come and go.
        with suppress(PermissionError, FileNotFoundError):
            if not is_everybodys(path):
                path.chmod(path.stat().st_mode & ~OTHERS & 0o777)


def open_to_others(settings: Settings) -> list[Path]:
    """Folders and files with stored data that more than their owner can reach."""
    return [path for path in stored(settings) if path.exists() and path.stat().st_mode & OTHERS]


def stored(settings: Settings) -> Iterator[Path]:
    """The folders with what is stored, and the files in them."""
    for folder in (settings.data_dir, settings.in_memory):
        yield folder
        if not is_everybodys(folder):
            yield from (path for path in folder.iterdir() if path.is_file() and not path.is_symlink())
    if (database := settings.sqlite_file) is not None:
        yield from (database.with_name(f"{database.name}{tail}") for tail in BESIDE)


def is_everybodys(folder: Path) -> bool:
    """Whether this is a place such as /tmp, which must stay open."""
    return bool(folder.stat().st_mode & stat.S_ISVTX)

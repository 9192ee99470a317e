"""File permissions: stored data is readable by the portal's own user only, whatever umask or copying did."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from portal.config import BadSettings, Settings
from portal.core.portal import Portal

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
    """Yield the folders with stored data, and the files in them."""
    for folder in (settings.data_dir, settings.in_memory):
        yield folder
        if not is_everybodys(folder):
            yield from (path for path in folder.iterdir() if path.is_file() and not path.is_symlink())
    if (database := settings.sqlite_file) is not None:
        yield from (database.with_name(f"{database.name}{tail}") for tail in BESIDE)


def is_everybodys(folder: Path) -> bool:
    """Return whether this is a shared folder such as /tmp, which must stay open."""
    return bool(folder.stat().st_mode & stat.S_ISVTX)

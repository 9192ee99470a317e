"""Folders in the data folder that are built once from files of the code, such as compressed static files."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path


def made_once(folder: Path, make: Callable[[Path], None]) -> Path:
    """Return `folder`, filled by `make` unless it exists.

    It appears complete or not at all, since several processes start at once. Raises what `make` raises.
    """
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(dir=folder.parent))
    try:
        make(aside)
        _rename(aside, folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return folder


def _rename(aside: Path, folder: Path) -> None:
    try:
        aside.rename(folder)
    except OSError:
        # Another process may have been faster.
        if not folder.is_dir():
            raise


def digest(parts: Iterable[bytes]) -> str:
    """Return a name for the content of some files."""
    return hashlib.blake2b(b"".join(parts), digest_size=6).hexdigest()

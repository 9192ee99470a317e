"""What is built once from files of the code: folders in the data folder such as compressed static files, and templates.

Compiled templates are kept beside their sources, as Python keeps its modules; compiling took a sixth of the start.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from pickle import UnpicklingError

from jinja2 import FileSystemBytecodeCache
from jinja2.bccache import Bucket

from portal.config import ROOT


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


class CompiledTemplates(FileSystemBytecodeCache):
    """Compiled templates in `folder`, keyed by name and source.

    An attacker who can write there can already write the templates. Where the portal cannot write, or the disk is full,
    it compiles them at each start.
    """

    def __init__(self, folder: Path) -> None:
        with suppress(OSError):
            folder.mkdir(exist_ok=True)
        super().__init__(str(folder), "%s.compiled")

    def load_bytecode(self, bucket: Bucket) -> None:
        """Load the cached bytecode, if it is readable."""
        try:
            super().load_bytecode(bucket)
        except (OSError, EOFError, ValueError, TypeError, UnpicklingError):
            # An incomplete file, for example after a power cut.
            bucket.reset()

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Write the bytecode to the cache, if possible."""
        with suppress(OSError):
            super().dump_bytecode(bucket)


COMPILED = CompiledTemplates(ROOT / "portal" / "templates" / "__pycache__")

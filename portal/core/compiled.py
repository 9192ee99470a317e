"""Templates are compiled once and kept beside them, as Python keeps its modules: a sixth of the start was theirs."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from pickle import UnpicklingError

from jinja2 import FileSystemBytecodeCache
from jinja2.bccache import Bucket

from portal.config import ROOT


class CompiledTemplates(FileSystemBytecodeCache):
    """What templates were compiled to, told apart by name and source, in `folder`.

    Whoever can write there can already write the templates. Where the portal cannot, or the disk is full, it
    compiles them at each start.
    """

    def __init__(self, folder: Path) -> None:
        with suppress(OSError):
            folder.mkdir(exist_ok=True)
        super().__init__(str(folder), "%s.compiled")

    def load_bytecode(self, bucket: Bucket) -> None:
        """Take what is kept, if it can be read."""
        try:
            super().load_bytecode(bucket)
        except (OSError, EOFError, ValueError, TypeError, UnpicklingError):
            # Half of it, after the power went.
            bucket.reset()

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep it, if that can be done."""
        with suppress(OSError):
            super().dump_bytecode(bucket)


COMPILED = CompiledTemplates(ROOT / "portal" / "templates" / "__pycache__")

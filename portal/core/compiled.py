"""A cache of compiled templates, kept beside them as Python keeps its modules; compiling took a sixth of the start."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from pickle import UnpicklingError

from jinja2 import FileSystemBytecodeCache
from jinja2.bccache import Bucket

from portal.config import ROOT


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

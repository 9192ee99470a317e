"""What stands in a file that leaves the house: a log, an export, a backup. What is packed is unpacked in memory."""

from __future__ import annotations

import gzip
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

MOST_BYTES = 2**30
"""More than that of one packed file is not read: it could be made to fill the memory."""


def texts_in(path: Path) -> Iterator[tuple[str, str]]:
    """The name of a file, or of a file in it, with its text."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as packed:
            for name in packed.namelist():
                with packed.open(name) as file:
                    yield f"{path.name}: {name}", f"{name}\n{_text(file.read(MOST_BYTES))}"
    elif tarfile.is_tarfile(path):
        with tarfile.open(path) as packed:
            for member in packed:
                inner = packed.extractfile(member) if member.isfile() else None
                yield f"{path.name}: {member.name}", f"{member.name}\n{_text(inner.read(MOST_BYTES) if inner else b'')}"
    elif path.suffix == ".gz":
        with gzip.open(path) as unpacked:
            yield path.name, _text(unpacked.read(MOST_BYTES))
    else:
        yield path.name, _text(path.read_bytes())


def _text(content: bytes) -> str:
    return content.decode("utf-8", "replace")

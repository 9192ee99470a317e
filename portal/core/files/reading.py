"""The words of a file, for the search and for the warning about hidden places.

A PDF may come from anybody, and taking its words out runs over whatever stands in it. So a process of its own does it,
which knows no secret of the portal and ends after some seconds, whatever the file holds.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from portal.core.files.kinds import Kind, told

SECONDS = 10
"""How long a worker waits; the process itself stops a little earlier."""
KNOWN_TO_IT = ("PATH", "LD_LIBRARY_PATH")


def words_in(kind: str, content: bytes) -> str:
    """What a file says; nothing for a picture, and nothing for what cannot be read in time."""
    match Kind(kind):
        case Kind.TEXT:
            return told(content.decode("utf-8", "replace"))
        case Kind.PDF:
            return told(_read_apart(content))
        case _:
            return ""


def _read_apart(content: bytes) -> str:
    command = [sys.executable, "-I", "-B", str(Path(__file__).with_name("pdf_words.py"))]
    known = {name: os.environ[name] for name in KNOWN_TO_IT if name in os.environ}
    try:
        # No shell, and nothing in the command comes from the file.
        done = subprocess.run(  # noqa: S603
            command, input=content, capture_output=True, timeout=SECONDS, env=known, check=False
        )
    except (subprocess.TimeoutExpired, OSError):
        return ""
    return done.stdout.decode("utf-8", "replace")

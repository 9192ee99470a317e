"""Reads somebody else's file in a process of its own, which knows no secret of the portal and is bounded.

A decoder runs over whatever stands in a file: it may ask for gigabytes, never end, fail in any way, or be taken over.
`program` is what runs there. It takes little time and memory (`program.confine`), and one file is read at a time.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from enum import StrEnum
from pathlib import Path
from threading import BoundedSemaphore

ROOT = Path(__file__).parents[3]
SECONDS = 30
"""How long we wait; of processor time the program gets less. A busy machine says nothing of a file."""
PROGRAM = "import sys; sys.path.insert(0, sys.argv[1]); from portal.core.files.program import main; main(sys.argv[2])"
KNOWN_TO_IT = ("PATH", "LD_LIBRARY_PATH")
STOPPED = (-signal.SIGKILL, -signal.SIGTERM)
_turn = BoundedSemaphore(1)


class FileTask(StrEnum):
    """What the program can do with a file."""

    WORDS = "words"
    CLEAN = "clean"
    SHRINK = "shrink"


class FileTrouble(StrEnum):
    """Why a file is not taken."""

    TOO_LARGE = "too_large"
    TOO_MANY_DOTS = "too_many_dots"
    OTHER_NAME = "other_name"
    OTHER_KIND = "other_kind"
    LOCKED = "locked"
    BROKEN = "broken"
    UNFINISHED = "unfinished"
    """Nothing is known of it: there was no time, or somebody stopped the program."""


class NotTaken(Exception):
    """A file that cannot be read as it should; `trouble` says why."""

    def __init__(self, trouble: FileTrouble) -> None:
        super().__init__(trouble)
        self.trouble = trouble


def done_apart(task: FileTask, content: bytes) -> bytes:
    """What the program makes of a file. Raises `NotTaken`; whatever a decoder stumbles over is `Trouble.BROKEN`."""
    code, said = run(task, content)
    if code in STOPPED:
        raise NotTaken(FileTrouble.UNFINISHED)
    if code or not said:
        raise NotTaken(FileTrouble.BROKEN)
    if said.startswith(b"!"):
        raise NotTaken(FileTrouble(said[1:].decode()))
    return said[1:]


def run(task: FileTask, content: bytes) -> tuple[int, bytes]:
    """How the program ended, and what it had said by then."""
    # -I keeps everything out that the environment or the folder could add; nothing in the command comes from the file.
    command = [sys.executable, "-I", "-B", "-c", PROGRAM, str(ROOT), task.value]
    known = {name: os.environ[name] for name in KNOWN_TO_IT if name in os.environ}
    if not _turn.acquire(timeout=SECONDS):
        raise NotTaken(FileTrouble.UNFINISHED)
    try:
        done = subprocess.run(  # noqa: S603
            command,
            input=content,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=SECONDS,
            env=known,
            check=False,
        )
    except (subprocess.TimeoutExpired, OSError):
        raise NotTaken(FileTrouble.UNFINISHED) from None
    finally:
        _turn.release()
    return done.returncode, done.stdout

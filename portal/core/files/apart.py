"""Process an uploaded file in a separate, confined process that holds no secret of the portal.

A decoder runs over untrusted content: it may ask for gigabytes, never end, fail in any way, or be taken over. `program`
is the code that runs there. Its time and memory are limited (`program.confine`), and one file is processed at a time.
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
"""Seconds to wait; the program gets less processor time, so that a busy machine does not decide about a file."""
PROGRAM = "import sys; sys.path.insert(0, sys.argv[1]); from portal.core.files.program import main; main(sys.argv[2])"
KNOWN_TO_IT = ("PATH", "LD_LIBRARY_PATH")
STOPPED = (-signal.SIGKILL, -signal.SIGTERM)
_turn = BoundedSemaphore(1)


class FileTask(StrEnum):
    WORDS = "words"
    CLEAN = "clean"
    SHRINK = "shrink"
    COVER = "cover"


class FileTrouble(StrEnum):
    TOO_LARGE = "too_large"
    TOO_MANY_DOTS = "too_many_dots"
    OTHER_NAME = "other_name"
    OTHER_KIND = "other_kind"
    LOCKED = "locked"
    BROKEN = "broken"
    UNFINISHED = "unfinished"
    """Nothing is known about the file: time ran out, or the program was stopped."""


class NotTaken(Exception):
    """A file that cannot be read as it should; `trouble` says why."""

    def __init__(self, trouble: FileTrouble) -> None:
        super().__init__(trouble)
        self.trouble = trouble


def done_apart(task: FileTask, content: bytes) -> bytes:
    """Return the program's result for a file. Raises `NotTaken`; a decoder's failure is `FileTrouble.BROKEN`."""
    code, output = run(task, content)
    if code in STOPPED:
        raise NotTaken(FileTrouble.UNFINISHED)
    if code or not output:
        raise NotTaken(FileTrouble.BROKEN)
    if output.startswith(b"!"):
        raise NotTaken(FileTrouble(output[1:].decode()))
    return output[1:]


def run(task: FileTask, content: bytes) -> tuple[int, bytes]:
    """Return the program's exit code, and its output up to then."""
    # -I ignores the environment and the current folder; nothing in the command comes from the file.
    command = [sys.executable, "-I", "-B", "-c", PROGRAM, str(ROOT), task.value]
    environment = {name: os.environ[name] for name in KNOWN_TO_IT if name in os.environ}
    if not _turn.acquire(timeout=SECONDS):
        raise NotTaken(FileTrouble.UNFINISHED)
    try:
        done = subprocess.run(  # noqa: S603
            command,
            input=content,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=SECONDS,
            env=environment,
            check=False,
        )
    except (subprocess.TimeoutExpired, OSError):
        raise NotTaken(FileTrouble.UNFINISHED) from None
    finally:
        _turn.release()
    return done.returncode, done.stdout

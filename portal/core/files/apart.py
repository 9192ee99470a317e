"""Process an uploaded file in a separate, confined process that holds no secret of the portal.

A decoder runs over untrusted content: it may ask for gigabytes, never end, fail in any way, or be taken over. So each
file gets a process of its own, whose time and memory are limited (`program.confine`), and one file is processed at a
time. These are forked by a parent that has loaded the libraries and nothing else: it begins with the first file as a
new program, without our memory, settings or open files, reads no file itself, and ends when we end or ask no more.
"""

from __future__ import annotations

import atexit
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from threading import BoundedSemaphore
from typing import NamedTuple

ROOT = Path(__file__).parents[3]
SECONDS = 30
"""Seconds to wait; the program gets less processor time, so that a busy machine does not decide about a file."""
PROGRAM = "import sys; sys.path.insert(0, sys.argv[1]); from portal.core.files.program import serve; serve()"
KNOWN_TO_IT = ("PATH", "LD_LIBRARY_PATH")
STOPPED = (-signal.SIGKILL, -signal.SIGTERM)
PIECE = 1 << 20
MOST_BYTES = 64 << 20
"""Of an output: more than any file that is kept, and less than fills our memory."""
CELLS_A_SIDE = 10
MASK_BYTES = -(-(CELLS_A_SIDE**2) // 8)
# Names of the kind in a file's first box: one picture of HEVC, several, or either; telephones write all of them.
HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")


class FileTask(StrEnum):
    WORDS = "words"
    PDF = "pdf"
    PNG = "png"
    JPEG = "jpg"
    SHRINK = "shrink"
    COVER = "cover"


class FileTrouble(StrEnum):
    TOO_LARGE = "too_large"
    TOO_MANY_DOTS = "too_many_dots"
    OTHER_KIND = "other_kind"
    LOCKED = "locked"
    BROKEN = "broken"
    UNFINISHED = "unfinished"
    """Nothing is known about the file: time ran out, or the program was stopped."""
    NO_ROOM = "no_room"
    """Too many came within the hour: nobody looked at it."""


class NotTaken(Exception):
    """A file that cannot be read as it should; `trouble` says why."""

    def __init__(self, trouble: FileTrouble) -> None:
        super().__init__(trouble)
        self.trouble = trouble


def is_heic(head: bytes) -> bool:
    return head[4:8] == b"ftyp" and head[8:12] in HEIC_BRANDS


def rebuilt(content: bytes) -> bytes:
    """Return a picture that came by text, of any of these kinds, as a new, smaller JPEG. Raises `NotTaken`."""
    return done_apart(FileTask.SHRINK, content)


def covered(jpeg: bytes, cells: Iterable[int]) -> bytes:
    """Return a JPEG of `rebuilt` with cells of a grid painted black, numbered row by row. Raises `NotTaken`."""
    mask = sum({1 << cell for cell in cells})
    return done_apart(FileTask.COVER, mask.to_bytes(MASK_BYTES) + jpeg)


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


class Parent(NamedTuple):
    """The process that forks others, and the socket over which it is asked."""

    process: subprocess.Popen[bytes]
    control: socket.socket
    ours: int
    """The id of the process that started it: one that was forked since starts its own."""


_turn = BoundedSemaphore(1)
_parents: list[Parent] = []
"""None or one."""


def run(task: FileTask, content: bytes) -> tuple[int, bytes]:
    """Return the exit code of the process that was forked for the file, and its output up to then."""
    if not _turn.acquire(timeout=SECONDS):
        raise NotTaken(FileTrouble.UNFINISHED)
    try:
        code, output = _asked(_running(), task, content)
        if code not in (0, 1):
            # All children share a layout of the memory: whoever makes one crash should learn nothing for the next.
            end()
    except OSError:
        end()
        raise NotTaken(FileTrouble.UNFINISHED) from None
    except BaseException:
        # The next file must not get the answer about this one.
        end()
        raise
    finally:
        _turn.release()
    return code, output


def _running() -> Parent:
    if not _parents or _parents[0].process.poll() is not None or _parents[0].ours != os.getpid():
        end()
        control, theirs = socket.socketpair()
        # -I ignores the environment and the current folder; nothing in the command comes from a file.
        command = [sys.executable, "-I", "-B", "-c", PROGRAM, str(ROOT)]
        known = {name: os.environ[name] for name in KNOWN_TO_IT if name in os.environ}
        quiet = subprocess.DEVNULL
        with theirs:
            process = subprocess.Popen(  # noqa: S603
                command, stdin=theirs.fileno(), stdout=quiet, stderr=quiet, env=known, start_new_session=True
            )
        _parents.append(Parent(process, control, os.getpid()))
    return _parents[0]


def _asked(parent: Parent, task: FileTask, content: bytes) -> tuple[int, bytes]:
    until, output = time.monotonic() + SECONDS, b""
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            socket.send_fds(parent.control, [task.value.encode()], [theirs.fileno()])
        ours.settimeout(SECONDS)
        # A program that does not read its file to the end has failed, and its code says how.
        with suppress(BrokenPipeError, ConnectionResetError):
            ours.sendall(content)
            ours.shutdown(socket.SHUT_WR)
        with suppress(ConnectionResetError):
            while piece := ours.recv(PIECE):
                output += piece
                if len(output) > MOST_BYTES:
                    raise OSError
                ours.settimeout(max(0.001, until - time.monotonic()))
    parent.control.settimeout(max(0.001, until - time.monotonic()))
    return int(parent.control.recv(8) or -signal.SIGKILL), output


def end() -> None:
    """Kill the parent, and with it whatever it forked."""
    while _parents:
        parent = _parents.pop()
        parent.control.close()
        # The number of one that has ended and was waited for may be another's by now.
        if parent.ours == os.getpid() and parent.process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(parent.process.pid, signal.SIGKILL)
            parent.process.wait()


atexit.register(end)

"""Lets the program `counting` read a file, and watches over it.

It is a process of its own: texts that wait are not held up, its memory is given back, and whatever a file does to it
ends there.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterable
from threading import Timer
from typing import Any

from portal.config import ROOT

PATIENCE = 900
"""Seconds on the clock; of processor time the program gets less."""
PROGRAM = "import sys; sys.path.insert(0, sys.argv[1]); from portal.indicators.imports.counting import main; main()"
ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1", "PROJ_NETWORK": "OFF"}
"""All that it is told: no secret, and no address of anything."""


def count_apart(options: dict[str, Any], pieces: Iterable[bytes], fed: Callable[[int], bool]) -> dict[str, Any]:
    """What the program says of a file. After each piece `fed` is told how many bytes it got; False ends it."""
    # -I keeps everything out that the environment or the folder could add; nothing in the command comes from the file.
    command = [sys.executable, "-I", "-B", "-c", PROGRAM, str(ROOT)]
    with subprocess.Popen(  # noqa: S603
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=ENVIRONMENT
    ) as program:
        watch = Timer(PATIENCE, program.kill)
        watch.start()
        try:
            if not _feed(program, options, pieces, fed):
                program.kill()
            said = program.stdout.read() if program.stdout else b""
        finally:
            program.kill() if sys.exc_info()[0] else None
            watch.cancel()
        program.wait()
    if program.returncode:
        # The system or we ended it: it took too long or too much memory.
        return {"problem": "too_much"}
    found: dict[str, Any] = json.loads(said)
    return found


def _feed(
    program: subprocess.Popen[bytes], options: dict[str, Any], pieces: Iterable[bytes], fed: Callable[[int], bool]
) -> bool:
    assert program.stdin is not None
    so_far = 0
    try:
        with program.stdin as into:
            into.write(json.dumps(options).encode() + b"\n")
            for piece in pieces:
                into.write(piece)
                so_far += len(piece)
                if not fed(so_far):
                    return False
    except BrokenPipeError:
        # It has seen enough: something cannot be read, and it says what.
        return True
    return True

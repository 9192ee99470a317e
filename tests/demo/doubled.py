"""Demonstrations with stand-ins for their children, each told twice to stop: `python -m tests.demo.doubled FOLDER`.

Prints a line for each that did not end well. They are forks of this process, for what they import takes the longest.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from contextlib import suppress
from itertools import cycle, islice, product
from pathlib import Path

from demo import run

TIMES = 50
IDLE = ["sleep", "6000"]
PREPARING = ["sh", "-c", "echo preparing; exec sleep 6000"]
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
MOMENTS = {"beginning": "beginning", "preparing": "preparing", "starting": "Starting", "running": "Ctrl-C"}
"""When the first signal comes: after these words. The second follows at once, or after "Stopping"."""


def demonstration(folder: Path, moment: str) -> None:
    """What the fork does."""

    def start(children, *_given):
        for name in ("telephone company", "web server", "worker"):
            children.start(name, IDLE)

    def free_port():
        os.write(1, b"beginning\n")
        return 1

    stand_ins = {
        "wanted_port": lambda _asked: 1,
        "free_port": free_port,
        "check": lambda _environment: None,
        "PREPARE": PREPARING if moment == "preparing" else ["true"],
        "start": start,
        "answers": lambda *_: moment != "starting",
        "first_part": lambda _folder: "",
    }
    for name, stand_in in stand_ins.items():
        setattr(run, name, stand_in)
    os.environ["PORTAL_DATA_DIR"] = str(folder)
    run.main()


def fork(folder: Path, moment: str) -> tuple[int, int]:
    """The process and what it prints. Its stand-ins hold that too, so it ends when all are gone."""
    out, into = os.pipe()
    if pid := os.fork():
        os.close(into)
        return pid, out
    code = 1
    try:
        os.dup2(into, 1)
        os.dup2(into, 2)
        os.close(into)
        os.close(out)
        demonstration(folder, moment)
        code = 0
    finally:
        os._exit(code)


def read_until(out: int, words: str) -> str:
    """What is printed up to these words, or to the end."""
    said = b""
    while words.encode() not in said and (more := os.read(out, 4096)):
        said += more
    return said.decode()


def told_twice(folder: Path, moment: str, told: tuple[int, int], late: bool, pause: float) -> str:
    """What went wrong, if anything did."""
    pid, out = fork(folder, moment)
    said = read_until(out, MOMENTS[moment])
    os.kill(pid, told[0])
    if late:
        said += read_until(out, "Stopping")
    time.sleep(pause)
    with suppress(ProcessLookupError):
        os.kill(pid, told[1])
    said += read_until(out, "no such words")
    os.close(out)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return "" if code == 0 and "Traceback" not in said else f"{moment} {told} {late}: {code}, {said}"


def main() -> None:
    chance = random.Random(31)
    rounds = cycle(product(MOMENTS, (False, True)))
    for moment, late in islice(rounds, TIMES):
        told = (chance.choice(SIGNALS), chance.choice(SIGNALS))
        # Nothing prints "Stopping" that has started nothing yet.
        problem = told_twice(Path(sys.argv[1]), moment, told, late and moment != "beginning", chance.random() * 0.002)
        if problem:
            sys.stdout.write(f"{problem}\n")


if __name__ == "__main__":
    main()

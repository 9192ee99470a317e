"""Lets the program `reading` read a file, and believes nothing that it says without looking at it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from portal.meetings.calendars import reading
from portal.meetings.calendars.rules.problems import Problem

DAYS_AHEAD = timedelta(days=400)
PATIENCE = 60
"""Seconds on the clock, on a machine that is busy; of work it gets less."""
MOST_BYTES = reading.MOST_BYTES


@dataclass(frozen=True)
class Entry:
    """Something that a calendar holds."""

    starts_at: datetime
    ends_at: datetime
    whole_day: bool
    title: str
    venue: str


@dataclass(frozen=True)
class Held:
    """What a calendar holds, and how many of its events could not be read."""

    entries: tuple[Entry, ...]
    left_out: int


class NotImported(Exception):
    """Nothing was read."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.problem = problem


def read_file(content: bytes, zone: ZoneInfo, today: date) -> Held:
    """What a calendar file holds from today on, for a bit more than a year. Raises NotImported."""
    if len(content) > MOST_BYTES:
        raise NotImported(Problem.TOO_LARGE)
    # The script by its path, not the module: -I keeps everything out that the environment or the folder could add.
    program = [sys.executable, "-I", str(Path(reading.__file__))]
    try:
        done = subprocess.run(
            [*program, zone.key, today.isoformat(), (today + DAYS_AHEAD).isoformat()],
            input=content,
            capture_output=True,
            timeout=PATIENCE,
            env={},
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise NotImported(Problem.TOO_MUCH) from None
    if done.returncode < 0:
        # The system ended it: it took too long or too much memory.
        raise NotImported(Problem.TOO_MUCH)
    if done.returncode:
        raise NotImported(Problem.NO_CALENDAR)
    return _checked(json.loads(done.stdout))


def _checked(said: dict[str, Any]) -> Held:
    if "problem" in said:
        raise NotImported(Problem(said["problem"]))
    return Held(tuple(_entries(said["events"])), int(said["left_out"]))


def _entries(events: list[dict[str, Any]]) -> Iterator[Entry]:
    for one in events[: reading.MOST_FOUND]:
        starts, ends = (datetime.fromisoformat(one[name]) for name in ("starts", "ends"))
        if starts < ends:
            yield Entry(starts, ends, bool(one["whole_day"]), str(one["title"])[:120], str(one["venue"])[:120])

"""What time brings: a snapshot on its day at its hour, and each night a look at the next one."""

from __future__ import annotations

import logging
import time

from flask import current_app

from portal.core.db import db
from portal.core.jobs.engine import Engine
from portal.core.jobs.timetable import DAY, HOUR
from portal.indicators.snapshots.actions import keep, keep_preview, keep_progress
from portal.indicators.snapshots.drafting import draft
from portal.indicators.snapshots.queries import due, history, next_day

log = logging.getLogger("portal")
EVERY = 5.0
"""Seconds."""


def start(jobs: Engine) -> None:
    """Add it to the timetable. A day on which nobody worked is made up for within an hour."""
    jobs.timed("snapshot", HOUR, freeze)
    jobs.timed("next snapshot", DAY, look_ahead)


def freeze() -> None:
    """The hourly look whether a snapshot is due."""
    freeze_what_is_due()


def freeze_what_is_due() -> str | None:
    """Freeze the snapshot that was due last, as on its day, unless it is there. Returns the hash of a new one."""
    day = due()
    with db.work():
        known = history()
    if known and known[0][0] >= day:
        return None
    for prepare in current_app.extensions["before_snapshot"]:
        prepare()
    made = draft(day, _Progress())
    keep_progress(None)
    if made is None:
        return None
    digest = keep(made)
    if digest and made.warnings:
        # Counts of warnings are no figures; those stand nowhere in a log.
        log.warning("snapshot of %s: %s", day, made.warnings)
    return digest


def look_ahead() -> None:
    """Reckon what the next snapshot would show if the figures stayed as they are."""
    keep_preview(draft(next_day(), _Progress()))


class _Progress:
    """Writes down how far the reckoning is, now and then."""

    def __init__(self) -> None:
        self.last = time.monotonic()

    def __call__(self, done: float) -> None:
        if time.monotonic() - self.last > EVERY:
            self.last = time.monotonic()
            keep_progress(min(99, int(done * 100)))

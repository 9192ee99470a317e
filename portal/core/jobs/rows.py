"""Works through rows in a job so that a bad one never holds up another."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from flask import g

from portal.core.db import db
from portal.core.web import log_error

Row = TypeVar("Row")
log = logging.getLogger("portal.jobs")


def each_row(rows: Iterable[Row], work: Callable[[Row], object], *, begin: Callable[[Row], bool] | None = None) -> int:
    """Call `work` with each row in a unit of work of its own; returns how many failed.

    An error is logged without its text and ends the work on that row only. `work` may end its unit early with one
    that it opens itself, for example before it waits for another server. The timetable tries an entry again of which
    a row failed.

    `begin` is for work that could end the worker itself (somebody else's file, a long calculation). It counts the
    attempt, in a transaction that commits before the work starts, so that a worker that is killed has counted it too.
    A row for which it returns False is left out.
    """
    failed = 0
    for row in rows:
        try:
            if begin is not None and not _done(begin, row):
                continue
            _done(work, row)
        except Exception as error:  # noqa: BLE001 - this is the job runner
            failed += 1
            log.error("a row failed in %s", getattr(work, "__qualname__", "a job"))
            log_error(error)
    if failed:
        g.rows_failed = True
    return failed


def any_failed() -> bool:
    """Whether a row has failed in this context since this was asked last."""
    return bool(g.pop("rows_failed", False))


def _done(step: Callable[[Any], Any], row: object) -> Any:
    with db.work():
        return step(row)

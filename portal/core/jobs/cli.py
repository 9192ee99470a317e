"""`flask worker`: takes jobs from the engine until it is told to stop."""

from __future__ import annotations

import logging
import os
import sys
from datetime import timedelta
from typing import TYPE_CHECKING

import click
from flask import Flask, current_app

from portal.core import migrations
from portal.core.jobs import delivery
from portal.core.jobs.engine import current_engine
from portal.core.troubles import BEHIND

if TYPE_CHECKING:
    from huey.consumer import Consumer

LONGEST_REST = 0.5
"""Seconds between two looks into an idle SQLite queue; the other engines wake their workers by themselves."""
LEAVE_WITHIN = 12
"""Seconds that a worker is given to finish: longer than a provider is waited for."""


def start(app: Flask) -> None:
    """Add the command."""
    app.cli.add_command(worker)


@click.command()
@click.option("--threads", default=4, show_default=True, help="How many jobs at once.")
@click.option("--lease", type=float, help="Seconds until a text whose worker died is looked at again (default 120).")
def worker(threads: int, lease: float | None) -> None:
    """Send what is waiting, keep the timetable; stops gracefully on SIGTERM."""
    if lease is not None:
        current_app.extensions["lease"] = timedelta(seconds=lease)
    if migrations.is_behind():
        raise click.ClickException(BEHIND)
    engine = current_engine()
    consumer = engine.queue.create_consumer(
        workers=threads, max_delay=LONGEST_REST, graceful_signal="TERM", shutdown_timeout=LEAVE_WITHIN
    )
    # It speaks of its own time limit; `_leave` says what that means.
    logging.getLogger("huey.consumer").addFilter(lambda record: "Shutdown timeout" not in str(record.msg))
    click.echo(f"worker: {threads} threads, engine {engine.kind}, stops on SIGTERM or Ctrl-C")
    # Not by the timetable, which may have had its turn this minute before the last worker died.
    engine.guard("sweep", delivery.sweep)
    consumer.run()
    _leave(consumer)


def _leave(consumer: Consumer) -> None:
    """End the process here and now if a job still runs: it is done again at the next start."""
    if not any(thread.is_alive() for _worker, thread in consumer.worker_threads):
        return
    click.echo("worker: stopped; what was not finished is done at the next start")
    sys.stdout.flush()
    logging.shutdown()
    # Python would unwind the threads, and a job that is in HiGHS would abort at that.
    os._exit(0)

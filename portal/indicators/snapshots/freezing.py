"""Freezing: storing snapshots and previews, verifying them, the timed jobs, the commands and the team page."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date

import click
from flask import render_template
from pydantic import ValidationError
from sqlalchemy import insert, select

from portal.core.clock import now, today
from portal.core.db import db, session
from portal.core.logs import LogEvent
from portal.core.page_cache import renew_cache_version
from portal.core.portal import Hook
from portal.core.web import AudienceBlueprint, members
from portal.indicators.counts import measures
from portal.indicators.snapshots import snapshots
from portal.indicators.snapshots.drafting import SnapshotDraft, draft
from portal.indicators.snapshots.snapshots import (
    Document,
    FrozenCount,
    Preview,
    Snapshot,
    SnapshotLog,
    canonical,
    digest,
    due,
    history,
    next_day,
    outlook,
    published,
)


def keep(made: SnapshotDraft) -> str | None:
    """Publish a snapshot and return its hash; None if it no longer follows the newest one.

    That is the case if there is one of that day or a later one, or the newest one is not its predecessor.
    """
    day = date.fromisoformat(made.document.frozen_on)
    with db.work():
        # Begin as a writer: a read transaction that starts to write fails once another process has written.
        db.begin_writing()
        known = history()
        if known and known[0][0] >= day:
            return None
        if made.document.previous != (known[0][1] if known else None):
            return None
        content = canonical(made.document)
        session.add(Snapshot(frozen_on=day, digest=digest(content), content=content, **asdict(made.warnings)))
        rows = [cell._asdict() | one._asdict() for cell, one in made.new.items()]
        if rows:
            session.execute(insert(FrozenCount), rows)
        renew_cache_version()
    return digest(content)


def keep_preview(made: SnapshotDraft | None) -> None:
    """Store which counts a snapshot of today's figures would show and suppress."""
    content = {"rows": [asdict(one) for one in made.hidden], "warnings": asdict(made.warnings)} if made else {}
    with _preview() as row:
        row.made_at, row.content, row.progress = now(), json.dumps(content), None


def keep_progress(percent: int | None) -> None:
    """Store the progress of a worker; None once it is done."""
    with _preview() as row:
        row.progress = percent


@contextmanager
def _preview() -> Iterator[Preview]:
    with db.work():
        db.begin_writing()
        row = session.scalars(select(Preview)).first()
        if row is None:
            row = Preview(content="{}")
            session.add(row)
        yield row


def broken() -> list[tuple[date, str]]:
    """Return the problems of the snapshots, by day: "hash", "form", "chain", "log". Empty if there are none."""
    found, before = list[tuple[date, str]](), None
    rows = session.execute(select(Snapshot.frozen_on, Snapshot.digest, Snapshot.content).order_by(Snapshot.frozen_on))
    for row in rows:
        if digest(row.content) != row.digest:
            found.append((row.frozen_on, "hash"))
        try:
            document = Document.model_validate_json(row.content)
        except ValidationError:
            found.append((row.frozen_on, "form"))
            before = row.digest
            continue
        if canonical(document) != row.content or document.frozen_on != row.frozen_on.isoformat():
            found.append((row.frozen_on, "form"))
        if document.previous != before:
            found.append((row.frozen_on, "chain"))
        before = row.digest
    return sorted(found + [(day, "log") for day in _unlike_the_log()])


def _unlike_the_log() -> set[date]:
    """Return the days where snapshots and log differ: a snapshot missing from either, or a gap in the log."""
    rows = session.scalars(select(SnapshotLog).order_by(SnapshotLog.height)).all()
    there = {(row.frozen_on, row.digest) for row in session.execute(select(Snapshot.frozen_on, Snapshot.digest))}
    logged = {(row.frozen_on, row.digest) for row in rows}
    gaps = {row.frozen_on for height, row in enumerate(rows, 1) if row.height != height}
    return gaps | {day for day, _digest in there ^ logged}


DOUBTS = LogEvent(
    "snapshot.doubts",
    logging.WARNING,
    "snapshot of {day}: {known_before} known before, {unsolved} unsolved, {timed_out} timed out",
)
BEFORE_SNAPSHOT: Hook[Callable[[], None]] = Hook("before a snapshot")
"""Called before figures are read, for features whose results must be up to date with them."""
EVERY = 5.0
"""Seconds between two stored progress values."""


def freeze() -> None:
    """Freeze the snapshot if one is due; runs hourly."""
    freeze_what_is_due()


def freeze_what_is_due() -> str | None:
    """Freeze the snapshot that was due last, as of its day, unless it exists. Return the hash of a new one."""
    day = due()
    with db.work():
        known = history()
    if known and known[0][0] >= day:
        return None
    for prepare in BEFORE_SNAPSHOT.plugged():
        prepare()
    made = draft(day, _Progress())
    keep_progress(None)
    if made is None:
        return None
    digest = keep(made)
    if digest and made.warnings:
        # The warnings count problems; figures must never appear in a log.
        DOUBTS.log(day=day, **asdict(made.warnings))
    return digest


def look_ahead() -> None:
    """Compute and store a preview of the next snapshot from the current figures."""
    keep_preview(draft(next_day(), _Progress()))


class _Progress:
    """Stores the progress of a computation every `EVERY` seconds."""

    def __init__(self) -> None:
        self.last = time.monotonic()

    def __call__(self, done: float) -> None:
        if time.monotonic() - self.last > EVERY:
            self.last = time.monotonic()
            keep_progress(min(99, int(done * 100)))


@click.command("freeze")
@click.option("--dry-run", is_flag=True, help="Only say what the next snapshot would show and hide.")
def freeze_command(dry_run: bool) -> None:
    """Freeze the snapshot that is due, if the timetable has not; never before its day."""
    if dry_run:
        describe(draft(next_day()))
        return
    digest = freeze_what_is_due()
    click.echo(f"Frozen: {digest}" if digest else f"Nothing is due. The next day is {next_day()}.")


def describe(made: SnapshotDraft | None) -> None:
    """Print the new counts of a draft: for each measure how many are shown and how many are suppressed, and why."""
    if made is None:
        click.echo("There are no figures yet.")
        return
    document = made.document
    click.echo(f"{document.frozen_on}: {document.months[0]} to {document.months[-1]}, {len(document.places)} places.")
    for one in made.hidden:
        click.echo(f"{one.measure}: {one.shown} new counts shown, {one.small} small, {one.besides} hidden besides")
    if made.warnings:
        click.echo(f"Look at the page of snapshots before it is frozen: {made.warnings}")


@click.command("verify")
@click.option("--newest", default="", help="A hash that was kept elsewhere: it must be here.")
def verify(newest: str) -> None:
    """Check every snapshot's hash and form, that each names the one before it, and that none is missing."""
    with db.work():
        known, wrong = [digest for _day, digest in snapshots.history()], broken()
    if newest and newest not in known:
        wrong.append((today(), "newest: the one that was named is not here"))
    for day, what in wrong:
        click.echo(f"{day}: wrong {what}")
    if wrong:
        raise SystemExit(1)
    click.echo(f"{len(known)} snapshots, all as they were published.")


COMMANDS = (freeze_command, verify)


blueprint = AudienceBlueprint(
    "figures_snapshots",
    __name__,
    audience=members("evaluator", "community_lead"),
    url_prefix="/<lang:lang>/team/snapshots",
)
ROOMS = (blueprint,)


@blueprint.get("/")
def index() -> str:
    """The preview of the next snapshot, and all published ones."""
    return render_template(
        "indicators/snapshots.html",
        next_on=next_day(),
        outlook=outlook(),
        names={one.key: one.name for one in measures()},
        published=published(),
    )

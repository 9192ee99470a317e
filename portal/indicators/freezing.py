"""Freezing: storing and verifying snapshots, the timed job, the commands and the team page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import click
from flask import render_template
from flask.cli import AppGroup
from pydantic import ValidationError
from sqlalchemy import insert, select

from portal.core.clock import today
from portal.core.db import db, session
from portal.core.page_cache import renew_cache_version
from portal.core.portal import Hook
from portal.core.web import AudienceBlueprint, members
from portal.indicators import snapshots
from portal.indicators.counts import load_standard_measures
from portal.indicators.drafting import SnapshotDraft, draft
from portal.indicators.snapshots import FrozenCount, Snapshot, SnapshotLog, history, next_day
from portal.indicators.statistics import schema
from portal.indicators.statistics.protection import LEAST_MOVED
from portal.indicators.statistics.schema import Document


def keep(made: SnapshotDraft) -> str | None:
    """Publish a snapshot and return its hash; None if it is no longer later than the newest one and its successor."""
    day = date.fromisoformat(made.document.frozen_on)
    with db.work():
        # Begin as a writer: a read transaction that starts to write fails once another process has written.
        db.begin_writing()
        newest_on, newest = next(iter(history()), (date.min, None))
        if newest_on >= day or made.document.previous != newest:
            return None
        content = schema.canonical(made.document)
        session.add(Snapshot(frozen_on=day, digest=schema.digest(content), content=content))
        rows = [cell._asdict() | one._asdict() for cell, one in made.new.items()]
        if rows:
            session.execute(insert(FrozenCount), rows)
        session.add_all(made.lengths)
        renew_cache_version()
    return schema.digest(content)


def broken() -> list[tuple[date, str]]:
    """Return the problems of the snapshots, by day: "hash", "form", "chain", "log". Empty if there are none."""
    problems, before = list[tuple[date, str]](), None
    rows = select(Snapshot.frozen_on, Snapshot.digest, Snapshot.content).order_by(Snapshot.frozen_on)
    there = set()
    for day, digest, content in session.execute(rows):
        there.add((day, digest))
        if schema.digest(content) != digest:
            problems.append((day, "hash"))
        try:
            document = Document.model_validate_json(content)
        except ValidationError:
            problems.append((day, "form"))
        else:
            if schema.canonical(document) != content or document.frozen_on != day.isoformat():
                problems.append((day, "form"))
            if document.previous != before:
                problems.append((day, "chain"))
        before = digest
    # Unlike the log: a snapshot missing from either, or a gap in the log.
    log = session.scalars(select(SnapshotLog).order_by(SnapshotLog.height)).all()
    unlike = {entry.frozen_on for height, entry in enumerate(log, 1) if entry.height != height}
    unlike |= {day for day, _digest in there ^ {(entry.frozen_on, entry.digest) for entry in log}}
    return sorted(problems + [(day, "log") for day in unlike])


BEFORE_SNAPSHOT: Hook[Callable[[], None]] = Hook("before a snapshot")
"""Called before figures are read, for features whose results must be up to date with them."""


def freeze() -> None:
    freeze_what_is_due()


def freeze_what_is_due() -> str | None:
    """Freeze the snapshot that was due last, as of its day, unless it exists. Return the hash of a new one.

    If the day was changed since, nothing is due before the day that the pages name now.
    """
    day = snapshots.due()
    with db.work():
        frozen, announced = history(), snapshots.is_announced(day)
    if not announced or (frozen and frozen[0][0] >= day):
        return None
    for prepare in BEFORE_SNAPSHOT.plugged():
        prepare()
    made = draft(day)
    return keep(made) if made else None


@click.command("freeze")
def freeze_command() -> None:
    """Freeze the snapshot that is due, if the timetable has not; never before its day."""
    digest = freeze_what_is_due()
    click.echo(f"Frozen: {digest}" if digest else f"Nothing is due. The next day is {next_day()}.")


@click.command("verify")
@click.option("--newest", default="", help="A hash that was kept elsewhere: it must be here.")
def verify(newest: str) -> None:
    """Check every snapshot's hash and form, that each names the one before it, and that none is missing."""
    with db.work():
        digests, wrong = [digest for _day, digest in snapshots.history()], broken()
    if newest and newest not in digests:
        wrong.append((today(), "newest: the one that was named is not here"))
    for day, what in wrong:
        click.echo(f"{day}: wrong {what}")
    if wrong:
        raise SystemExit(1)
    click.echo(f"{len(digests)} snapshots, all as they were published.")


@click.command("audit")
def audit_command() -> None:
    """Ask of all snapshots together whether a hidden number can be worked out from them.

    Asked are one who knows what is published, and one who knows the rule too. It takes seconds for each year and place,
    and ends with 1 if a number can be narrowed to fewer values than it should have.
    """
    # Imported here because the solver is large; no web process calls this.
    from portal.indicators.statistics.audit import audit

    with db.work():
        documents = [snapshots.snapshot(digest).document for _day, digest in history()]
    narrowed = 0
    for knows_rule, words in ((False, "knows what is published"), (True, "knows the rule too")):
        hidden = audit(documents, knows_rule=knows_rule)
        closed = [one for one in hidden if not one.is_open]
        narrowed += len(closed)
        click.echo(f"Who {words}: {len(hidden)} hidden numbers, {len(closed)} narrowed.")
        for one in closed:
            first, last = one.cells[0], one.cells[-1]
            click.echo(f"  {first.measure}, {first.place or 'the city'}, {first.month} to {last.month}")
    if narrowed:
        raise SystemExit(1)


@click.command("seed")
def seed() -> None:
    """Add the measures that most cities begin with; what is there already stays as it is."""
    with db.work():
        new = load_standard_measures()
    click.echo(f"New measures: {new}.")


COMMANDS = AppGroup("indicators", help="Measures, monthly figures and what is published of them.")
for _command in (freeze_command, verify, audit_command, seed):
    COMMANDS.add_command(_command)


blueprint = AudienceBlueprint(
    "figures_snapshots",
    __name__,
    audience=members("evaluator", "community_lead"),
    url_prefix="/<lang:lang>/team/snapshots",
)


@blueprint.get("/")
def index() -> str:
    return render_template(
        "indicators/snapshots.html", next_on=next_day(), published=history(), least_moved=LEAST_MOVED
    )

"""`flask indicators freeze` and `flask indicators verify`."""

from __future__ import annotations

import click

from portal.core.clock import today
from portal.core.db import db
from portal.indicators.snapshots import queries
from portal.indicators.snapshots.drafting import Draft, draft
from portal.indicators.snapshots.jobs import freeze_what_is_due
from portal.indicators.snapshots.queries import next_day
from portal.indicators.snapshots.verifying import broken


@click.command("freeze")
@click.option("--dry-run", is_flag=True, help="Only say what the next snapshot would show and hide.")
def freeze(dry_run: bool) -> None:
    """Freeze the snapshot that is due, if the timetable has not; never before its day."""
    if dry_run:
        describe(draft(next_day()))
        return
    digest = freeze_what_is_due()
    click.echo(f"Frozen: {digest}" if digest else f"Nothing is due. The next day is {next_day()}.")


def describe(made: Draft | None) -> None:
    """Say what a snapshot has anew: of each measure how much is shown, and how much is hidden and why."""
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
        known, wrong = [digest for _day, digest in queries.history()], broken()
    if newest and newest not in known:
        wrong.append((today(), "newest: the one that was named is not here"))
    for day, what in wrong:
        click.echo(f"{day}: wrong {what}")
    if wrong:
        raise SystemExit(1)
    click.echo(f"{len(known)} snapshots, all as they were published.")


COMMANDS = (freeze, verify)

"""`flask retention`: show the deletion schedule, run it, hold a report and let it go."""

from __future__ import annotations

from typing import Any

import click
from flask.cli import AppGroup
from sqlalchemy import update

from portal.core.audit import record
from portal.core.clock import today
from portal.core.db import db, session
from portal.core.purge import count, purge
from portal.reports.reports import Thread
from portal.retention import KEPT, SCHEDULE

commands = AppGroup("retention", help="The deletion schedule.")


@commands.command("show")
def show() -> None:
    """Print what is erased, and after how long."""
    for rule in SCHEDULE:
        click.echo(f"{rule.what}: {rule.keeps}. Erased: {rule.how}.")
    for what, why in KEPT:
        click.echo(f"{what}: kept {why}.")


@commands.command("run")
def run_now() -> None:
    """Erase now what is over."""
    for rule in SCHEDULE:
        held = count(rule, rule.is_held)
        click.echo(f"{rule.what}: {purge(rule)} erased, {held} held")
    db.forget_journal()


@commands.command("hold")
@click.argument("thread_id", type=int)
def hold(thread_id: int) -> None:
    """Keep a report although its time is over, because a court or a lawyer says so."""
    _set_hold(thread_id, "retention.held", today())


@commands.command("release")
@click.argument("thread_id", type=int)
def release(thread_id: int) -> None:
    """Let the schedule apply to a report again."""
    _set_hold(thread_id, "retention.released", None)


def _set_hold(thread_id: int, action: str, since: Any) -> None:
    with db.work():
        changed = session.execute(
            update(Thread).where(Thread.id == thread_id).values(held_since=since).returning(Thread.id)
        )
        if changed.scalar() is None:
            raise click.ClickException("there is no such report")
        record(action, "thread", thread_id, actor_id=None)
    click.echo("done")

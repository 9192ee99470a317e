"""The deletion schedule: runs the retention rules that features declare in their `FEATURE`, and `flask retention`.

Every run leaves a certificate (`core_purge`). A hold keeps a report past its retention period. The `FEATURE` here is
also that of the core: the worker that delivers messages, and the rules for the core's own rows.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

import click
from flask.cli import AppGroup
from sqlalchemy import not_, update

from portal.core import health, stored_settings
from portal.core.audit import AuditEvent, record
from portal.core.clock import today
from portal.core.db import db, session
from portal.core.feature import Feature, features
from portal.core.jobs import delivery, engine
from portal.core.jobs.engine import Timed, each_row
from portal.core.jobs.outbox import OutboundMessage
from portal.core.jobs.retries import DAY, HOUR, MINUTE, UNSETTLED
from portal.core.purge import RetentionRule, count, days_ago, purge
from portal.reports.reports import Thread


def rules() -> list[RetentionRule]:
    return [rule for feature in features() for rule in feature.retention]


def run() -> None:
    """Apply every rule, daily; each leaves a certificate even if no row was due."""
    each_row(rules(), purge)
    db.forget_journal()


def run_hourly() -> None:
    """Apply the rules that cannot wait for the daily run."""
    each_row([rule for rule in rules() if rule.hourly], _purge_if_any)


def _purge_if_any(rule: RetentionRule) -> None:
    if count(rule, not_(rule.is_held)):
        purge(rule)


commands = AppGroup("retention", help="The deletion schedule.")


@commands.command("show")
def show() -> None:
    """Print what is erased, and after how long."""
    for rule in rules():
        click.echo(f"{rule.what}: {rule.keeps}. Erased: {rule.how}.")
    for what, why in (reason for feature in features() for reason in feature.kept):
        click.echo(f"{what}: kept {why}.")


@commands.command("run")
def run_now() -> None:
    """Erase now what is over."""
    try:
        for rule in rules():
            held = count(rule, rule.is_held)
            click.echo(f"{rule.what}: {purge(rule)} erased, {held} held")
    except engine.ClockDoubted:
        raise click.ClickException(f"nothing was erased: {engine.doubts()}") from None
    db.forget_journal()


@commands.command("confirm-date")
@click.argument("day", type=click.DateTime(["%Y-%m-%d"]))
def confirm_date(day: datetime) -> None:
    """Go on erasing and sending after a long silence, since today is DAY."""
    if day.date() != today():
        raise click.ClickException(f"by the clock of this machine it is {today()}: set it right first")
    with db.work():
        engine.confirm_clock(None)
    click.echo("done")


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


def _set_hold(thread_id: int, action: str, since: date | None) -> None:
    with db.work():
        held = update(Thread).where(Thread.id == thread_id).values(held_since=since).returning(Thread.id)
        if session.scalar(held) is None:
            raise click.ClickException("there is no such report")
        record(action, "thread", thread_id, actor_id=None)
    click.echo("done")


FEATURE = Feature(
    blueprints=(health.blueprint,),
    jobs={"deliver": delivery.deliver, "pump": delivery.pump},
    timetable=(
        Timed("retention", DAY, run),
        Timed("hourly retention", HOUR, run_hourly),
        Timed("sweep", MINUTE, delivery.sweep, whatever_the_date=True),
        # SQLite's journal of erased data is emptied again, in case a reader blocked an earlier attempt.
        Timed("journal", MINUTE, db.forget_journal, whatever_the_date=True),
        Timed("waiting changes", MINUTE, stored_settings.settle_waiting_changes),
    ),
    retention=(
        RetentionRule(
            "settled messages",
            "address and text are erased when they are sent; the rest 30 days later",
            "state and the provider's id",
            OutboundMessage,
            lambda _now: OutboundMessage.settled_on <= days_ago(30),
        ),
        RetentionRule(
            "stuck messages",
            "30 days after they should have gone",
            "with address and text",
            OutboundMessage,
            lambda now: OutboundMessage.state.in_(UNSETTLED) & (OutboundMessage.due_at <= now - timedelta(days=30)),
        ),
        RetentionRule(
            "audit events",
            "2 years",
            "who did what",
            AuditEvent,
            lambda now: AuditEvent.at <= now - timedelta(days=730),
        ),
    ),
    audited=(stored_settings.AUDITED, engine.AUDITED),
    refusals=(stored_settings.REFUSALS,),
    kept=(
        ("purge certificates", "as long as the portal runs: what and how many, no contents"),
        (
            "settings and their changes",
            "as long as the portal runs: what the public sees, and which account changed it",
        ),
        ("waiting changes", "until a colleague decides about them, a day at most"),
    ),
    hooks=(health.GAUGES.plug(delivery.gauges),),
    commands=(commands, delivery.worker),
)

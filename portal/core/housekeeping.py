"""The core's own `FEATURE`: the worker that delivers messages, and the retention of the core's rows."""

from __future__ import annotations

from datetime import timedelta

from portal.core import health, stored_settings
from portal.core.audit import AuditEvent
from portal.core.db import db
from portal.core.feature import Feature
from portal.core.jobs import delivery, engine
from portal.core.jobs.engine import Timed
from portal.core.jobs.outbox import OutboundMessage
from portal.core.jobs.retries import MINUTE, UNSETTLED
from portal.core.purge import RetentionRule, days_ago

FEATURE = Feature(
    blueprints=(health.blueprint,),
    jobs={"deliver": delivery.deliver, "pump": delivery.pump},
    timetable=(
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
    commands=(delivery.worker,),
)

"""The whole deletion schedule: what is erased, after how long, how, and what a hold keeps.

`flask retention show` (`retention_commands.py`) prints it, the timetable runs it, and every run leaves a certificate
(`core_purge`).
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import ColumnElement, String, and_, cast, exists, literal, not_

from portal.accounts.people import ERASED_OF_ACCOUNTS
from portal.accounts.reminders import ERASED_OF_REMINDERS
from portal.accounts.users import Desk
from portal.core.audit import AuditEvent
from portal.core.clock import today
from portal.core.db import db
from portal.core.jobs.engine import Engine, each_row
from portal.core.jobs.outbox import OutboundMessage
from portal.core.jobs.retries import DAY, HOUR, UNSETTLED
from portal.core.purge import RetentionRule, count, days_ago, purge
from portal.indicators.imports.uploads import ERASED_OF_FIGURES
from portal.markets.gate_rules import SOURCE_KEPT
from portal.markets.places import Signal
from portal.meetings.calendars.calendars import OutsideEvent
from portal.meetings.congregations import HeadImport
from portal.meetings.door import DoorCount
from portal.meetings.meeting import is_over_since
from portal.meetings.rsvp.answering import keep_sums
from portal.meetings.rsvp.rsvp import Rsvp
from portal.partners.callin.call_in import CallInCard, CallInPlan
from portal.partners.circles import HAS_LOST_SEAT, Membership, Note, is_desk_of_closed_circle
from portal.partners.members import erase_circles
from portal.partners.polls.polls import ERASED_OF_POLLS
from portal.partners.reconciliation.planning import ERASED_OF_SESSIONS
from portal.reports.complaints import ERASED_OF_COMPLAINTS
from portal.reports.reports import Thread, ThreadMessage
from portal.sms.conversations import Conversation, DeliveryWord, Inbound, Route

MONTH = timedelta(days=30)
FORGOTTEN = "forgotten "


def is_silent_since(days: int) -> ColumnElement[bool]:
    """Nobody has written in this thread since then."""
    written = exists().where(ThreadMessage.thread_id == Thread.id, ThreadMessage.written_on > days_ago(days))
    return and_(Thread.received_on <= days_ago(days), not_(written))


SCHEDULE = (
    RetentionRule(
        "closed reports",
        "90 days after the desk closed them",
        "with all messages, what was passed on, keys and the way back to a phone",
        Thread,
        lambda _now: Thread.closed_on <= days_ago(90),
        is_held=Thread.held_since.is_not(None),
    ),
    RetentionRule(
        "silent reports",
        "1 year after the last word in a report that was never closed",
        "with all messages, what was passed on, keys and the way back to a phone",
        Thread,
        lambda _now: and_(Thread.closed_on.is_(None), is_silent_since(365)),
        is_held=Thread.held_since.is_not(None),
    ),
    RetentionRule(
        "answers to meetings",
        "the day after the meeting; sums without persons are kept",
        "with needs, names, ways to reach people, consent to reminders and the ledger of what they were told",
        Rsvp,
        lambda _now: is_over_since(1, Rsvp.meeting_id),
        before=keep_sums,
    ),
    RetentionRule(
        "calendars of others", "1 day after the entry", "the entry", OutsideEvent, OutsideEvent.over_since_yesterday
    ),
    RetentionRule(
        "counts of doors",
        "30 days after the meeting; how many came in which role is kept",
        "what each phone counted",
        DoorCount,
        lambda _now: is_over_since(30, DoorCount.meeting_id),
    ),
    RetentionRule(
        "imports of head counts",
        "30 days, after which they cannot be undone",
        "the counts before and after; those of the meetings are kept",
        HeadImport,
        lambda now: HeadImport.made_at <= now - MONTH,
    ),
    RetentionRule(
        "ways back to phones",
        "until the date on them",
        "the number, and the texts that still wait for it",
        Route,
        lambda _now: Route.expires_on < today(),
    ),
    RetentionRule(
        "conversations by text",
        "about two hours after the last text",
        "the dialogue's state",
        Conversation,
        lambda now: and_(Conversation.expires_at <= now, Conversation.window_until <= now),
        hourly=True,
    ),
    RetentionRule(
        "marks of texts taken in",
        "30 days",
        "the keyed hash of the provider's id",
        Inbound,
        lambda _now: Inbound.received_on <= days_ago(30),
    ),
    RetentionRule(
        "words about deliveries",
        "30 days",
        "the provider's id and state",
        DeliveryWord,
        lambda _now: DeliveryWord.received_on <= days_ago(30),
    ),
    RetentionRule(
        "settled parcels",
        "address and text are erased when they are sent; the rest 30 days later",
        "state and the provider's id",
        OutboundMessage,
        lambda _now: OutboundMessage.settled_on <= days_ago(30),
    ),
    RetentionRule(
        "stuck parcels",
        "30 days after they should have gone",
        "with address and text",
        OutboundMessage,
        lambda now: and_(OutboundMessage.state.in_(UNSETTLED), OutboundMessage.due_at <= now - MONTH),
    ),
    RetentionRule(
        "sources of signals",
        "5 weeks after the week in which something was noticed at a place",
        "the keyed hash of who noticed it; that it was noticed stays in the weekly table",
        Signal,
        lambda _now: and_(Signal.week_on <= today() - SOURCE_KEPT, Signal.source.not_like(f"{FORGOTTEN}%")),
        # The row's own random number: no two are alike, and none equals what a hash can be.
        instead={"source": literal(FORGOTTEN) + cast(Signal.id, String)},
    ),
    RetentionRule(
        "notes of circles",
        "until the day that was chosen when the topic was written",
        "with all answers",
        Note,
        lambda _now: Note.expires_on < today(),
    ),
    *ERASED_OF_ACCOUNTS,
    *ERASED_OF_REMINDERS,
    *ERASED_OF_SESSIONS,
    *ERASED_OF_POLLS,
    *ERASED_OF_FIGURES,
    *ERASED_OF_COMPLAINTS,
    RetentionRule(
        "invitations to circles",
        "30 days without an answer",
        "who was invited, as what",
        Membership,
        lambda _now: and_(Membership.joined_on.is_(None), Membership.invited_on <= days_ago(30)),
    ),
    RetentionRule(
        "seats in circles that were taken",
        "until the next night, or until an ended account cannot be brought back any more",
        "who sat there, as what",
        Membership,
        lambda _now: HAS_LOST_SEAT,
    ),
    RetentionRule(
        "those who speak at call-ins",
        "30 days after the evening",
        "their names, consents, safety and what they wanted to say",
        CallInCard,
        lambda _now: exists().where(CallInPlan.id == CallInCard.call_in_id, CallInPlan.held_on <= days_ago(30)),
    ),
    RetentionRule(
        "call-ins of circles",
        "180 days after the evening",
        "with the run, the services and what was done afterwards",
        CallInPlan,
        lambda _now: CallInPlan.held_on <= days_ago(180),
    ),
    RetentionRule(
        "closed circles",
        "30 days after they were closed",
        "with all notes, seats and keys",
        Desk,
        lambda _now: is_desk_of_closed_circle(days_ago(30)),
        before=erase_circles,
    ),
    RetentionRule(
        "audit events", "2 years", "who did what", AuditEvent, lambda now: AuditEvent.at <= now - timedelta(days=730)
    ),
)
KEPT = (
    ("opt-outs from texts", "as long as the portal runs: a keyed hash, so that the wish is kept"),
    ("wordings of texts", "as long as the portal runs: what phones were told when they agreed to get answers"),
    ("wordings of reminders", "as long as the portal runs: what people read when they agreed to be reminded"),
    ("wordings of consent to texts of members", "as long as the portal runs: what they read when they gave a number"),
    ("monthly figures and snapshots", "as long as the portal runs: counts; what is small of them is never published"),
    ("sums of meetings", "as long as the portal runs: how many came and what they needed, nobody's answer"),
    ("purge certificates", "as long as the portal runs: what and how many, no contents"),
    ("studies: plans, deviations, results", "as long as their place: a plan that could be erased would prove nothing"),
    ("signals, weeks of outreach, reviews", "as long as their place: counts by week, and what a review found"),
    ("organizations and offices", "as long as the portal runs: promises are made by offices, not by persons"),
    (
        "files that show how promises go",
        "as long as their promise; of one that is taken out a line says that it was there",
    ),
    ("published acknowledgements", "as long as the portal runs: an office said it to everybody"),
    ("sessions, themes, head counts", "as long as their circle"),
    ("circles and their promise", "until their lead closes them, and 30 days more"),
    ("other people's calendars", "until somebody who plans meetings deletes them: name, hours, encrypted address"),
    ("members", "until they are removed; what they did stays in the audit events for its time"),
)


def start(jobs: Engine) -> None:
    """Add the schedule to the timetable."""
    jobs.timed("retention", DAY, run)
    jobs.timed("hourly retention", HOUR, run_hourly)


def run() -> None:
    """The daily run: every rule, each with a certificate even if nothing was over."""
    each_row(SCHEDULE, purge)
    db.forget_journal()


def run_hourly() -> None:
    """The rules that cannot wait for the night."""
    each_row([rule for rule in SCHEDULE if rule.hourly], _purge_if_any)


def _purge_if_any(rule: RetentionRule) -> None:
    if count(rule, not_(rule.is_held)):
        purge(rule)

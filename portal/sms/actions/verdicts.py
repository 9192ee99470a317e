"""Asks phones once, two weeks after a report was closed, whether it is better, and takes the answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import select

from portal.core.clock import now, today
from portal.core.db import session
from portal.core.i18n import speaking
from portal.core.jobs import outbox
from portal.core.jobs.outbox import cipher
from portal.reports.actions.verdicts import may_say, note_question, say_verdict
from portal.reports.models import Thread
from portal.reports.rules.triage import State
from portal.reports.rules.verdict import FIRST, LAST, Verdict
from portal.sms.actions.rsvp import reply
from portal.sms.actions.scene import Incoming, Talking
from portal.sms.models import Route
from portal.sms.senders import Purpose, sender_hash

ASK_WITHIN = timedelta(days=2)
"""A question that was not sent by then is dropped: nobody is to be asked about last month."""


def phones_to_ask() -> Sequence[int]:
    """Closed reports with a way back to a phone that were not asked about yet, and about which it is time to ask."""
    in_time = Thread.closed_on <= today() - FIRST, Thread.closed_on > today() - LAST
    open_yet = Thread.verdict.is_(None), Thread.verdict_asked_on.is_(None), Thread.doubt.is_(False)
    asked = select(Thread.id).join(Route, Route.thread_id == Thread.id)
    return session.scalars(asked.where(Thread.state == State.CLOSED, Thread.texts_back, *in_time, *open_yet)).all()


def ask_phone(thread_id: int) -> None:
    """Ask one phone, by day and in its language, with words that tell nobody who looks over a shoulder anything."""
    route = session.get(Route, thread_id)
    thread = session.scalar(select(Thread).where(Thread.id == thread_id).with_for_update())
    if route is None or thread is None or thread.verdict_asked_on or not may_say(thread):
        return
    note_question(thread)
    site: str = current_app.extensions["settings"].site_name
    with speaking(route.language):
        body = question(site)
    number = cipher().decrypt(route.number)
    outbox.put(outbox.Kind.TEXT, number, body, by_day=True, send_before=now() + ASK_WITHIN)


def question(site: str) -> str:
    """The text, in the language that is spoken."""
    asked = _("Is it better now? Answer 1 better, 2 the same, 3 worse. STOP ends all texts.")
    return f"{site}: {asked}"


def take_verdict(text: Incoming, talking: Talking, verdict: Verdict) -> bool:
    """Keep the answer for the report that this phone was asked about last; False when it was asked about none."""
    thread = session.scalar(
        select(Thread)
        .join(Route, Route.thread_id == Thread.id)
        .where(Route.sender_hash == sender_hash(Purpose.REPORT, text.sender), Thread.verdict_asked_on.is_not(None))
        .order_by(Thread.verdict_asked_on.desc(), Thread.closed_on.desc(), Thread.id)
        .with_for_update(of=Thread)
    )
    if thread is None or not may_say(thread):
        return False
    say_verdict(thread, verdict)
    with speaking(thread.language):
        reply(text, talking, _("Thank you. We keep your answer beside ours, and count how often they differ."))
    return True

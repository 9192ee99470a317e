"""What goes to a phone that did not ask just now, and whether anything may."""

from __future__ import annotations

from flask import current_app
from sqlalchemy import update

from portal.core.clock import today
from portal.core.db import session
from portal.core.jobs import outbox
from portal.core.jobs.outbox import cipher
from portal.reports.models import Thread
from portal.sms.models import OptOut, Route, Talk
from portal.sms.rules.dialogue import Step
from portal.sms.senders import Purpose, sender_hash
from portal.sms.texts import reply


def stop_texting(number: str, how: str) -> None:
    """Note that this phone wants no more texts."""
    session.merge(OptOut(sender_hash=sender_hash(Purpose.CONSENT, number), since_on=today(), how=how))


def text_reply(thread_id: int, words: str) -> None:
    """Send the desk's answer to the phone that the thread came from, if its way back is still known."""
    # A person has spoken: the machine asks nothing more.
    session.execute(update(Talk).where(Talk.thread_id == thread_id).values(step=Step.NONE))
    route = session.get(Route, thread_id)
    thread = session.get(Thread, thread_id)
    if route is None or thread is None or thread.doubt:
        return
    site: str = current_app.extensions["settings"].site_name
    outbox.put(outbox.Kind.TEXT, cipher().decrypt(route.number), reply(words, site=site), direct=True)

"""What goes to a phone that did not ask just now, and whether anything may."""

from __future__ import annotations

from flask import current_app
from sqlalchemy import delete, func, select, update

from portal.accounts.reminders.actions import forget_number
from portal.core.clock import today
from portal.core.db import db, random_id, session
from portal.core.jobs import outbox
from portal.core.jobs.outbox import cipher
from portal.reports.models import Thread
from portal.sms.models import Held, OptOut, Route, Talk
from portal.sms.queries import is_in_doubt
from portal.sms.rules.effects import OF_MEETINGS, How, Step
from portal.sms.senders import Purpose, sender_hash
from portal.sms.texts import reply


def stop_texting(number: str, how: str) -> None:
    """Note that this phone wants no more texts; what waited for it never goes out."""
    consent = sender_hash(Purpose.CONSENT, number)
    held = session.get(OptOut, consent)
    if held is None or held.how != How.PROVIDER:
        # One at the provider is still in force whatever is said to us later: only START there ends it.
        session.merge(OptOut(sender_hash=consent, since_on=today(), how=how))
    forget_number(number)
    end_doubt(sender_hash(Purpose.REPORT, number))
    _take_held(sender_hash(Purpose.REPORT, number))


def text_reply(thread_id: int, words: str) -> None:
    """Send the desk's answer to the phone that the thread came from, if its way back is still known."""
    # A person has spoken: the machine asks nothing more.
    session.execute(update(Talk).where(Talk.thread_id == thread_id).values(step=Step.NONE))
    route = session.get(Route, thread_id)
    if route is None:
        return
    site: str = current_app.extensions["settings"].site_name
    body = reply(words, site=site)
    number = cipher().decrypt(route.number)
    # Nor was a meeting spoken of last: what comes now is an answer to these words.
    spoke_of_meeting = Talk.sender_hash == sender_hash(Purpose.TALK, number), Talk.step.in_(OF_MEETINGS)
    session.execute(update(Talk).where(*spoke_of_meeting).values(step=Step.NONE))
    if is_in_doubt(route.sender_hash):
        hold(route, body)
    else:
        outbox.put(outbox.Kind.TEXT, number, body, direct=True)


def hold(route: Route, body: str) -> None:
    """Keep a text until somebody has said whether its phone wants any."""
    own = select(Route.thread_id).where(Route.sender_hash == route.sender_hash)
    waiting = session.scalar(select(func.count()).select_from(Held).where(Held.thread_id.in_(own))) or 0
    session.add(Held(id=random_id(), thread_id=route.thread_id, position=waiting, body=cipher().encrypt(body)))


def send_held(sender: str, number: str) -> outbox.Posted | None:
    """Texts are wanted after all: what waited goes out, one behind the other, unless another doubt is still open.

    Returns the last of them, for whatever is to follow.
    """
    last: outbox.Posted | None = None
    for body in _take_held(sender) if not is_in_doubt(sender) else ():
        last = outbox.put(outbox.Kind.TEXT, number, cipher().decrypt(body), direct=True, after=last)
    return last


def end_doubt(sender: str) -> None:
    """Whoever holds the phone has said plainly what they want."""
    own = select(Route.thread_id).where(Route.sender_hash == sender)
    session.execute(update(Thread).where(Thread.id.in_(own), Thread.doubt).values(doubt=False))


def say_who_is_reached(sender: str, reached: bool) -> None:
    """Let the desk see whether its answers go to this phone."""
    own = select(Route.thread_id).where(Route.sender_hash == sender)
    session.execute(update(Thread).where(Thread.id.in_(own)).values(texts_back=reached))


def _take_held(sender: str) -> list[bytes]:
    own = select(Route.thread_id).where(Route.sender_hash == sender)
    rows = session.scalars(select(Held).where(Held.thread_id.in_(own)).order_by(Held.position)).all()
    if rows:
        session.execute(delete(Held).where(Held.id.in_([row.id for row in rows])))
        # Code words may be in it: the journal must not keep them.
        db.after_commit(db.forget_journal)
    return [row.body for row in rows]

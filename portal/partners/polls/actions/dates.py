"""The date that a circle agrees on: chosen, moved, called off, and everybody told in words that say nothing of it."""

from __future__ import annotations

import secrets
from datetime import timedelta
from urllib.parse import urlsplit

from flask import current_app

from portal.core.audit import record
from portal.core.clock import today
from portal.core.db import random_id, session
from portal.core.errors import NotAllowed, Refused
from portal.core.i18n import speaking
from portal.core.jobs.outbox import Kind, put
from portal.core.mail import letter, sender_of
from portal.partners.models import Circle
from portal.partners.polls.actions.polls import PROPOSES
from portal.partners.polls.feeds import entry_mail
from portal.partners.polls.models import CircleDate, Poll, Slot
from portal.partners.polls.queries import asked_members, date_from, has_answered, is_over
from portal.partners.polls.rules.slots import Span
from portal.partners.polls.texts import News, date_mail, reminder_mail
from portal.partners.queries.circles import Seat, seats
from portal.partners.sealing import Words

STILL_USEFUL = timedelta(days=1)


def choose(seat: Seat, poll: Poll, slot: Slot, words: Words) -> CircleDate:
    """Make a slot the circle's date and tell everybody; `words` is what the poll said, to be sealed again.

    Raises NotAllowed, Refused("circle_closed", "date_chosen" or "date_past").
    """
    _require_proposer(seat)
    if date_from(poll) is not None:
        raise Refused("date_chosen")
    date = set_date(seat, Span(slot.starts_at, slot.ends_at), words, poll)
    poll.stopped_on = poll.stopped_on or today()
    session.flush()
    return date


def set_date(seat: Seat, span: Span, words: Words, poll: Poll | None = None) -> CircleDate:
    """Agree on a date, with or without a poll before it. Raises like `choose`."""
    _require_proposer(seat)
    if is_over(span.starts_at):
        raise Refused("date_past")
    host = urlsplit(current_app.extensions["settings"].public_url).hostname or "localhost"
    date = CircleDate(id=random_id(), circle_id=seat.circle.id, starts_at=span.starts_at, ends_at=span.ends_at)
    date.poll_id, date.uid = poll.id if poll else None, f"{secrets.token_hex(16)}@{host}"
    date.sequence = 0
    date.close(seat.circle.desk_id, words)
    session.add(date)
    session.flush()
    _tell(seat.circle, date, News.SET)
    record("date.set", "member", seat.member.id, seat.member.id)
    return date


def move(seat: Seat, date: CircleDate, span: Span) -> None:
    """Hold it at another time. Raises NotAllowed, Refused("circle_closed", "date_off" or "date_past")."""
    _require_ahead(seat, date)
    if is_over(span.starts_at):
        raise Refused("date_past")
    if (date.starts_at, date.ends_at) == (span.starts_at, span.ends_at):
        return
    date.starts_at, date.ends_at = span.starts_at, span.ends_at
    date.sequence += 1
    session.flush()
    _tell(seat.circle, date, News.MOVED)
    record("date.moved", "member", seat.member.id, seat.member.id)


def call_off(seat: Seat, date: CircleDate) -> None:
    """Not hold it. Raises like `move`."""
    _require_ahead(seat, date)
    date.called_off_on = today()
    date.sequence += 1
    session.flush()
    _tell(seat.circle, date, News.OFF)
    record("date.called_off", "member", seat.member.id, seat.member.id)


def remind(poll: Poll) -> int:
    """Write to everybody who sits in the circle and has not answered; returns to how many."""
    circle = session.get_one(Circle, poll.circle_id)
    poll.reminded_on = today()
    session.flush()
    waited_for = [one.member for one in asked_members(circle) if not has_answered(poll, one.member.id)]
    for member in waited_for:
        with speaking(member.language):
            put(Kind.MAIL, member.email, letter(*reminder_mail(poll.closes_on)), by_day=True)
    return len(waited_for)


def _tell(circle: Circle, date: CircleDate, news: News) -> None:
    """A mail to each by itself: nobody learns from it who else gets one."""
    sender = sender_of(current_app.extensions["settings"])
    for member in [seat.member for seat in seats(circle) if seat.is_admitted]:
        with speaking(member.language):
            subject, text = date_mail(date.starts_at, date.ends_at, news)
            entry = entry_mail(date, sender, member.email)
        put(Kind.MAIL, member.email, letter(subject, text, entry), by_day=True, send_before=date.ends_at + STILL_USEFUL)


def _require_proposer(seat: Seat) -> None:
    if not seat.may(PROPOSES) or not seat.is_admitted:
        raise NotAllowed
    if seat.circle.closed_on is not None:
        raise Refused("circle_closed")


def _require_ahead(seat: Seat, date: CircleDate) -> None:
    _require_proposer(seat)
    if date.called_off_on is not None or is_over(date.starts_at):
        raise Refused("date_off")

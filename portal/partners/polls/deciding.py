"""Actions on polls and dates: asking, answering, guests, choosing, moving and cancelling, with mails and reminders.

Mails give the time only: no purpose, place or participants.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlsplit

from sqlalchemy import delete, select

from portal.core.audit import record
from portal.core.clock import today
from portal.core.crypto import derive, keyed_hash
from portal.core.db import db, random_id, session
from portal.core.i18n import speaking
from portal.core.jobs.engine import each_row
from portal.core.jobs.outbox import MessageKind, put
from portal.core.mail import letter, sender_of
from portal.core.portal import current_portal
from portal.core.statuses import NotAllowed, NotFound, Refused
from portal.organisations.sides import TableSide
from portal.partners.circle_rules import Act
from portal.partners.circles import Circle, CircleSeat, Words, seats
from portal.partners.polls.feeds import entry_mail
from portal.partners.polls.polls import (
    CircleDate,
    Essential,
    Guest,
    Poll,
    Slot,
    SlotAnswer,
    agreed_date,
    asked_members,
    date_from,
    first_day,
    guest_found,
    has_answered,
    is_over,
    polls_to_remind,
    takes_answers,
)
from portal.partners.polls.rules import MOST_SLOTS, SlotChoice, SlotSpan, in_order, is_last_day
from portal.partners.polls.texts import PollNews, date_mail, reminder_mail

PROPOSES = Act.TIDY
"""The permission to propose and decide, which only leads and facilitators have."""
MOST_GUESTS = 60
TOKEN_BYTES = 16
Says = Mapping[int, SlotChoice]
"""Choices by the place of a slot."""


@dataclass(frozen=True)
class Proposal:
    """A poll to be created.

    `words` is to be sealed; `essential` are ids of members without whom it cannot be held; the counts are the number of
    people needed of each side.
    """

    words: Words
    spans: Sequence[SlotSpan]
    closes_on: date
    essential: Collection[int] = ()
    community_needed: int = 0
    agencies_needed: int = 0


@dataclass(frozen=True)
class GuestLink:
    """A guest's new link token; shown once and stored only as a hash."""

    guest: Guest
    token: str


def propose(seat: CircleSeat, asked: Proposal) -> Poll:
    """Create a poll. Raises NotAllowed, Refused("circle_closed", "circle_locked" or "poll_slots")."""
    _require_proposer(seat)
    spans = in_order(asked.spans)
    if not 1 <= len(spans) <= MOST_SLOTS:
        raise Refused("poll_slots")
    poll = Poll(id=random_id(), circle_id=seat.circle.id, author_id=seat.member.id, asked_on=today())
    poll.closes_on = asked.closes_on
    poll.community_needed, poll.agencies_needed = asked.community_needed, asked.agencies_needed
    poll.slots = [Slot(place=place, starts_at=one.starts_at, ends_at=one.ends_at) for place, one in enumerate(spans, 1)]
    poll.store(seat.circle, asked.words)
    sitting = {one.member.id for one in asked_members(seat.circle)}
    session.add_all(Essential(poll_id=poll.id, member_id=one) for one in set(asked.essential) & sitting)
    session.flush()
    record("poll.made", "member", seat.member.id, seat.member.id)
    return poll


def stop(seat: CircleSeat, poll: Poll) -> None:
    """Stop taking answers. Raises NotAllowed."""
    _require_proposer(seat)
    poll.stopped_on = poll.stopped_on or today()
    session.flush()


def answer(seat: CircleSeat, poll: Poll, says: Says) -> None:
    """Replace the member's answer to a poll. Raises NotAllowed, Refused("poll_closed")."""
    if not seat.may(Act.WRITE) or not seat.is_admitted:
        raise NotAllowed
    _require_open(poll)
    slots = [slot.id for slot in poll.slots]
    session.execute(delete(SlotAnswer).where(SlotAnswer.slot_id.in_(slots), SlotAnswer.member_id == seat.member.id))
    _write(poll, says, member_id=seat.member.id)


def set_last_day(seat: CircleSeat, poll: Poll, closes_on: date) -> None:
    """Change the last day for answers, also after it has passed; members without an answer are reminded again.

    Raises NotAllowed, Refused("circle_closed", "date_chosen" or "poll_last_day").
    """
    _require_proposer(seat)
    if agreed_date(poll) is not None:
        raise Refused("date_chosen")
    if not is_last_day(closes_on, first_day(poll), today()):
        raise Refused("poll_last_day")
    poll.closes_on, poll.stopped_on, poll.reminded_on = closes_on, None, None
    session.flush()


def ask_guest(seat: CircleSeat, poll: Poll, who: str, side: TableSide, *, is_essential: bool) -> GuestLink:
    """Create a link for a guest without an account.

    Raises NotAllowed, Refused("circle_closed", "poll_closed" or "poll_guests").
    """
    _require_proposer(seat)
    _require_open(poll)
    asked = session.scalars(select(Guest.id).where(Guest.poll_id == poll.id)).all()
    if len(asked) >= MOST_GUESTS:
        raise Refused("poll_guests")
    token = secrets.token_urlsafe(TOKEN_BYTES)
    guest = Guest(id=random_id(), poll_id=poll.id, side=side.value, essential=is_essential)
    guest.link_hash = hash_of_token(token)
    guest.store(seat.circle, {"who": who})
    return GuestLink(guest, token)


def withdraw_guest(seat: CircleSeat, guest: Guest) -> None:
    """Delete a guest's link and the answers given with it. Raises NotAllowed."""
    _require_proposer(seat)
    session.delete(guest)
    session.flush()


def answer_as_guest(token: str, says: Says) -> Poll:
    """Replace a guest's answer, found by the token of a link. Raises NotFound, Refused("poll_closed")."""
    found = guest_found(hash_of_token(token))
    if found is None:
        raise NotFound
    # Lock the poll: of two concurrent answers with one link the later one replaces the other.
    session.execute(select(Poll.id).where(Poll.id == found[1].id).with_for_update())
    guest, poll = found
    _require_open(poll)
    slots = [slot.id for slot in poll.slots]
    session.execute(delete(SlotAnswer).where(SlotAnswer.slot_id.in_(slots), SlotAnswer.guest_id == guest.id))
    _write(poll, says, guest_id=guest.id)
    return poll


def hash_of_token(token: str) -> str:
    """Return the hash that identifies a guest's link."""
    secret: str = current_portal.settings.secret
    return keyed_hash(derive(secret.encode(), "poll link"), token)


def _write(poll: Poll, says: Says, *, member_id: int | None = None, guest_id: int | None = None) -> None:
    session.add_all(
        SlotAnswer(slot_id=slot.id, member_id=member_id, guest_id=guest_id, choice=says[slot.place].value)
        for slot in poll.slots
        if slot.place in says
    )
    session.flush()


def _require_proposer(seat: CircleSeat) -> None:
    if not seat.is_admitted:
        raise NotAllowed
    seat.require(PROPOSES)


def _require_open(poll: Poll) -> None:
    if not takes_answers(poll):
        raise Refused("poll_closed")


STILL_USEFUL = timedelta(days=1)


def choose(seat: CircleSeat, poll: Poll, slot: Slot, words: Words) -> CircleDate:
    """Make a slot the circle's date and notify its members; `words` is the poll's text, to be sealed again.

    Raises NotAllowed, Refused("circle_closed", "date_chosen" or "date_past").
    """
    _require_proposer(seat)
    if agreed_date(poll) is not None:
        raise Refused("date_chosen")
    _let_go(poll)
    date = set_date(seat, SlotSpan(slot.starts_at, slot.ends_at), words, poll)
    poll.stopped_on = poll.stopped_on or today()
    session.flush()
    return date


def _let_go(poll: Poll) -> None:
    """Detach a date that was called off: a poll has one date at a time."""
    before = date_from(poll)
    if before is not None:
        before.poll_id = None
        session.flush()


def set_date(seat: CircleSeat, span: SlotSpan, words: Words, poll: Poll | None = None) -> CircleDate:
    """Set a date, with or without a preceding poll. Raises like `choose`."""
    _require_proposer(seat)
    if is_over(span.starts_at):
        raise Refused("date_past")
    host = urlsplit(current_portal.settings.public_url).hostname or "localhost"
    date = CircleDate(id=random_id(), circle_id=seat.circle.id, starts_at=span.starts_at, ends_at=span.ends_at)
    date.poll_id, date.uid = poll.id if poll else None, f"{secrets.token_hex(16)}@{host}"
    date.sequence = 0
    date.store(seat.circle, words)
    _tell(seat.circle, date, PollNews.SET)
    record("date.set", "member", seat.member.id, seat.member.id)
    return date


def move(seat: CircleSeat, date: CircleDate, span: SlotSpan) -> bool:
    """Move a date; return whether it changed.

    Raises NotAllowed, Refused("circle_closed", "date_off" or "date_past").
    """
    _require_ahead(seat, date)
    if is_over(span.starts_at):
        raise Refused("date_past")
    if (date.starts_at, date.ends_at) == (span.starts_at, span.ends_at):
        return False
    date.starts_at, date.ends_at = span.starts_at, span.ends_at
    date.sequence += 1
    session.flush()
    _tell(seat.circle, date, PollNews.MOVED)
    record("date.moved", "member", seat.member.id, seat.member.id)
    return True


def call_off(seat: CircleSeat, date: CircleDate) -> None:
    """Cancel a date. Raises like `move`."""
    _require_ahead(seat, date)
    date.called_off_on = today()
    date.sequence += 1
    session.flush()
    _tell(seat.circle, date, PollNews.OFF)
    record("date.called_off", "member", seat.member.id, seat.member.id)


def remind(poll: Poll) -> int:
    """Send a reminder to all asked members without an answer. Returns their number."""
    circle = session.get_one(Circle, poll.circle_id)
    poll.reminded_on = today()
    session.flush()
    waited_for = [one.member for one in asked_members(circle) if not has_answered(poll, one.member.id)]
    for member in waited_for:
        with speaking(member.language):
            put(MessageKind.MAIL, member.email, letter(*reminder_mail(poll.closes_on)), by_day=True)
    return len(waited_for)


def _tell(circle: Circle, date: CircleDate, news: PollNews) -> None:
    """Send each admitted member their own mail, so that no recipient learns of the others."""
    sender = sender_of(current_portal.settings)
    for member in [seat.member for seat in seats(circle) if seat.is_admitted]:
        with speaking(member.language):
            subject, text = date_mail(date.starts_at, date.ends_at, news)
            entry = entry_mail(date, sender, member.email)
        put(
            MessageKind.MAIL,
            member.email,
            letter(subject, text, entry),
            by_day=True,
            send_before=date.ends_at + STILL_USEFUL,
        )


def _require_ahead(seat: CircleSeat, date: CircleDate) -> None:
    _require_proposer(seat)
    if date.called_off_on is not None or is_over(date.starts_at):
        raise Refused("date_off")


def remind_all() -> None:
    """Send the reminders, one transaction per poll, so that a run that fails half-way repeats none."""
    with db.work():
        ids = polls_to_remind()
    each_row(ids, _remind)


def _remind(poll_id: int) -> None:
    poll = session.scalar(select(Poll).where(Poll.id == poll_id).with_for_update())
    if poll is not None and poll.reminded_on is None and takes_answers(poll):
        remind(poll)

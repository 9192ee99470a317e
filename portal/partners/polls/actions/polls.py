"""Asking for a day, answering, ending the asking."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from flask import current_app
from sqlalchemy import delete, select

from portal.core.audit import record
from portal.core.clock import today
from portal.core.codes import CODE_LENGTH, code_from
from portal.core.crypto import derive, keyed_hash
from portal.core.db import random_id, session
from portal.core.errors import NotAllowed, NotFound, Refused
from portal.organisations.rules import Side
from portal.partners.polls.models import Answer, Essential, Guest, Poll, Slot
from portal.partners.polls.queries import asked_members, date_from, first_day, guest_found, takes_answers
from portal.partners.polls.rules.best import Choice
from portal.partners.polls.rules.slots import MOST_SLOTS, Span, in_order, is_last_day
from portal.partners.queries.circles import Seat
from portal.partners.rules.circles import Act
from portal.partners.sealing import Words

PROPOSES = Act.TIDY
"""What a lead and a facilitator may, and nobody else."""
MOST_GUESTS = 60
TOKEN_BYTES, CODE_BYTES = 16, 16
Says = Mapping[int, Choice]
"""By the place of a slot."""


@dataclass(frozen=True)
class Proposal:
    """What is asked: `words` to seal, times, until which day, who must be able to come, how many of each side."""

    words: Words
    spans: Sequence[Span]
    closes_on: date
    essential: Collection[int] = ()
    community_needed: int = 0
    agencies_needed: int = 0


@dataclass(frozen=True)
class Slip:
    """What a guest answers with; told once and kept nowhere."""

    guest: Guest
    token: str
    code: str


def propose(seat: Seat, asked: Proposal) -> Poll:
    """Ask the circle. Raises NotAllowed, Refused("circle_closed", "circle_locked" or "poll_slots")."""
    _require_proposer(seat)
    spans = in_order(asked.spans)
    if not 1 <= len(spans) <= MOST_SLOTS:
        raise Refused("poll_slots")
    poll = Poll(id=random_id(), circle_id=seat.circle.id, author_id=seat.member.id, asked_on=today())
    poll.closes_on = asked.closes_on
    poll.community_needed, poll.agencies_needed = asked.community_needed, asked.agencies_needed
    poll.slots = [Slot(place=place, starts_at=one.starts_at, ends_at=one.ends_at) for place, one in enumerate(spans, 1)]
    poll.close(seat.circle.desk_id, asked.words)
    session.add(poll)
    session.flush()
    sitting = {one.member.id for one in asked_members(seat.circle)}
    session.add_all(Essential(poll_id=poll.id, member_id=one) for one in set(asked.essential) & sitting)
    session.flush()
    record("poll.made", "member", seat.member.id, seat.member.id)
    return poll


def stop(seat: Seat, poll: Poll) -> None:
    """Take no more answers. Raises NotAllowed."""
    _require_proposer(seat)
    poll.stopped_on = poll.stopped_on or today()
    session.flush()


def answer(seat: Seat, poll: Poll, says: Says) -> None:
    """Say which times suit me, in place of what I said before. Raises NotAllowed, Refused("poll_closed")."""
    if not seat.may(Act.WRITE) or not seat.is_admitted:
        raise NotAllowed
    _require_open(poll)
    slots = [slot.id for slot in poll.slots]
    session.execute(delete(Answer).where(Answer.slot_id.in_(slots), Answer.member_id == seat.member.id))
    _write(poll, says, member_id=seat.member.id)


def set_last_day(seat: Seat, poll: Poll, closes_on: date) -> None:
    """Take answers until another day, also after the first one is over; who has not answered is reminded again.

    Raises NotAllowed, Refused("circle_closed", "date_chosen" or "poll_last_day").
    """
    _require_proposer(seat)
    if date_from(poll) is not None:
        raise Refused("date_chosen")
    if not is_last_day(closes_on, first_day(poll), today()):
        raise Refused("poll_last_day")
    poll.closes_on, poll.stopped_on, poll.reminded_on = closes_on, None, None
    session.flush()


# --- guests ---


def ask_guest(seat: Seat, poll: Poll, who: str, side: Side, *, is_essential: bool) -> Slip:
    """Make a link and a code for somebody without an account.

    Raises NotAllowed, Refused("circle_closed", "poll_closed" or "poll_guests").
    """
    _require_proposer(seat)
    _require_open(poll)
    asked = session.scalars(select(Guest.id).where(Guest.poll_id == poll.id)).all()
    if len(asked) >= MOST_GUESTS:
        raise Refused("poll_guests")
    token, code = secrets.token_urlsafe(TOKEN_BYTES), code_from(secrets.token_bytes(CODE_BYTES))
    guest = Guest(id=random_id(), poll_id=poll.id, side=side.value, essential=is_essential)
    guest.link_hash, guest.slip_hash = hash_of_token(token), hash_of_code(code)
    guest.close(seat.circle.desk_id, {"who": who})
    session.add(guest)
    session.flush()
    return Slip(guest, token, code)


def withdraw_guest(seat: Seat, guest: Guest) -> None:
    """Take a slip back; what was said with it goes too. Raises NotAllowed."""
    _require_proposer(seat)
    session.delete(guest)
    session.flush()


def answer_as_guest(hashed: str, says: Says) -> Poll:
    """Say which times suit a guest, found by the hash of a link or a code. Raises NotFound, Refused("poll_closed")."""
    found = guest_found(hashed)
    if found is None:
        raise NotFound
    # Two who answer at once with one slip, by web and by text: the second waits, and its word counts.
    session.execute(select(Poll.id).where(Poll.id == found[1].id).with_for_update())
    guest, poll = found
    _require_open(poll)
    slots = [slot.id for slot in poll.slots]
    session.execute(delete(Answer).where(Answer.slot_id.in_(slots), Answer.guest_id == guest.id))
    _write(poll, says, guest_id=guest.id)
    return poll


def hash_of_token(token: str) -> str:
    """How a guest is found by a link."""
    return keyed_hash(_key("poll link"), token)


def hash_of_code(code: str) -> str:
    """How a guest is found by a code; with the database alone none can be tried."""
    return keyed_hash(_key("poll slip"), code[:CODE_LENGTH])


def _key(purpose: str) -> bytes:
    secret: str = current_app.extensions["settings"].secret
    return derive(secret.encode(), purpose)


def _write(poll: Poll, says: Says, *, member_id: int | None = None, guest_id: int | None = None) -> None:
    session.add_all(
        Answer(slot_id=slot.id, member_id=member_id, guest_id=guest_id, choice=says[slot.place].value)
        for slot in poll.slots
        if slot.place in says
    )
    session.flush()


def _require_proposer(seat: Seat) -> None:
    if not seat.may(PROPOSES) or not seat.is_admitted:
        raise NotAllowed
    if seat.circle.closed_on is not None:
        raise Refused("circle_closed")


def _require_open(poll: Poll) -> None:
    if not takes_answers(poll):
        raise Refused("poll_closed")

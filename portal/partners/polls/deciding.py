"""Actions on polls and dates: asking, answering, guests, choosing, moving and cancelling, with mails.

Mails and calendar files (RFC 5545) give the time only: no purpose, place or participants. A calendar lies open on a
kitchen table and in the cloud of a telephone company. Times are in UTC, so that no time zone needs to be defined.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from email.utils import parseaddr
from typing import Any
from urllib.parse import urlsplit

from flask_babel import gettext as _
from sqlalchemy import delete, select

from portal.core.clock import now, today
from portal.core.crypto import derive, keyed_hash
from portal.core.db import random_id, session
from portal.core.i18n import language, speaking
from portal.core.jobs.outbox import Letter, MessageKind, put
from portal.core.mail import sender_of
from portal.core.portal import current_portal
from portal.core.slugs import public_address
from portal.core.statuses import NotAllowed, Refused, existing
from portal.organisations.sides import TableSide
from portal.partners.circle_rules import Act
from portal.partners.circles import CircleSeat, Words, seats
from portal.partners.polls import polls
from portal.partners.polls.polls import CircleDate, Guest, Poll, Slot, SlotAnswer
from portal.partners.polls.rules import SlotChoice, SlotSpan

PROPOSES = Act.TIDY
"""The permission to propose and decide, which only leads and facilitators have."""
MOST_GUESTS = 60
TOKEN_BYTES = 16
STILL_USEFUL = timedelta(days=1)
Says = Mapping[int, SlotChoice]
"""Choices by the place of a slot."""


def propose(
    seat: CircleSeat,
    words: Words,
    spans: Sequence[SlotSpan],
    values: Mapping[str, Any],
    essential: Collection[int] = (),
) -> Poll:
    """Create a poll. Raises NotAllowed, Refused("circle_closed" or "circle_locked").

    `words` are sealed; `values`: the last day for answers, and how many people are needed of each side; without the
    `essential` members it cannot be held.
    """
    _require_proposer(seat)
    poll = Poll(circle_id=seat.circle.id, author_id=seat.member.id, asked_on=today(), **values)
    ordered = enumerate(sorted(set(spans)), 1)
    poll.slots = [Slot(place=place, starts_at=span.starts_at, ends_at=span.ends_at) for place, span in ordered]
    poll.store(seat.circle, words)
    asked = [other.member.id for other in polls.asked_members(seat.circle) if other.member.id in essential]
    session.add_all(polls.Essential(poll_id=poll.id, member_id=member_id) for member_id in asked)
    session.flush()
    seat.record("poll.made")
    return poll


def answer(seat: CircleSeat, poll: Poll, says: Says) -> None:
    """Replace the member's answer to a poll. Raises NotAllowed, Refused("poll_closed")."""
    if not seat.may(Act.WRITE) or not seat.is_admitted:
        raise NotAllowed
    _require_open(poll)
    _replace(poll, says, member_id=seat.member.id)


def set_last_day(seat: CircleSeat, poll: Poll, closes_on: date) -> None:
    """Change the last day for answers, also after it has passed; members without an answer are reminded again.

    Raises NotAllowed, Refused("circle_closed" or "date_chosen").
    """
    _require_proposer(seat)
    if polls.agreed_date(poll) is not None:
        raise Refused("date_chosen")
    poll.closes_on, poll.stopped_on = closes_on, None


def ask_guest(seat: CircleSeat, poll: Poll, who: str, side: TableSide, *, is_essential: bool) -> tuple[Guest, str]:
    """Create a link for a guest. Returns its token, which is shown once and stored only as a hash.

    Raises NotAllowed, Refused("circle_closed", "poll_closed" or "poll_guests").
    """
    _require_proposer(seat)
    _require_open(poll)
    if len(polls.guests(poll)) >= MOST_GUESTS:
        raise Refused("poll_guests")
    token = secrets.token_urlsafe(TOKEN_BYTES)
    guest = Guest(id=random_id(), poll_id=poll.id, side=side, essential=is_essential)
    guest.link_hash = _hash_of(token)
    guest.store(seat.circle, {"who": who})
    return guest, token


def withdraw_guest(seat: CircleSeat, guest: Guest) -> None:
    """Delete a guest's link and the answers given with it. Raises NotAllowed."""
    _require_proposer(seat)
    session.delete(guest)
    session.flush()


def guest_by_link(token: str) -> tuple[Guest, Poll]:
    """Return the guest whose link has this token, with the poll. Raises `NotFound`."""
    rows = select(Guest, Poll).join(Poll, Poll.id == Guest.poll_id).where(Guest.link_hash == _hash_of(token))
    guest, poll = existing(session.execute(rows).first())
    return guest, poll


def answer_as_guest(token: str, says: Says) -> None:
    """Replace a guest's answer, found by the token of a link. Raises NotFound, Refused("poll_closed")."""
    guest, poll = guest_by_link(token)
    # Lock the poll: of two concurrent answers with one link the later one replaces the other.
    session.execute(select(Poll.id).where(Poll.id == poll.id).with_for_update())
    _require_open(poll)
    _replace(poll, says, guest_id=guest.id)


def _hash_of(token: str) -> str:
    return keyed_hash(derive(current_portal.settings.secret.encode(), "poll link"), token)


def _replace(poll: Poll, says: Says, **whose: int) -> None:
    slots = SlotAnswer.slot_id.in_([slot.id for slot in poll.slots])
    session.execute(delete(SlotAnswer).where(slots).filter_by(**whose))
    given = [(slot.id, says[slot.place]) for slot in poll.slots if slot.place in says]
    session.add_all(SlotAnswer(slot_id=slot_id, choice=choice, **whose) for slot_id, choice in given)
    session.flush()


def _require_proposer(seat: CircleSeat) -> None:
    if not seat.is_admitted:
        raise NotAllowed
    seat.require(PROPOSES)


def _require_open(poll: Poll) -> None:
    if not polls.takes_answers(poll):
        raise Refused("poll_closed")


def choose(seat: CircleSeat, poll: Poll, slot: Slot, words: Words) -> CircleDate:
    """Set a slot as date, and tell all. Raises NotAllowed, Refused("circle_closed", "date_chosen" or "date_past")."""
    _require_proposer(seat)
    if polls.agreed_date(poll) is not None:
        raise Refused("date_chosen")
    if slot.starts_at <= now():
        raise Refused("date_past")
    # A date that was called off: a poll has one date at a time.
    if (before := polls.date_from(poll)) is not None:
        before.poll_id = None
        session.flush()
    date = CircleDate(id=random_id(), circle_id=seat.circle.id, poll_id=poll.id, sequence=0)
    date.starts_at, date.ends_at = slot.starts_at, slot.ends_at
    date.uid = f"{secrets.token_hex(16)}@{urlsplit(current_portal.settings.public_url).hostname or 'localhost'}"
    date.store(seat.circle, words)
    poll.stopped_on = poll.stopped_on or today()
    _tell(seat, date, "set")
    return date


def move(seat: CircleSeat, date: CircleDate, span: SlotSpan) -> bool:
    """Move a date; True if it changed. Raises NotAllowed, Refused("circle_closed" or "date_off")."""
    _require_ahead(seat, date)
    if (date.starts_at, date.ends_at) == (span.starts_at, span.ends_at):
        return False
    date.starts_at, date.ends_at = span.starts_at, span.ends_at
    date.sequence += 1
    _tell(seat, date, "moved")
    return True


def call_off(seat: CircleSeat, date: CircleDate) -> None:
    """Cancel a date. Raises like `move`."""
    _require_ahead(seat, date)
    date.called_off_on = today()
    date.sequence += 1
    _tell(seat, date, "called_off")


def _tell(seat: CircleSeat, date: CircleDate, news: str) -> None:
    """Send each admitted member their own mail, so that no recipient learns of the others; record what was done."""
    for member in [other.member for other in seats(seat.circle) if other.is_admitted]:
        with speaking(member.language):
            mail = Letter(*date_mail(date), entry_file(date, member.email))
        put(MessageKind.MAIL, member.email, mail, by_day=True, send_before=date.ends_at + STILL_USEFUL)
    seat.record(f"date.{news}")


def _require_ahead(seat: CircleSeat, date: CircleDate) -> None:
    _require_proposer(seat)
    if date.called_off_on is not None or date.starts_at <= now():
        raise Refused("date_off")


def entry_file(date: CircleDate, to: str = "") -> bytes:
    """Return a date as a calendar file or, `to` one person, as mail that their calendar acts on by itself."""
    from icalendar import Calendar, Event, vCalAddress

    calendar, event, is_off = Calendar(), Event(), date.called_off_on is not None
    calendar.add("prodid", f"-//Common Ground//Dates//{language().upper()}")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH" if not to else "CANCEL" if is_off else "REQUEST")
    event.add("uid", date.uid)
    event.add("sequence", date.sequence)
    event.add("status", "CANCELLED" if is_off else "CONFIRMED")
    event.add("dtstamp", now())
    event.add("dtstart", date.starts_at)
    event.add("dtend", date.ends_at)
    event.add("summary", _("Appointment"), parameters={"language": language()})
    event.add("class", "PRIVATE")
    event.add("transp", "TRANSPARENT" if is_off else "OPAQUE")
    if to:
        attendee, settings = vCalAddress(f"mailto:{to}"), current_portal.settings
        # Automatic replies of calendars would reach no reader, so none are requested.
        attendee.params.update({"PARTSTAT": "ACCEPTED", "RSVP": "FALSE"})
        event.add("attendee", attendee, encode=False)
        sender = parseaddr(sender_of(settings))[1]
        event.add("organizer", f"mailto:{sender}", parameters={"cn": settings.site_name})
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def date_mail(date: CircleDate) -> tuple[str, str]:
    """Return subject and text. Other people may read the mail, so both say when and nothing else."""
    if date.called_off_on is not None:
        subject, sentence = _("A date was called off"), _("Hello. This date was called off:\n\n%(when)s")
    elif date.sequence:
        subject, sentence = _("A date was moved"), _("Hello. A date was moved. It is now:\n\n%(when)s")
    else:
        subject = _("A date for your calendar")
        sentence = _("Hello. This is the date that was agreed on:\n\n%(when)s")
    words = sentence % {"when": polls.slot_words(date.starts_at, date.ends_at)}
    more = _("Sign in to read more: %(link)s", link=public_address("sign_in.enter", lang=language()))
    return subject, f"{words}\n\n{more}\n"

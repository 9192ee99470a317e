"""Actions on RSVPs: answering, seats, contacts, and messages about changes.

Every function requires a meeting locked by `locked_meeting`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update

from portal.core.clock import now, today
from portal.core.db import session
from portal.core.i18n import speaking
from portal.core.jobs.outbox import cipher
from portal.core.statuses import Refused
from portal.markets.place_actions import publish_about
from portal.meetings.meeting import Meeting
from portal.meetings.rsvp import outgoing
from portal.meetings.rsvp.outgoing import contact_hash, take_back, tell
from portal.meetings.rsvp.reminder_times import Reminder, RsvpNews
from portal.meetings.rsvp.rsvp import (
    MeetingSeats,
    Rsvp,
    RsvpNotice,
    Sums,
    answers_from,
    answers_of,
    held_seats,
    is_open,
    level_of,
    seats_of,
)
from portal.meetings.rsvp.seats import ContactKind, ReminderConsent, Ride, RsvpState, free_letter, free_seats
from portal.meetings.rsvp.texts import CONSENT


@dataclass(frozen=True)
class Contact:
    """The contact of a resident for changes: a phone number with country code, or an e-mail address."""

    kind: ContactKind
    address: str
    agreed: ReminderConsent = ReminderConsent.WEB
    """How consent to reminders is given.

    The owner of a number that sent an SMS is certain; the reply states the consent.
    """


@dataclass(frozen=True)
class Wish:
    """An answer as given by a resident. Only the number of people is required."""

    party: int
    ages: tuple[int, ...] = ()
    interpreter: str = ""
    ride: Ride = Ride.NONE
    ride_seats: int = 0
    access_needs: str = ""
    first_name: str = ""
    contact: Contact | None = None
    forget_contact: bool = False


def keep_wish(rsvp: Rsvp, wish: Wish) -> None:
    """Store all but the number of people, which depends on seats. Raises `Refused` if a contact has too many."""
    rsvp.ages = ",".join(map(str, wish.ages))
    rsvp.interpreter = wish.interpreter
    rsvp.ride = wish.ride
    rsvp.ride_seats = wish.ride_seats if wish.ride == Ride.OFFERS else 0
    rsvp.access_needs = _hidden(wish.access_needs)
    rsvp.asked_on = rsvp.asked_on if rsvp.access_needs else None
    rsvp.first_name = _hidden(wish.first_name)
    if wish.forget_contact:
        forget_contact(rsvp)
    if wish.contact is not None:
        _keep_contact(rsvp, wish.contact)


def _keep_contact(rsvp: Rsvp, contact: Contact) -> None:
    hashed = contact_hash(rsvp.meeting_id, contact.address)
    if rsvp.contact_hash == hashed:
        return
    letter = free_letter(other.letter or "" for other in answers_from(rsvp.meeting_id, hashed))
    if letter is None:
        raise Refused("answers_too_many")
    forget_contact(rsvp)
    rsvp.contact_kind, rsvp.contact = contact.kind, cipher().encrypt(contact.address)
    rsvp.contact_hash, rsvp.letter = hashed, letter
    if contact.agreed is ReminderConsent.WEB:
        with speaking(rsvp.language):
            outgoing.agree(rsvp, ReminderConsent.WEB, str(CONSENT))


def forget_contact(rsvp: Rsvp) -> None:
    """Erase the contact and the records of its messages; those that are still queued are not sent."""
    take_back(rsvp, (*RsvpNews, *Reminder))
    session.execute(delete(RsvpNotice).where(RsvpNotice.rsvp_id == rsvp.id))
    rsvp.contact_kind = rsvp.contact = rsvp.contact_hash = rsvp.letter = None
    rsvp.agreed_on = rsvp.agreed_how = rsvp.wording = rsvp.proved_on = None


def read_wish(rsvp: Rsvp) -> Wish:
    """Return an answer without its contact. No page that a private link opens may show access needs and name."""
    return Wish(
        party=rsvp.party,
        ages=rsvp.child_ages,
        interpreter=rsvp.interpreter,
        ride=Ride(rsvp.ride),
        ride_seats=rsvp.ride_seats,
        access_needs=_shown(rsvp.access_needs),
        first_name=_shown(rsvp.first_name),
    )


MOST_NOTED = 900


def note_for_host(rsvp: Rsvp, words: str) -> None:
    """Add a resident's words to what the host reads beside the answer; the last ones stay."""
    rsvp.asked_on = today()
    rsvp.access_needs = _hidden(f"{_shown(rsvp.access_needs)}\n{words}".strip()[-MOST_NOTED:])


def _hidden(text: str) -> bytes | None:
    return cipher().encrypt(text) if text else None


def _shown(kept: bytes | None) -> str:
    return cipher().decrypt(kept) if kept else ""


@contextmanager
def changing_seats(meeting: Meeting) -> Iterator[None]:
    """Run the body, then publish the seat level if it changed."""
    before = level_of(meeting.id)
    yield
    session.flush()
    if level_of(meeting.id) is not before and not meeting.is_draft:
        publish_about(meeting.market_id)


def file_rsvp(meeting: Meeting, wish: Wish, language: str, nonce: bytes, *, quietly: bool = False) -> Rsvp:
    """Store an answer; a form sent again updates it. `quietly`: the caller confirms. Raises `Refused`."""
    rsvp_id = outgoing.id_from(nonce)
    before = session.get(Rsvp, rsvp_id)
    if before is not None and before.meeting_id == meeting.id:
        if before.is_coming:
            change_rsvp(meeting, before, wish)
        return before
    if not is_open(meeting):
        raise Refused("answers_closed")
    require_seats(meeting, wish.party)
    rsvp = add_rsvp(meeting, rsvp_id, wish, language)
    if not quietly:
        tell(rsvp, meeting, RsvpNews.COUNTED)
    return rsvp


def add_rsvp(meeting: Meeting, rsvp_id: int, wish: Wish, language: str) -> Rsvp:
    """Add an answer that is coming, whether there are seats or not, and return it."""
    rsvp = Rsvp(
        id=rsvp_id,
        meeting_id=meeting.id,
        code_hash=outgoing.hash_of_code(outgoing.code_of(rsvp_id)),
        state=RsvpState.COMING,
        party=wish.party,
        language=language,
        answered_on=today(),
    )
    with changing_seats(meeting):
        keep_wish(rsvp, wish)
        session.add(rsvp)
    return rsvp


def require_seats(meeting: Meeting, more: int) -> None:
    """Raise `Refused` unless so many more people have seats."""
    free = free_seats(seats_of(meeting.id).capacity, held_seats(meeting.id))
    if free is not None and more > free:
        raise Refused("answers_too_large" if free else "answers_full")


def change_rsvp(meeting: Meeting, rsvp: Rsvp, wish: Wish) -> None:
    """Change an answer; a new contact is asked to confirm that it is theirs. Raises `Refused`."""
    if meeting.is_cancelled:
        raise Refused("answers_cancelled")
    reached = rsvp.contact_hash
    with changing_seats(meeting):
        if rsvp.is_coming and wish.party > rsvp.party:
            require_seats(meeting, wish.party - rsvp.party)
        rsvp.party = wish.party
        keep_wish(rsvp, wish)
        rsvp.confirmed_on = today()
    if rsvp.is_coming and rsvp.contact_hash not in (reached, None):
        tell(rsvp, meeting, RsvpNews.COUNTED)


def cancel_rsvp(meeting: Meeting, rsvp: Rsvp) -> None:
    """Cancel an answer and erase all that they told of themselves but their number, in case they come after all."""
    with changing_seats(meeting):
        rsvp.state, rsvp.why = RsvpState.CANCELLED, None
        keep_wish(rsvp, Wish(rsvp.party, forget_contact=True))


def answer_again(meeting: Meeting, rsvp: Rsvp) -> None:
    """Count an answer again that was cancelled. Raises `Refused` when answers are closed or seats are too few."""
    if rsvp.is_coming:
        return
    if not is_open(meeting):
        raise Refused("answers_closed")
    require_seats(meeting, rsvp.party)
    with changing_seats(meeting):
        rsvp.state, rsvp.why = RsvpState.COMING, None


def tell_moved(meeting: Meeting, before: datetime | None) -> None:
    """Tell all who answered, those taken out too, of the new day, hours or place; `before`: the previous start."""
    for rsvp in answers_of(meeting.id):
        tell(rsvp, meeting, RsvpNews.MOVED, before=before)
        outgoing.leave_out_reminders(rsvp, meeting)


def tell_withdrawn(meeting: Meeting, needs: Collection[str]) -> None:
    """Queue messages to all who counted on an offer that was taken back."""
    for rsvp in answers_of(meeting.id):
        if set(needs) & set(rsvp.counts_on):
            tell(rsvp, meeting, RsvpNews.WITHDRAWN)


def recall_withdrawn(meeting: Meeting, needs: Collection[str]) -> None:
    """Take back queued messages about offers that are made again; if others are still withdrawn, queue a new one."""
    for rsvp in answers_of(meeting.id) if needs else ():
        recalled = bool(set(needs) & set(rsvp.counts_on)) and take_back(rsvp, (RsvpNews.WITHDRAWN,))
        if recalled and set(meeting.gone) & set(rsvp.counts_on):
            tell(rsvp, meeting, RsvpNews.WITHDRAWN)


def keep_sums(ids: Sequence[int]) -> None:
    """Add answers that are about to be erased to the sums of their meetings."""
    dying = session.scalars(select(Rsvp).where(Rsvp.id.in_(ids)).order_by(Rsvp.meeting_id)).all()
    for meeting_id in {rsvp.meeting_id for rsvp in dying}:
        seats = seats_of(meeting_id)
        session.add(seats)
        own = [rsvp for rsvp in dying if rsvp.meeting_id == meeting_id]
        seats.sums = Sums.from_json(seats.sums).add(own).to_json()
    session.flush()


def free_text_codes() -> None:
    over = select(Meeting.id).where(Meeting.ends_at <= now() - timedelta(days=1))
    session.execute(
        update(MeetingSeats)
        .where(MeetingSeats.text_code.is_not(None), MeetingSeats.meeting_id.in_(over))
        .values(text_code=None)
    )


def forget_phone(number: str) -> None:
    """Erase a phone number from all answers; the number of people is kept."""
    for meeting_id in session.scalars(select(Rsvp.meeting_id).distinct()).all():
        for rsvp in answers_from(meeting_id, contact_hash(meeting_id, number)):
            forget_contact(rsvp)

"""Actions on answers and seats, of residents and organizers, and jobs that queue reminders and assign text codes.

What changes an answer requires a meeting locked by `locked_meeting`.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import delete, select, update

from portal.core.audit import record
from portal.core.clock import now, today, waking, zone
from portal.core.db import added, db, random_id, session
from portal.core.i18n import speaking
from portal.core.jobs.engine import each_row
from portal.core.statuses import NotFound, Refused
from portal.markets.place_actions import publish_about
from portal.meetings.meeting import Meeting
from portal.meetings.readiness import MeetingState
from portal.meetings.rsvp import outgoing, rsvp as rsvps, rules
from portal.meetings.rsvp.outgoing import contact_hash, take_back, tell
from portal.meetings.rsvp.rsvp import MeetingSeats, Rsvp, RsvpNotice, answers_from, answers_of, is_open, seats_of
from portal.meetings.rsvp.rules import ContactKind, Reminder, ReminderConsent, Ride, RsvpNews, RsvpState, draw_code
from portal.meetings.rsvp.texts import CONSENT


@dataclass(frozen=True)
class Contact:
    """The contact of a resident for changes: a phone number with country code, or an e-mail address."""

    kind: ContactKind
    address: str
    agreed: ReminderConsent = ReminderConsent.WEB
    """How they consent to reminders: a number that sent an SMS is certain, and the reply states the consent."""


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
    rsvp.interpreter, rsvp.ride = wish.interpreter, wish.ride
    rsvp.ride_seats = wish.ride_seats if wish.ride == Ride.OFFERS else 0
    rsvp.access_needs, rsvp.first_name = wish.access_needs, wish.first_name
    rsvp.asked_on = rsvp.asked_on if wish.access_needs else None
    if wish.forget_contact:
        forget_contact(rsvp)
    hashed = contact_hash(rsvp.meeting_id, wish.contact.address) if wish.contact else None
    if wish.contact is None or hashed is None or rsvp.contact_hash == hashed:
        return
    used = {other.letter for other in answers_from(rsvp.meeting_id, hashed)}
    letter = next((letter for letter in rules.LETTERS if letter not in used), None)
    if letter is None:
        raise Refused("answers_too_many")
    forget_contact(rsvp)
    rsvp.contact_kind, rsvp.contact = wish.contact.kind, wish.contact.address
    rsvp.contact_hash, rsvp.letter = hashed, letter
    if wish.contact.agreed is ReminderConsent.WEB:
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
    kept = ("party", "interpreter", "ride", "ride_seats", "access_needs", "first_name")
    return Wish(ages=rsvp.child_ages, **{name: getattr(rsvp, name) for name in kept})


MOST_NOTED = 900


def note_for_host(rsvp: Rsvp, words: str) -> None:
    """Add a resident's words to what the host reads beside the answer; the last ones stay."""
    rsvp.asked_on = today()
    rsvp.access_needs = f"{rsvp.access_needs}\n{words}".strip()[-MOST_NOTED:]


@contextmanager
def changing_seats(meeting: Meeting) -> Iterator[None]:
    """Run the body, then publish the seat level if it changed."""
    before = rsvps.level_of(meeting.id)
    yield
    session.flush()
    if rsvps.level_of(meeting.id) is not before and not meeting.is_draft:
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
    rsvp = add_rsvp(meeting, wish, language, rsvp_id)
    if not quietly:
        tell(rsvp, meeting, RsvpNews.COUNTED)
    return rsvp


def add_rsvp(meeting: Meeting, wish: Wish, language: str, rsvp_id: int | None = None) -> Rsvp:
    """Add an answer that is coming, whether there are seats or not, and return it."""
    rsvp_id = rsvp_id or random_id()
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
    free = rules.free_seats(seats_of(meeting.id).capacity, rsvps.held_seats(meeting.id))
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


def tell_changed(
    meeting: Meeting, before: datetime | None, gone: Collection[str], offered_again: Collection[str]
) -> None:
    """Tell all who answered of a move from the start `before`, those taken out too, and of offers `gone` who need them.

    Queued messages about offers that are made again are taken back; if others are still withdrawn, one is queued anew.
    """
    for rsvp in answers_of(meeting.id):
        if before is not None:
            tell(rsvp, meeting, RsvpNews.MOVED, before=before)
            outgoing.leave_out_reminders(rsvp, meeting)
        needs = set(rsvp.counts_on)
        recalled = bool(needs & set(offered_again)) and take_back(rsvp, (RsvpNews.WITHDRAWN,))
        if needs & set(gone) or (recalled and needs & set(meeting.gone)):
            tell(rsvp, meeting, RsvpNews.WITHDRAWN)


def keep_sums(ids: Sequence[int]) -> None:
    """Add answers that are about to be erased to the sums of their meetings."""
    dying = session.scalars(select(Rsvp).where(Rsvp.id.in_(ids)).order_by(Rsvp.meeting_id)).all()
    for meeting_id in {rsvp.meeting_id for rsvp in dying}:
        seats = seats_of(meeting_id)
        session.add(seats)
        seats.sums = vars(rsvps.Sums.of(seats.sums, (rsvp for rsvp in dying if rsvp.meeting_id == meeting_id)))
    session.flush()


def forget_phone(number: str) -> None:
    """Erase a phone number from all answers; the number of people is kept."""
    for meeting_id in session.scalars(select(Rsvp.meeting_id).distinct()).all():
        for rsvp in answers_from(meeting_id, contact_hash(meeting_id, number)):
            forget_contact(rsvp)


CHANCE = secrets.SystemRandom()


def open_seats(meeting: Meeting) -> MeetingSeats:
    """Return the stored seats of a meeting, creating them if needed; a published meeting gets a text code."""
    seats = seats_of(meeting.id)
    if seats.text_code is None and not meeting.is_draft:
        used = session.scalars(select(MeetingSeats.text_code).where(MeetingSeats.text_code.is_not(None)))
        seats.text_code = draw_code([code for code in used if code], CHANCE)
    return added(seats)


def share_out_codes() -> None:
    """Release the text codes of past meetings and give them to others; eight hundred codes last for more than a day."""
    with db.work():
        waiting = free_text_codes()
    each_row(waiting, give_text_code)


def free_text_codes() -> Sequence[int]:
    """Release the codes of past meetings. Return the ids of meetings ahead without one, next one first."""
    over = select(Meeting.id).where(Meeting.ends_at <= now() - timedelta(days=1))
    is_coded = MeetingSeats.text_code.is_not(None)
    session.execute(update(MeetingSeats).where(is_coded, MeetingSeats.meeting_id.in_(over)).values(text_code=None))
    uncoded = Meeting.id.not_in(select(MeetingSeats.meeting_id).where(is_coded))
    ahead = select(Meeting.id).where(Meeting.state == MeetingState.PUBLISHED, Meeting.ends_at > now(), uncoded)
    return session.scalars(ahead.order_by(Meeting.starts_at)).all()


def give_text_code(meeting_id: int) -> None:
    meeting = session.get_one(Meeting, meeting_id)
    if open_seats(meeting).text_code is not None:
        publish_about(meeting.market_id)


def set_seats(meeting: Meeting, capacity: int | None, close_hours: int, editor_id: int) -> None:
    """Set the number of seats; None for no limit. Seats already taken are kept even if there are fewer now."""
    with changing_seats(meeting):
        seats = open_seats(meeting)
        seats.capacity, seats.close_hours = capacity, close_hours
    record("meeting.seats_set", "meeting", meeting.id, editor_id)


def add_answer(meeting: Meeting, party: int, language: str, editor_id: int) -> Rsvp:
    """Add an answer for people whom the host knows of, also beyond the seats."""
    record("meeting.seats_given", "meeting", meeting.id, editor_id)
    return add_rsvp(meeting, Wish(party), language)


def ask_again(meeting: Meeting, editor_id: int) -> tuple[int, date]:
    """Ask who needs childcare or a ride, or offers one, whether that holds. Return how many, and by when to reply."""
    until = rules.ask_by(meeting.held_on or today(), today())
    asking = 0
    if not may_be_asked(meeting):
        return asking, until
    for rsvp in answers_of(meeting.id, RsvpState.COMING):
        if rsvp.needs_preparing and rsvp.contact is not None and rsvp.ask_by != until:
            rsvp.ask_by, rsvp.confirmed_on = until, None
            tell(rsvp, meeting, RsvpNews.ASK)
            asking += 1
    record("meeting.asked_again", "meeting", meeting.id, editor_id)
    return asking, until


def may_be_asked(meeting: Meeting) -> bool:
    """Return whether the reply would still matter: the meeting is not cancelled and has not begun."""
    return not meeting.is_cancelled and meeting.starts_at is not None and meeting.starts_at > now()


def take_out(meeting: Meeting, chosen: Sequence[Rsvp], why: rules.Why, editor_id: int) -> int:
    """Take out answers and tell the residents why. Return how many were taken out."""
    taken = [rsvp for rsvp in chosen if rsvp.is_coming]
    with changing_seats(meeting):
        for rsvp in taken:
            rsvp.state, rsvp.why = RsvpState.CANCELLED, why
    for rsvp in taken:
        tell(rsvp, meeting, RsvpNews.TAKEN_OUT)
        record("meeting.answer_taken_out", "meeting", meeting.id, editor_id)
    return len(taken)


MOST_AT_ONCE = 100
"""Reminders queued in one transaction, during which other answers to the meeting wait for the lock."""


def accept_reminders(meeting: Meeting, rsvp: Rsvp) -> None:
    """Record that the owner of the typed contact answered from there, and consents to reminders."""
    if rsvp.proved_on is None:
        if rsvp.contact is not None:
            rsvp.proved_on = today()
        outgoing.leave_out_reminders(rsvp, meeting)


def remind_all() -> None:
    """Queue the reminders that are due. The next run continues after a crash and duplicates nothing."""
    with db.work():
        near = Meeting.starts_at > now(), Meeting.starts_at <= now() + rules.FURTHEST
        reached = select(Rsvp.meeting_id).where(Rsvp.state == RsvpState.COMING, Rsvp.proved_on.is_not(None))
        there = select(Meeting.id).where(Meeting.state == MeetingState.PUBLISHED, *near, Meeting.id.in_(reached))
        ids = session.scalars(there).all()
    each_row(ids, _remind_all_of)


def _remind_all_of(meeting_id: int) -> None:
    left = 0
    while left <= 0:
        left = MOST_AT_ONCE
        with db.work():
            try:
                meeting = rsvps.locked_meeting(meeting_id)
            except NotFound:
                return
            if meeting.starts_at is None or meeting.is_cancelled or meeting.starts_at <= now():
                return
            chosen = rules.read_choice(seats_of(meeting.id).reminders)
            for window in rules.windows(meeting.starts_at, chosen, zone(), waking()):
                if window.is_at_hand(now()):
                    due = rsvps.to_remind(meeting, window.reminder, left)
                    for rsvp in due:
                        outgoing.remind(rsvp, meeting, window)
                    left -= len(due)

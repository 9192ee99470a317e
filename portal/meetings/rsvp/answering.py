"""Actions on RSVPs: answering, seats, the waiting list, offers, contacts, and notices to the host.

Every function requires a meeting locked by `locked_meeting`. Before any change, expired offers are ended; afterwards,
freed seats are offered (see `changing_seats`). The host is the member who planned the meeting or, once that member has
left, those who answer for it instead.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, or_, select, update

from portal.accounts.reminders import Due, Nearness, Reminded, Words, due_of, remind, take_back, under_way
from portal.core.clock import now, today, waking, zone
from portal.core.db import session
from portal.core.i18n import speaking
from portal.core.jobs.outbox import cipher
from portal.core.statuses import Refused
from portal.markets.place_actions import publish_about
from portal.markets.places import Market
from portal.meetings.meeting import Meeting, answerable, public_meetings
from portal.meetings.readiness import MeetingState
from portal.meetings.rsvp.outgoing import (
    agree,
    code_of,
    contact_hash,
    forget_told,
    hash_of_code,
    id_from,
    leave_out_reminders,
    tell,
)
from portal.meetings.rsvp.outgoing import take_back as take_back_message
from portal.meetings.rsvp.reminder_times import LAST_OFFER, RsvpNews, host_told_at, offer_until
from portal.meetings.rsvp.rsvp import (
    MeetingSeats,
    Rsvp,
    Sums,
    answers_from,
    answers_of,
    held_seats,
    in_last_hours,
    is_open,
    level_of,
    line_of,
    meetings_answered,
    on_last_day,
    room_of,
    seats_of,
)
from portal.meetings.rsvp.seats import (
    HOLDING,
    UNSEATED,
    ContactKind,
    InLine,
    ReminderConsent,
    Ride,
    RsvpState,
    free_letter,
    free_reserved,
    gets_seat_at_once,
    may_grow,
    may_move,
    next_in_line,
    waits_for_host,
    write_ages,
)
from portal.meetings.rsvp.texts import CONSENT, inherited_line_words, line_words


def unseated(meeting_id: int) -> frozenset[int]:
    """Return the ids of answers that wait or whose offer has expired."""
    found = select(Rsvp.id).where(Rsvp.meeting_id == meeting_id, Rsvp.state.in_(UNSEATED))
    return frozenset(session.scalars(found))


def tell_host(meeting: Meeting, before: frozenset[int]) -> None:
    """Queue a notice to the hosts if more answers wait or have expired than before; at most one each morning.

    An immediate notice would reveal the hour at which a resident answered, and that can be enough to identify them.
    """
    if meeting.is_cancelled or meeting.starts_at is None or unseated(meeting.id) <= before:
        return
    moment = host_told_at(meeting.starts_at, now(), zone(), waking())
    if moment is not None:
        day, held_on = (one.astimezone(zone()).date() for one in (moment, meeting.starts_at))
        for member_id in answerable(meeting):
            due = Due(day, _about(meeting), Nearness.EVE, member_id)
            say = line_words if member_id == meeting.author_id else inherited_line_words
            remind(member_id, [due], _of_line(say, held_on), mail_at=moment)


def tell_host_anew(meeting: Meeting) -> None:
    """Replace a queued notice to the hosts after the meeting was moved, because it names the day."""
    if under_way(Reminded.about == _about(meeting)):
        take_back(_about(meeting))
        tell_host(meeting, frozenset())


def hand_lines_on(member_id: int) -> None:
    """Pass the notices about waiting lists on after a member's roles or account have changed.

    Queued notices to that member are not sent: the member no longer has a right to know.
    """
    theirs = select(Market.id).where(or_(Market.owner_id == member_id, Market.deputy_id == member_id))
    ahead = public_meetings(Meeting.state == MeetingState.PUBLISHED, Meeting.starts_at > now())
    for meeting in session.scalars(ahead.where(or_(Meeting.author_id == member_id, Meeting.market_id.in_(theirs)))):
        hosts = set(answerable(meeting))
        if member_id not in hosts:
            under = under_way(Reminded.about == _about(meeting))
            take_back(_about(meeting), [due_of(row) for row in under if row.member_id != member_id])
            if not hosts <= _who_heard(meeting):
                tell_host(meeting, frozenset())


def _who_heard(meeting: Meeting) -> set[int]:
    return set(session.scalars(select(Reminded.member_id).where(Reminded.about == _about(meeting))))


def _of_line(say: Callable[[date], str], held_on: date) -> Words:
    return lambda _dues: say(held_on)


def _about(meeting: Meeting) -> str:
    return f"meeting {meeting.id} line"


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
    """Store everything except the number of people, which depends on seats."""
    rsvp.ages = write_ages(wish.ages)
    rsvp.interpreter = wish.interpreter
    rsvp.ride = wish.ride
    rsvp.ride_seats = wish.ride_seats if wish.ride == Ride.OFFERS else 0
    rsvp.access_needs = _hidden(wish.access_needs)
    rsvp.asked_on = rsvp.asked_on if rsvp.access_needs else None
    rsvp.first_name = _hidden(wish.first_name)
    if wish.forget_contact:
        forget_contact(rsvp)
    if wish.contact is not None:
        keep_contact(rsvp, wish.contact)


def keep_contact(rsvp: Rsvp, contact: Contact) -> None:
    """Store a contact. Raises `Refused` when too many answers were given from it."""
    hashed = contact_hash(rsvp.meeting_id, contact.address)
    if rsvp.contact_hash == hashed:
        return
    letter = free_letter(one.letter or "" for one in answers_from(rsvp.meeting_id, hashed))
    if letter is None:
        raise Refused("answers_too_many")
    forget_contact(rsvp)
    rsvp.contact_kind, rsvp.contact = contact.kind, cipher().encrypt(contact.address)
    rsvp.contact_hash, rsvp.letter = hashed, letter
    if contact.agreed is ReminderConsent.WEB:
        with speaking(rsvp.language):
            agree(rsvp, ReminderConsent.WEB, str(CONSENT))


def forget_contact(rsvp: Rsvp) -> None:
    """Erase the contact; messages that are still queued for it are not sent."""
    forget_told(rsvp)
    rsvp.contact_kind = rsvp.contact = rsvp.contact_hash = rsvp.letter = None
    rsvp.agreed_on = rsvp.agreed_how = rsvp.wording = rsvp.proved_on = None


def forget_person(rsvp: Rsvp) -> None:
    """Erase everything that a resident told of themselves.

    The number of people is kept, in case they want to come after all.
    """
    keep_wish(rsvp, Wish(rsvp.party, forget_contact=True))


def read_wish(rsvp: Rsvp) -> Wish:
    """Return the content of an answer without its contact.

    Access needs and name must not be shown on the pages that a private link opens.
    """
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
    before = _shown(rsvp.access_needs)
    rsvp.access_needs = _hidden(f"{before}\n{words}".strip()[-MOST_NOTED:])


def _hidden(text: str) -> bytes | None:
    return cipher().encrypt(text) if text else None


def _shown(kept: bytes | None) -> str:
    return cipher().decrypt(kept) if kept else ""


NOT_GONE = (RsvpState.COMING, RsvpState.WAITING, RsvpState.OFFERED, RsvpState.EXPIRED, RsvpState.TAKEN_OUT)
"""The states of residents who may appear at the door: those whose offer expired or whom the host took out may come too.
"""
NEWS_OF = {
    RsvpState.COMING: RsvpNews.COUNTED,
    RsvpState.WAITING: RsvpNews.IN_LINE,
    RsvpState.EXPIRED: RsvpNews.IN_LINE,
    RsvpState.OFFERED: RsvpNews.OFFER,
    RsvpState.TAKEN_OUT: RsvpNews.TAKEN_OUT,
}


@contextmanager
def changing_seats(meeting: Meeting) -> Iterator[None]:
    """End expired offers, run the body and offer free seats.

    Afterwards, publish the seat level if it changed, and notify the hosts about the waiting list.
    """
    before, waited = level_of(meeting.id), unseated(meeting.id)
    _end_offers(meeting)
    _offer_seats(meeting)
    yield
    session.flush()
    _offer_seats(meeting)
    session.flush()
    if level_of(meeting.id) is not before and not meeting.is_draft:
        publish_about(meeting.market_id)
    tell_host(meeting, waited)


def settle_seats(meeting: Meeting) -> None:
    """Apply changes that are due by time: end expired offers and make the next ones."""
    with changing_seats(meeting):
        return


def file_rsvp(meeting: Meeting, wish: Wish, language: str, nonce: bytes, *, quietly: bool = False) -> Rsvp:
    """Store an answer. The same form sent again updates the same answer.

    `quietly`: the caller confirms by itself. Raises `Refused` when answers are closed or the party exceeds the seats.
    """
    known = session.get(Rsvp, id_from(nonce))
    if known is not None and known.meeting_id == meeting.id:
        if known.state not in (RsvpState.CANCELLED, RsvpState.EXPIRED):
            change_rsvp(meeting, known, wish)
        return known
    if not is_open(meeting):
        raise Refused("answers_closed")
    rsvp = new_rsvp(meeting, id_from(nonce), wish.party, language)
    with changing_seats(meeting):
        keep_wish(rsvp, wish)
        _find_place(meeting, rsvp)
        session.add(rsvp)
    if not quietly:
        tell(rsvp, meeting, news_of(rsvp))
    return rsvp


def new_rsvp(meeting: Meeting, rsvp_id: int, party: int, language: str) -> Rsvp:
    """Return an answer that has no seat yet."""
    return Rsvp(
        id=rsvp_id,
        meeting_id=meeting.id,
        code_hash=hash_of_code(code_of(rsvp_id)),
        state=RsvpState.WAITING,
        party=party,
        given=False,
        position=next_position(meeting),
        language=language,
        answered_on=today(),
    )


def next_position(meeting: Meeting) -> int:
    """Return the position at the end of the waiting list."""
    last = session.scalar(select(func.max(Rsvp.position)).where(Rsvp.meeting_id == meeting.id))
    return (last or 0) + 1


def change_rsvp(meeting: Meeting, rsvp: Rsvp, wish: Wish) -> None:
    """Change an answer. Raises `Refused` when there are too few seats for the party or the meeting is cancelled.

    A new contact is sent the state of the answer and asked to confirm that the answer is theirs.
    """
    if meeting.is_cancelled:
        raise Refused("answers_cancelled")
    reached = rsvp.contact_hash
    with changing_seats(meeting):
        _change_party(meeting, rsvp, wish.party)
        keep_wish(rsvp, wish)
        rsvp.confirmed_on = today()
    if rsvp.contact_hash not in (reached, None):
        tell(rsvp, meeting, news_of(rsvp))


def news_of(rsvp: Rsvp) -> RsvpNews:
    """Return the message that describes the state of an answer."""
    return RsvpNews.FOR_HOST if rsvp.for_host else NEWS_OF[RsvpState(rsvp.state)]


def cancel_rsvp(meeting: Meeting, rsvp: Rsvp) -> None:
    """Cancel an answer, leave the waiting list or decline an offer; the personal details are erased."""
    with changing_seats(meeting):
        if rsvp.state != RsvpState.CANCELLED:
            move(rsvp, RsvpState.CANCELLED)
            rsvp.given = False
            forget_person(rsvp)


def take_seat(meeting: Meeting, rsvp: Rsvp, *, quietly: bool = False) -> None:
    """Accept an offer or, in the last hours, take a free seat. Raises `Refused` when it is too late."""
    if meeting.is_cancelled:
        raise Refused("answers_closed")
    with changing_seats(meeting):
        if rsvp.state == RsvpState.COMING:
            return
        if rsvp.state != RsvpState.OFFERED and not (rsvp.state == RsvpState.WAITING and _may_walk_in(meeting, rsvp)):
            raise Refused("answers_offer_over")
        move(rsvp, RsvpState.COMING)
    if not quietly:
        tell(rsvp, meeting, RsvpNews.COUNTED)


def answer_again(meeting: Meeting, rsvp: Rsvp) -> None:
    """Answer again after a cancellation: with a seat if one is free, else at the end of the waiting list.

    An answer that the host took out is counted only when the host confirms it. Raises `Refused` when answers are
    closed.
    """
    if rsvp.state not in (RsvpState.CANCELLED, RsvpState.EXPIRED, RsvpState.TAKEN_OUT):
        return
    if not is_open(meeting):
        raise Refused("answers_closed")
    with changing_seats(meeting):
        rsvp.position = next_position(meeting)
        _find_place(meeting, rsvp)


def _find_place(meeting: Meeting, rsvp: Rsvp) -> None:
    """Give a seat if no earlier answer is passed over, else a place on the waiting list. Raises `Refused`."""
    room = room_of(meeting.id)
    if room.most_together is not None and rsvp.party > room.most_together:
        raise Refused("answers_too_large")
    for_host = rsvp.state == RsvpState.TAKEN_OUT or waits_for_host(rsvp.party, _besides(rsvp), room)
    seated = not for_host and gets_seat_at_once(
        rsvp.party, _others(meeting, rsvp), room, held_seats(meeting.id), on_last_day(meeting)
    )
    rsvp.state, rsvp.offered_until = (RsvpState.COMING if seated else RsvpState.WAITING), None
    rsvp.for_host, rsvp.why = for_host, None


def let_in(meeting: Meeting, rsvp: Rsvp) -> None:
    """Seat an answer that the host has confirmed, if there is room and no earlier answer waits for it.

    Otherwise it takes its position on the waiting list.
    """
    before, room = line_of(meeting.id, before=rsvp.position), room_of(meeting.id)
    seated = gets_seat_at_once(rsvp.party, before, room, held_seats(meeting.id), on_last_day(meeting))
    rsvp.state, rsvp.for_host, rsvp.why = (RsvpState.COMING if seated else RsvpState.WAITING), False, None


def _besides(rsvp: Rsvp) -> int:
    """Return how many people the other answers of this contact bring."""
    own = answers_from(rsvp.meeting_id, rsvp.contact_hash) if rsvp.contact_hash else ()
    return sum(one.party for one in own if one.id != rsvp.id and one.state in NOT_GONE)


def _others(meeting: Meeting, rsvp: Rsvp) -> tuple[InLine, ...]:
    return tuple(one for one in line_of(meeting.id) if one.id != rsvp.id)


def _change_party(meeting: Meeting, rsvp: Rsvp, party: int) -> None:
    more, room = party - rsvp.party, room_of(meeting.id)
    if more > 0 and room.most_together is not None and party > room.most_together and not rsvp.given:
        raise Refused("answers_too_large")
    is_many = more > 0 and not rsvp.given and waits_for_host(party, _besides(rsvp), room)
    if is_many and rsvp.state in HOLDING:
        raise Refused("answers_too_many_at_once")
    if more > 0 and rsvp.state in HOLDING and not _seats_for_more(meeting, rsvp, more):
        raise Refused("answers_no_more_seats")
    if rsvp.state == RsvpState.WAITING and more > 0:
        # Answers behind it relied on the smaller number.
        rsvp.position, rsvp.for_host = next_position(meeting), rsvp.for_host or is_many
    was_many = more < 0 and rsvp.for_host and waits_for_host(rsvp.party, _besides(rsvp), room)
    rsvp.party = party
    if was_many:
        # With fewer people it no longer needs the host's confirmation.
        _find_place(meeting, rsvp)


def _seats_for_more(meeting: Meeting, rsvp: Rsvp, more: int) -> bool:
    room, held = room_of(meeting.id), held_seats(meeting.id)
    if rsvp.given:
        return room.capacity is None or free_reserved(room, held) >= more
    return may_grow(more, line_of(meeting.id), room, held, on_last_day(meeting))


def _may_walk_in(meeting: Meeting, rsvp: Rsvp) -> bool:
    if not in_last_hours(meeting):
        return False
    return gets_seat_at_once(rsvp.party, (), room_of(meeting.id), held_seats(meeting.id), last_day=True)


def _end_offers(meeting: Meeting) -> None:
    for rsvp in answers_of(meeting.id, RsvpState.OFFERED):
        if rsvp.offered_until is not None and rsvp.offered_until <= now():
            move(rsvp, RsvpState.EXPIRED)
    session.flush()


def _offer_seats(meeting: Meeting) -> None:
    room = room_of(meeting.id)
    if meeting.is_cancelled:
        return
    if room.capacity is None:
        _seat_everybody(meeting)
        return
    until = offer_until(now(), meeting.starts_at, zone(), waking()) if meeting.starts_at else None
    line = line_of(meeting.id) if until else ()
    chosen = next_in_line(line, room, held_seats(meeting.id), on_last_day(meeting)) if line else ()
    for rsvp_id in chosen:
        rsvp = session.get_one(Rsvp, rsvp_id)
        move(rsvp, RsvpState.OFFERED)
        rsvp.offered_until = until
        tell(rsvp, meeting, RsvpNews.OFFER)


def _seat_everybody(meeting: Meeting) -> None:
    """Seat everyone on the waiting list, because there is no longer a limit."""
    for rsvp in answers_of(meeting.id, RsvpState.WAITING, RsvpState.OFFERED):
        move(rsvp, RsvpState.COMING)
        tell(rsvp, meeting, RsvpNews.COUNTED, unasked=True)


def move(rsvp: Rsvp, state: RsvpState) -> None:
    """Change the state of an answer. Raises `Refused` when the transition is not allowed."""
    if not may_move(RsvpState(rsvp.state), state):
        raise Refused("answers_offer_over")
    rsvp.state, rsvp.offered_until, rsvp.for_host, rsvp.why = state, None, False, None


def tell_moved(meeting: Meeting, before: datetime | None) -> None:
    """Queue messages about the new day, hours or place to all who answered; offers still end in time.

    `before`: the previous start. Reminders for that time are dropped.
    """
    for rsvp in answers_of(meeting.id, *NOT_GONE):
        if rsvp.offered_until is not None and meeting.starts_at is not None:
            rsvp.offered_until = min(rsvp.offered_until, meeting.starts_at - LAST_OFFER)
        tell(rsvp, meeting, RsvpNews.MOVED, before=before)
        leave_out_reminders(rsvp, meeting)
    tell_host_anew(meeting)


def tell_cancelled(meeting: Meeting) -> None:
    """Queue messages about the cancellation to all who answered."""
    for rsvp in answers_of(meeting.id, *NOT_GONE):
        tell(rsvp, meeting, RsvpNews.CANCELLED)
    tell_host_anew(meeting)


def tell_withdrawn(meeting: Meeting, needs: Collection[str]) -> None:
    """Queue messages to all who counted on an offer that was taken back."""
    for rsvp in answers_of(meeting.id, *NOT_GONE):
        if set(needs) & set(rsvp.counts_on):
            tell(rsvp, meeting, RsvpNews.WITHDRAWN)


def recall_withdrawn(meeting: Meeting, needs: Collection[str]) -> None:
    """Take back queued messages about offers that are made again; if others are still withdrawn, queue a new one."""
    for rsvp in answers_of(meeting.id, *NOT_GONE) if needs else ():
        recalled = bool(set(needs) & set(rsvp.counts_on)) and take_back_message(rsvp, (RsvpNews.WITHDRAWN,))
        if recalled and set(meeting.gone) & set(rsvp.counts_on):
            tell(rsvp, meeting, RsvpNews.WITHDRAWN)


def keep_sums(ids: Sequence[int]) -> None:
    """Add answers that are about to be erased to the sums of their meetings."""
    dying = session.scalars(select(Rsvp).where(Rsvp.id.in_(ids)).order_by(Rsvp.meeting_id)).all()
    for meeting_id in {rsvp.meeting_id for rsvp in dying}:
        seats = session.get(MeetingSeats, meeting_id)
        if seats is None:
            seats = seats_of(meeting_id)
            session.add(seats)
        own = [rsvp for rsvp in dying if rsvp.meeting_id == meeting_id]
        seats.sums = Sums.from_json(seats.sums).add(own).to_json()
    session.flush()


def free_text_codes() -> None:
    """Release the text codes of past meetings for other meetings."""
    over = select(Meeting.id).where(Meeting.ends_at <= now() - timedelta(days=1))
    session.execute(
        update(MeetingSeats)
        .where(MeetingSeats.text_code.is_not(None), MeetingSeats.meeting_id.in_(over))
        .values(text_code=None)
    )


def forget_phone(number: str) -> None:
    """Erase a phone number from all answers; the number of people is kept."""
    for meeting_id in meetings_answered():
        for rsvp in answers_from(meeting_id, contact_hash(meeting_id, number)):
            forget_contact(rsvp)

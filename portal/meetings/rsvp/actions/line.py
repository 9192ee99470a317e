"""Seats and the line for them. Every function wants a meeting that `locked_meeting` holds.

Whoever changes anything first ends the offers that ran out, and afterwards hands on what became free.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import func, select

from portal.core.clock import now, today, zone
from portal.core.db import session
from portal.core.errors import Refused
from portal.markets.actions.places import publish_about
from portal.meetings.models import Meeting
from portal.meetings.rsvp.actions.host import tell_host, unseated
from portal.meetings.rsvp.actions.keys import code_of, hash_of_code, id_from
from portal.meetings.rsvp.actions.outgoing import tell
from portal.meetings.rsvp.actions.wishes import Wish, forget_person, keep_wish
from portal.meetings.rsvp.models import Rsvp
from portal.meetings.rsvp.queries import (
    answers_from,
    answers_of,
    held_seats,
    in_last_hours,
    is_open,
    level_of,
    line_of,
    on_last_day,
    room_of,
)
from portal.meetings.rsvp.rules.news import News
from portal.meetings.rsvp.rules.seats import (
    HOLDING,
    InLine,
    State,
    free_reserved,
    gets_seat_at_once,
    may_grow,
    may_move,
    next_in_line,
)
from portal.meetings.rsvp.rules.share import waits_for_host
from portal.meetings.rsvp.rules.times import offer_until

NOT_GONE = (State.COMING, State.WAITING, State.OFFERED, State.EXPIRED, State.TAKEN_OUT)
"""Whoever may stand at the door. Whose offer ended, or whom the host took out, may come all the same."""
NEWS_OF = {
    State.COMING: News.COUNTED,
    State.WAITING: News.IN_LINE,
    State.EXPIRED: News.IN_LINE,
    State.OFFERED: News.OFFER,
    State.TAKEN_OUT: News.TAKEN_OUT,
}


@contextmanager
def changing_seats(meeting: Meeting) -> Iterator[None]:
    """End what ran out, let something happen, hand on what is free; tell the public if that is news to it."""
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
    """What time brings by itself: offers end, the next in line get theirs."""
    with changing_seats(meeting):
        return


def file_rsvp(meeting: Meeting, wish: Wish, language: str, nonce: bytes, *, quietly: bool = False) -> Rsvp:
    """Take an answer. The same form sent again is the same answer, changed if it says something else.

    `quietly`: whoever calls this answers by itself. Raises `Refused`: answers are no longer taken, or there never are
    so many seats.
    """
    known = session.get(Rsvp, id_from(nonce))
    if known is not None and known.meeting_id == meeting.id:
        if known.state not in (State.CANCELLED, State.EXPIRED):
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
    """An answer that has no place yet."""
    return Rsvp(
        id=rsvp_id,
        meeting_id=meeting.id,
        code_hash=hash_of_code(code_of(rsvp_id)),
        state=State.WAITING,
        party=party,
        given=False,
        position=next_position(meeting),
        language=language,
        answered_on=today(),
    )


def next_position(meeting: Meeting) -> int:
    """The end of the line."""
    last = session.scalar(select(func.max(Rsvp.position)).where(Rsvp.meeting_id == meeting.id))
    return (last or 0) + 1


def change_rsvp(meeting: Meeting, rsvp: Rsvp, wish: Wish) -> None:
    """Change an answer. Raises `Refused` when more people are to come than there are seats for, or nobody is to come.

    Another number or address is told how the answer stands, and asked whether it is theirs.
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


def news_of(rsvp: Rsvp) -> News:
    """What there is to say about how an answer stands."""
    return News.FOR_HOST if rsvp.for_host else NEWS_OF[State(rsvp.state)]


def cancel_rsvp(meeting: Meeting, rsvp: Rsvp) -> None:
    """Somebody does not come, leaves the line or declines an offer: what they told of themselves is erased."""
    with changing_seats(meeting):
        if rsvp.state != State.CANCELLED:
            move(rsvp, State.CANCELLED)
            rsvp.given = False
            forget_person(rsvp)


def take_seat(meeting: Meeting, rsvp: Rsvp, *, quietly: bool = False) -> None:
    """Accept an offer; in the last hours, take what is free. Raises `Refused` when it is too late."""
    if meeting.is_cancelled:
        raise Refused("answers_closed")
    with changing_seats(meeting):
        if rsvp.state == State.COMING:
            return
        if rsvp.state != State.OFFERED and not (rsvp.state == State.WAITING and _may_walk_in(meeting, rsvp)):
            raise Refused("answers_offer_over")
        move(rsvp, State.COMING)
    if not quietly:
        tell(rsvp, meeting, News.COUNTED)


def answer_again(meeting: Meeting, rsvp: Rsvp) -> None:
    """Come after all: with a seat if there is one, else at the end of the line. Raises `Refused`.

    Whom the host took out is counted when the host says so.
    """
    if rsvp.state not in (State.CANCELLED, State.EXPIRED, State.TAKEN_OUT):
        return
    if not is_open(meeting):
        raise Refused("answers_closed")
    with changing_seats(meeting):
        rsvp.position = next_position(meeting)
        _find_place(meeting, rsvp)


def _find_place(meeting: Meeting, rsvp: Rsvp) -> None:
    """Give a seat if nobody is passed by it, else a place in line."""
    room = room_of(meeting.id)
    if room.most_together is not None and rsvp.party > room.most_together:
        raise Refused("answers_too_large")
    for_host = rsvp.state == State.TAKEN_OUT or waits_for_host(rsvp.party, _besides(rsvp), room)
    seated = not for_host and gets_seat_at_once(
        rsvp.party, _others(meeting, rsvp), room, held_seats(meeting.id), on_last_day(meeting)
    )
    rsvp.state, rsvp.offered_until = (State.COMING if seated else State.WAITING), None
    rsvp.for_host, rsvp.why = for_host, None


def let_in(meeting: Meeting, rsvp: Rsvp) -> None:
    """Give what the host said yes to: a seat, unless somebody who came earlier waits for it; else its place in line."""
    before, room = line_of(meeting.id, before=rsvp.position), room_of(meeting.id)
    seated = gets_seat_at_once(rsvp.party, before, room, held_seats(meeting.id), on_last_day(meeting))
    rsvp.state, rsvp.for_host, rsvp.why = (State.COMING if seated else State.WAITING), False, None


def _besides(rsvp: Rsvp) -> int:
    """How many people other answers of this phone or mailbox bring."""
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
    if rsvp.state == State.WAITING and more > 0:
        # Whoever stands behind reckoned with the smaller number.
        rsvp.position, rsvp.for_host = next_position(meeting), rsvp.for_host or is_many
    was_many = more < 0 and rsvp.for_host and waits_for_host(rsvp.party, _besides(rsvp), room)
    rsvp.party = party
    if was_many:
        # Now that they are fewer nobody has to look at it.
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
    for rsvp in answers_of(meeting.id, State.OFFERED):
        if rsvp.offered_until is not None and rsvp.offered_until <= now():
            move(rsvp, State.EXPIRED)
    session.flush()


def _offer_seats(meeting: Meeting) -> None:
    room = room_of(meeting.id)
    if meeting.is_cancelled:
        return
    if room.capacity is None:
        _seat_everybody(meeting)
        return
    until = offer_until(now(), meeting.starts_at, zone()) if meeting.starts_at else None
    line = line_of(meeting.id) if until else ()
    chosen = next_in_line(line, room, held_seats(meeting.id), on_last_day(meeting)) if line else ()
    for rsvp_id in chosen:
        rsvp = session.get_one(Rsvp, rsvp_id)
        move(rsvp, State.OFFERED)
        rsvp.offered_until = until
        tell(rsvp, meeting, News.OFFER)


def _seat_everybody(meeting: Meeting) -> None:
    """There is no limit any more: whoever waits has a seat."""
    for rsvp in answers_of(meeting.id, State.WAITING, State.OFFERED):
        move(rsvp, State.COMING)
        tell(rsvp, meeting, News.COUNTED, unasked=True)


def move(rsvp: Rsvp, state: State) -> None:
    """Let an answer stand otherwise. Raises `Refused` when it cannot."""
    if not may_move(State(rsvp.state), state):
        raise Refused("answers_offer_over")
    rsvp.state, rsvp.offered_until, rsvp.for_host, rsvp.why = state, None, False, None

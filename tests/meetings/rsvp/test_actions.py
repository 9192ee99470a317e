"""Answers and seats in the database: the line, offers, messages, what is erased."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.audit import AuditEvent
from portal.core.clock import now
from portal.core.jobs.outbox import MessageKind, OutboundMessage, cipher
from portal.core.page_cache import CacheVersion
from portal.core.statuses import NotFound, Refused
from portal.meetings.meeting import Meeting
from portal.meetings.planning import cancel_meeting, change_meeting, copy_meeting, publish_meeting
from portal.meetings.rsvp import answering, hosting, outgoing
from portal.meetings.rsvp.answering import Contact, Wish
from portal.meetings.rsvp.rsvp import MeetingSeats, Rsvp, held_seats, level_of, locked_meeting, seats_of, sums_of
from portal.meetings.rsvp.seats import ContactKind, Ride, RsvpState, SeatCapacity, SeatLevel, SeatsTaken
from tests.make import both, make_market, make_meeting, make_member

MONDAY = datetime(2026, 6, 1, 16, tzinfo=UTC)
"""Noon in the city."""
STARTS = MONDAY + timedelta(days=7, hours=6)
PHONE, MAIL = Contact(ContactKind.TEXT, "+13365550142"), Contact(ContactKind.MAIL, "rosa@example.org")
PUBLISHED_BEFORE = ((STARTS, True), (STARTS, False), (MONDAY - timedelta(days=9), True))
_numbers = count(1)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(MONDAY, tick=False) as traveller:
        yield traveller


def make_room(session: Session, capacity: int | None = 10, reserved: int = 0, **given: Any) -> Meeting:
    meeting = make_meeting(session, starts_at=STARTS, **given)
    session.flush()
    session.add(MeetingSeats(meeting_id=meeting.id, capacity=capacity, reserved=reserved, close_hours=0))
    session.flush()
    return meeting


def come(meeting: Meeting, party: int = 1, lang: str = "en", nonce: bytes | None = None, **wish: Any) -> Rsvp:
    return answering.file_rsvp(meeting, Wish(party, **wish), lang, nonce or secrets.token_bytes(32))


def letters(session: Session) -> list[tuple[str, str]]:
    session.flush()
    rows = session.scalars(select(OutboundMessage).order_by(OutboundMessage.created_at, OutboundMessage.id)).all()
    return [(row.kind, cipher().decrypt(row.body)) for row in rows if row.body]


def told(session: Session, words: str) -> tuple[str, str]:
    """The one letter that says so."""
    (found,) = (letter for letter in letters(session) if words in letter[1])
    return found


def test_a_form_sent_twice_is_one_answer(session: Session) -> None:
    meeting, nonce = make_room(session), secrets.token_bytes(32)
    first, again = (come(meeting, 3, nonce=nonce, contact=PHONE) for _ in range(2))
    assert first is again
    assert held_seats(meeting.id) == SeatsTaken(open=3)
    assert len(letters(session)) == 1
    assert come(meeting, 2, nonce=nonce, contact=PHONE).party == 2
    assert held_seats(meeting.id) == SeatsTaken(open=2)


def test_nothing_that_opens_an_answer_is_stored(session: Session) -> None:
    meeting = make_room(session)
    rsvp = come(meeting, access_needs="a ramp", first_name="Rosa", contact=PHONE)
    session.flush()
    row = session.execute(select(Rsvp.__table__)).one()
    stored = " ".join(map(str, row))
    code, token = outgoing.code_of(rsvp.id), outgoing.token_of(rsvp.id)
    assert not [secret for secret in (code, token, "ramp", "Rosa", "3365550142") if secret in stored]
    assert outgoing.id_in(token) == rsvp.id
    assert outgoing.hash_of_code(code) == rsvp.code_hash


@pytest.mark.parametrize("token", ["", "x", "%00", "ñ", "A" * 32, "A" * 3000])
def test_a_made_up_link_opens_nothing(session: Session, token: str) -> None:
    assert outgoing.id_in(token) is None


def test_a_link_of_another_answer_cannot_be_derived(session: Session) -> None:
    meeting = make_room(session)
    one, other = come(meeting), come(meeting)
    mixed = outgoing.token_of(one.id)[:11] + outgoing.token_of(other.id)[11:]
    assert outgoing.id_in(mixed) is None


def test_the_same_phone_cannot_be_recognised_from_one_meeting_to_the_next(session: Session) -> None:
    first, second = (come(make_room(session), contact=PHONE) for _ in range(2))
    assert first.contact_hash != second.contact_hash
    assert first.contact != second.contact


def test_families_who_share_a_phone_are_told_apart(session: Session) -> None:
    meeting = make_room(session, None)
    families = [come(meeting, contact=PHONE) for _ in range(6)]
    assert [one.letter for one in families] == list("ABCDEF")
    with pytest.raises(Refused, match="answers_too_many"):
        come(meeting, contact=PHONE)
    answering.cancel_rsvp(meeting, families[1])
    assert come(meeting, contact=PHONE).letter == "B"


def test_the_last_seats_and_the_line(session: Session) -> None:
    meeting = make_room(session, 10)
    states = [come(meeting, party).state for party in (6, 4, 1, 2)]
    assert states == ["coming", "coming", "waiting", "waiting"]
    with pytest.raises(Refused, match="answers_too_large"):
        come(meeting, 11)


def test_a_freed_seat_is_offered_in_order_and_taken(session: Session) -> None:
    meeting = make_room(session, 4)
    first, large, small = come(meeting, 4), come(meeting, 3, contact=PHONE), come(meeting, 1, lang="es", contact=MAIL)
    answering.cancel_rsvp(meeting, first)
    assert (large.state, small.state) == ("offered", "offered")
    assert large.offered_until == MONDAY + timedelta(hours=23)
    texted, mailed = told(session, "A seat is free"), told(session, "Hay cupo")
    assert texted[0] == MessageKind.TEXT
    assert "A seat is free for you on Jun 8, 6:00 PM. Take it by Jun 2, 11:00 AM: http" in texted[1]
    assert mailed[0] == MessageKind.MAIL
    assert mailed[1].startswith("Common Ground: sobre su respuesta\n\nCommon Ground: Hay cupo para usted (8 jun")
    assert f"/es/meetings/mine/{outgoing.token_of(small.id)}" in mailed[1]
    answering.take_seat(meeting, large)
    assert large.state == "coming"
    assert not large.offered_until
    assert told(session, "You are counted")[0] == MessageKind.TEXT


def test_a_small_group_waits_behind_a_large_one_until_the_last_day(session: Session, clock) -> None:
    meeting = make_room(session, 6)
    come(meeting, 4)
    pair = come(meeting, 2)
    large, small = come(meeting, 5), come(meeting, 1)
    answering.cancel_rsvp(meeting, pair)
    assert (large.state, small.state) == ("waiting", "waiting")
    clock.move_to(STARTS - timedelta(hours=23))
    answering.settle_seats(meeting)
    assert (large.state, small.state) == ("waiting", "offered")


def test_an_offer_that_is_not_taken_goes_to_the_next(session: Session, clock) -> None:
    meeting = make_room(session, 2)
    first, second, third = come(meeting, 2), come(meeting, 2), come(meeting, 2)
    answering.cancel_rsvp(meeting, first)
    assert second.state == "offered"
    clock.shift(timedelta(hours=23))
    # It has ended although no job has looked yet.
    with pytest.raises(Refused, match="answers_offer_over"):
        answering.take_seat(meeting, second)
    assert (second.state, third.state) == ("expired", "offered")
    answering.answer_again(meeting, second)
    assert (second.state, second.position > third.position) == ("waiting", True)


def test_in_the_last_hours_whoever_waits_may_take_what_is_free(session: Session, clock) -> None:
    meeting = make_room(session, 2)
    first, second = come(meeting, 2), come(meeting, 1)
    with pytest.raises(Refused, match="answers_offer_over"):
        answering.take_seat(meeting, second)
    clock.move_to(STARTS - timedelta(hours=2))
    with pytest.raises(Refused, match="answers_offer_over"):
        answering.take_seat(meeting, second)
    answering.cancel_rsvp(meeting, first)
    assert second.state == "waiting"
    answering.take_seat(meeting, second)
    assert second.state == "coming"


def test_offers_made_at_night_are_told_in_the_morning(session: Session, clock) -> None:
    meeting = make_room(session, 1)
    first, second = come(meeting), come(meeting, contact=PHONE)
    clock.move_to(datetime(2026, 6, 2, 7, tzinfo=UTC))
    answering.cancel_rsvp(meeting, first)
    session.flush()
    offer = session.scalars(
        select(OutboundMessage).where(OutboundMessage.kind == MessageKind.TEXT, OutboundMessage.direct.is_(False))
    ).one()
    assert offer.due_at == datetime(2026, 6, 2, 12, tzinfo=UTC)
    assert offer.send_before == second.offered_until == datetime(2026, 6, 3, 0, tzinfo=UTC)


def test_more_people_only_where_there_are_seats(session: Session) -> None:
    meeting = make_room(session, 5)
    one, other = come(meeting, 2), come(meeting, 2)
    answering.change_rsvp(meeting, one, Wish(3))
    with pytest.raises(Refused, match="answers_no_more_seats"):
        answering.change_rsvp(meeting, other, Wish(3))
    assert other.party == 2
    answering.change_rsvp(meeting, one, Wish(1))
    answering.change_rsvp(meeting, other, Wish(3, ages=(4,), ride=Ride.OFFERS, ride_seats=2))
    assert (other.party, other.ages, other.ride_seats) == (3, "4", 2)


def test_who_asks_for_more_while_waiting_goes_to_the_end(session: Session) -> None:
    meeting = make_room(session, 4)
    first, second, third = come(meeting, 4), come(meeting, 1), come(meeting, 2)
    answering.change_rsvp(meeting, second, Wish(3))
    answering.cancel_rsvp(meeting, first)
    assert (second.state, third.state) == ("waiting", "offered")


def test_who_stays_away_is_forgotten_at_once_and_may_come_after_all(session: Session) -> None:
    meeting = make_room(session, 4)
    rsvp = come(meeting, 3, ages=(2,), interpreter="es", access_needs="ramp", first_name="Rosa", contact=PHONE)
    answering.cancel_rsvp(meeting, rsvp)
    answering.cancel_rsvp(meeting, rsvp)
    assert rsvp.state == "cancelled"
    kept = (rsvp.ages, rsvp.interpreter, rsvp.access_needs, rsvp.first_name, rsvp.contact, rsvp.contact_hash)
    assert kept == ("", "", None, None, None, None)
    answering.answer_again(meeting, rsvp)
    assert (rsvp.state, rsvp.party) == ("coming", 3)


def test_reserved_seats_are_given_by_organizers_only(session: Session) -> None:
    meeting, editor = make_room(session, 4, 2), make_member(session, ("organizer",)).id
    come(meeting, 2)
    assert come(meeting, 1).state == "waiting"
    given = hosting.give_seats(meeting, 2, "es", editor)
    assert (given.state, given.given) == ("coming", True)
    with pytest.raises(Refused, match="answers_none_reserved"):
        hosting.give_seats(meeting, 1, "es", editor)
    assert held_seats(meeting.id) == SeatsTaken(open=2, reserved=2)
    # A reserved seat that comes back is the organizers' again, not the line's.
    answering.cancel_rsvp(meeting, given)
    assert held_seats(meeting.id) == SeatsTaken(open=2)
    assert hosting.give_seats(meeting, 2, "en", editor).state == "coming"


def test_more_seats_are_offered_to_the_line_and_fewer_turn_nobody_out(session: Session) -> None:
    meeting, editor = make_room(session, 2), make_member(session, ("organizer",)).id
    first, second = come(meeting, 2), come(meeting, 2, contact=PHONE)
    hosting.set_seats(meeting, SeatCapacity(4), 0, editor)
    assert second.state == "offered"
    hosting.set_seats(meeting, SeatCapacity(1), 0, editor)
    assert (first.state, second.state) == ("coming", "offered")
    third = come(meeting, 1)
    assert third.state == "waiting"
    hosting.set_seats(meeting, SeatCapacity(None), 24, editor)
    assert (second.state, third.state) == ("coming", "coming")
    assert session.scalars(select(AuditEvent.action)).all().count("meeting.seats_set") == 3


def test_the_public_edition_changes_with_the_words_and_not_with_each_answer(session: Session) -> None:
    meeting = make_room(session, 8)

    def edition() -> int:
        session.flush()
        return session.scalar(select(CacheVersion.number)) or 0

    before = edition()
    come(meeting, 2)
    assert (level_of(meeting.id), edition()) == (SeatLevel.OPEN, before)
    come(meeting, 3)
    assert (level_of(meeting.id), edition()) == (SeatLevel.FEW, before + 1)
    full = come(meeting, 3)
    assert (level_of(meeting.id), edition()) == (SeatLevel.FULL, before + 2)
    answering.cancel_rsvp(meeting, full)
    assert (level_of(meeting.id), edition()) == (SeatLevel.FEW, before + 3)


def test_answers_close(session: Session, clock) -> None:
    meeting = make_room(session, None)
    seats_of(meeting.id).close_hours = 24
    session.flush()
    clock.move_to(STARTS - timedelta(hours=24))
    with pytest.raises(Refused, match="answers_closed"):
        come(meeting)


def test_a_cancelled_meeting_takes_none(session: Session) -> None:
    meeting = make_room(session, None, state="cancelled", change_reason=both("x", "y"))
    with pytest.raises(Refused, match="answers_closed"):
        come(meeting)


def test_a_meeting_at_a_hidden_place_takes_none(session: Session) -> None:
    hidden = make_market(session, released=False)
    session.flush()
    meeting = make_room(session, market_id=hidden.id)
    with pytest.raises(NotFound):
        locked_meeting(meeting.id)


def test_who_needs_childcare_or_a_ride_is_asked_again_once(session: Session) -> None:
    meeting, editor = make_room(session, None), make_member(session, ("organizer",)).id
    child = come(meeting, 2, ages=(4,), contact=PHONE)
    come(meeting, 2, ages=(4,))
    come(meeting, 1, contact=MAIL)
    asked, until = hosting.ask_again(meeting, editor)
    assert (asked, until.isoformat(), child.ask_by) == (1, "2026-06-05", until)
    assert told(session, "still right")[0] == MessageKind.TEXT
    assert hosting.ask_again(meeting, editor)[0] == 0
    outgoing.confirm_rsvp(child)
    assert child.confirmed_on is not None


def test_sums_outlive_the_answers(session: Session) -> None:
    meeting = make_room(session, 9)
    come(meeting, 3, ages=(1, 4), interpreter="es", ride=Ride.NEEDS, access_needs="ramp")
    come(meeting, 2, interpreter="es", ride=Ride.OFFERS, ride_seats=3)
    come(meeting, 4)
    come(meeting, 2)
    before = sums_of(meeting.id)
    assert (before.people, before.answers, before.waiting, before.children) == (9, 3, 2, [1, 1, 0, 0])
    assert (before.rides_needed, before.seats_offered, before.access) == (3, 3, 1)
    ids = session.scalars(select(Rsvp.id)).all()
    for some in (ids[:2], ids[2:]):
        answering.keep_sums(some)
        for one in some:
            session.delete(session.get_one(Rsvp, one))
        session.flush()
    assert sums_of(meeting.id) == before


def test_a_number_is_erased_from_every_answer(session: Session) -> None:
    answers = [come(make_room(session), 2, contact=PHONE) for _ in range(2)]
    other = come(make_room(session), 2, contact=MAIL)
    answering.forget_phone(PHONE.address)
    assert [(one.contact, one.contact_hash, one.party) for one in answers] == [(None, None, 2)] * 2
    assert other.contact is not None


def test_published_meetings_get_a_code_for_texts_and_copies_the_room(session: Session) -> None:
    editor = make_member(session, ("organizer",)).id
    draft = make_meeting(session, published=False, starts_at=STARTS)
    session.flush()
    assert seats_of(draft.id).text_code is None
    publish_meeting(draft, editor)
    code = seats_of(draft.id).text_code
    assert code is not None
    assert code.isdigit()
    hosting.set_seats(draft, SeatCapacity(30, 5), 12, editor)
    twin = copy_meeting(draft, editor)
    session.flush()
    assert (seats_of(twin.id).room, seats_of(twin.id).text_code) == (SeatCapacity(30, 5), None)


def test_codes_of_meetings_that_are_over_are_free_again(session: Session, clock) -> None:
    meeting = make_room(session)
    hosting.open_seats(meeting)
    answering.free_text_codes()
    session.refresh(seats_of(meeting.id))
    assert seats_of(meeting.id).text_code is not None
    clock.move_to(STARTS + timedelta(days=2))
    answering.free_text_codes()
    session.refresh(seats_of(meeting.id))
    assert seats_of(meeting.id).text_code is None


def give_text_codes() -> None:
    for meeting_id in hosting.meetings_without_text_code():
        hosting.give_text_code(meeting_id)


def test_a_meeting_that_was_published_before_there_were_codes_gets_one(session: Session, clock) -> None:
    old, draft, over = (make_meeting(session, starts_at=at, published=out) for at, out in PUBLISHED_BEFORE)
    session.flush()
    give_text_codes()
    code = seats_of(old.id).text_code
    assert code
    assert (seats_of(draft.id).text_code, seats_of(over.id).text_code) == (None, None)
    give_text_codes()
    assert seats_of(old.id).text_code == code


def test_states_are_those_of_the_rules(session: Session) -> None:
    assert {come(make_room(session)).state} <= {state.value for state in RsvpState}


def unsent(session: Session) -> list[str]:
    session.flush()
    rows = session.scalars(
        select(OutboundMessage).where(OutboundMessage.state == "due").execution_options(populate_existing=True)
    ).all()
    return [cipher().decrypt(row.body) for row in rows]


def test_who_left_a_way_to_be_reached_hears_of_a_move_and_offers_still_end_in_time(session: Session) -> None:
    editor = make_member(session, ("organizer",)).id
    meeting = make_room(session, 2)
    first = come(meeting, 2, contact=PHONE)
    waiting = come(meeting, 1, contact=MAIL)
    answering.cancel_rsvp(meeting, first)
    assert waiting.state == "offered"
    plan = replace(meeting.plan, starts_at=MONDAY + timedelta(hours=9), ends_at=MONDAY + timedelta(hours=11))
    change_meeting(meeting, plan, both("The hall is closed.", "El salón está cerrado."), editor)
    assert waiting.offered_until == MONDAY + timedelta(hours=7)
    assert [words for words in unsent(session) if "has changed. Now it is Jun 1, 9:00 PM" in words]
    # Neither the offer nor the line are told of any more; the rest is for the host.
    assert len([words for words in unsent(session) if "waiting list" not in words]) == 1


def test_a_cancellation_reaches_everybody_at_once_on_the_last_day(session: Session, clock) -> None:
    editor = make_member(session, ("organizer",)).id
    meeting = make_room(session, 3)
    coming, waiting = come(meeting, 3, contact=PHONE), come(meeting, 2, lang="es", contact=MAIL)
    clock.move_to(STARTS - timedelta(hours=15))
    cancel_meeting(meeting, both("The hall is closed.", "El salón está cerrado."), editor)
    assert sorted(words.split("http")[0].split("\n")[-1] for words in unsent(session)) == [
        "Common Ground: Se cancela lo planeado (8 jun, 6:00 p.m.). Motivo: ",
        "Common Ground: What was planned for Jun 8, 6:00 PM is canceled. Why: ",
    ]
    session.flush()
    assert all(
        row.due_at == now() for row in session.scalars(select(OutboundMessage).where(OutboundMessage.state == "due"))
    )
    answering.cancel_rsvp(meeting, coming)
    assert waiting.state == "waiting"
    with pytest.raises(Refused, match="answers_closed"):
        answering.take_seat(meeting, waiting)


def test_a_small_change_is_told_to_nobody(session: Session) -> None:
    editor = make_member(session, ("organizer",)).id
    meeting = make_room(session, 3)
    come(meeting, 3, contact=PHONE)
    before = unsent(session)
    change_meeting(meeting, replace(meeting.plan, host=both("Eva", "Eva")), both("", ""), editor)
    assert unsent(session) == before


def test_nothing_is_said_about_a_meeting_whose_place_was_hidden_since(session: Session) -> None:
    editor = make_member(session, ("organizer",)).id
    market = make_market(session)
    session.flush()
    meeting = make_room(session, 1, market_id=market.id)
    come(meeting)
    come(meeting, contact=PHONE)
    before = set(letters(session))
    market.released_at = None
    session.flush()
    hosting.set_seats(meeting, SeatCapacity(5), 0, editor)
    cancel_meeting(meeting, both("The hall is closed.", "El salón está cerrado."), editor)
    assert set(letters(session)) <= before


def test_a_large_party_that_the_host_confirms_gets_no_seat_of_a_full_meeting(session: Session) -> None:
    meeting = make_room(session, 10)
    large = come(meeting, 8)
    assert large.for_host
    for _ in range(5):
        come(meeting, 2)
    answering.let_in(meeting, large)
    assert (large.state, large.for_host, held_seats(meeting.id).open) == (RsvpState.WAITING, False, 10)

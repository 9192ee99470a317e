"""The host hears of the line: in the morning, once a day for a meeting, in a mail that names and counts nobody."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy.orm import Session

from portal.accounts.people import give_roles, remove_member
from portal.accounts.reminders import ReminderWay, choose
from portal.accounts.roles import Role
from portal.accounts.users import Member
from portal.core.clock import now
from portal.core.jobs.outbox import MessageKind, OutboundMessage, cipher
from portal.core.jobs.retries import UNSETTLED, DeliveryState
from portal.markets.places import Market
from portal.meetings.meeting import Meeting, may_see_single_answers
from portal.meetings.planning import cancel_meeting, change_meeting
from portal.meetings.readiness import who_answers
from portal.meetings.rsvp import answering
from portal.meetings.rsvp.answering import Wish
from portal.meetings.rsvp.rsvp import MeetingSeats, Rsvp
from tests.make import both, make_market, make_meeting, make_member

MONDAY = datetime(2026, 6, 1, 16, tzinfo=UTC)
"""Noon in the city."""
STARTS = MONDAY + timedelta(days=7, hours=6)
MORNING = datetime(2026, 6, 2, 12, tzinfo=UTC)
BOTH = pytest.mark.both_databases


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(MONDAY, tick=False) as traveller:
        yield traveller


@pytest.fixture
def host(session: Session) -> Member:
    return make_member(session, ["organizer"], language="es")


@pytest.fixture
def meeting(session: Session, host: Member) -> Meeting:
    """One seat, and somebody has it."""
    meeting = make_meeting(session, author=host, starts_at=STARTS)
    session.flush()
    session.add(MeetingSeats(meeting_id=meeting.id, capacity=1, reserved=0, close_hours=0))
    session.flush()
    come(meeting)
    return meeting


def come(meeting: Meeting) -> Rsvp:
    return answering.file_rsvp(meeting, Wish(1, first_name="Rosa"), "en", secrets.token_bytes(32))


def mails(session: Session) -> list[OutboundMessage]:
    session.flush()
    rows = session.query(OutboundMessage).filter(
        OutboundMessage.kind == MessageKind.MAIL, OutboundMessage.state.in_(UNSETTLED)
    )
    return list(rows.order_by(OutboundMessage.due_at))


def words(message: OutboundMessage) -> str:
    return cipher().decrypt(message.body or b"")


@BOTH
def test_nothing_is_written_while_there_are_seats(session: Session, meeting: Meeting) -> None:
    assert mails(session) == []


@BOTH
def test_the_host_reads_in_the_morning_that_the_line_changed(session: Session, host: Member, meeting: Meeting) -> None:
    come(meeting)
    come(meeting)
    (mail,) = mails(session)
    assert (cipher().decrypt(mail.address or b""), mail.due_at) == (host.email, MORNING)
    assert "la lista de espera" in words(mail)
    assert "8 jun" in words(mail)
    assert not [secret for secret in ("Rosa", meeting.title.es, meeting.place.es, " 2 ") if secret in words(mail)]


@BOTH
def test_there_is_one_mail_a_day(session: Session, clock: time_machine.Traveller, meeting: Meeting) -> None:
    come(meeting)
    clock.move_to(MORNING + timedelta(hours=1))
    come(meeting)
    assert [mail.due_at for mail in mails(session)] == [MORNING, MORNING + timedelta(days=1)]


@BOTH
def test_of_a_seat_that_passed_the_host_hears_too(
    session: Session, clock: time_machine.Traveller, host: Member
) -> None:
    meeting = make_meeting(session, author=host, starts_at=STARTS)
    session.flush()
    session.add(MeetingSeats(meeting_id=meeting.id, capacity=1, reserved=0, close_hours=0))
    session.flush()
    first, second = come(meeting), come(meeting)
    clock.move_to(MORNING)
    answering.cancel_rsvp(meeting, first)
    assert second.state == "offered"
    assert len(mails(session)) == 1, "an offer by itself is no news"
    clock.move_to(second.offered_until or now())
    answering.settle_seats(meeting)
    assert second.state == "expired"
    assert len(mails(session)) == 2


def test_whoever_wants_no_mail_gets_none(session: Session, host: Member, meeting: Meeting) -> None:
    choose(host, ReminderWay.NONE)
    come(meeting)
    assert mails(session) == []


def test_what_is_called_off_has_no_news(session: Session, host: Member, meeting: Meeting) -> None:
    come(meeting)
    cancel_meeting(meeting, both("Rain", "Lluvia"), host.id)
    assert mails(session) == []


def test_of_a_meeting_that_moves_the_host_reads_the_new_day(session: Session, host: Member, meeting: Meeting) -> None:
    come(meeting)
    later = replace(meeting.plan, starts_at=STARTS + timedelta(days=2), ends_at=STARTS + timedelta(days=2, hours=1))
    change_meeting(meeting, later, both("Rain", "Lluvia"), host.id)
    (mail,) = mails(session)
    assert "10 jun" in words(mail)


# --- who hears when the planner is gone ---


@pytest.fixture
def lead(session: Session) -> Member:
    return make_member(session, ["community_lead"])


def to_whom(session: Session) -> list[str]:
    return sorted(cipher().decrypt(mail.address or b"") for mail in mails(session))


def at_a_place(session: Session, meeting: Meeting, owner: Member | None, deputy: Member | None = None) -> Market:
    place = make_market(session)
    place.owner_id, place.deputy_id = owner.id if owner else None, deputy.id if deputy else None
    meeting.market_id = place.id
    session.flush()
    session.expire(meeting, ["market"])
    return place


@BOTH
def test_without_the_planner_every_lead_hears_and_no_organizer(
    session: Session, host: Member, meeting: Meeting, lead: Member
) -> None:
    other = make_member(session, ["community_lead", "facilitator"])
    make_member(session, ["organizer"])
    remove_member(host, None)
    come(meeting)
    assert to_whom(session) == sorted([lead.email, other.email])
    assert all("is yours now" in words(mail) for mail in mails(session))


@BOTH
def test_whoever_owns_the_place_comes_first_then_the_deputy_if_they_plan_meetings(
    session: Session, host: Member, meeting: Meeting, lead: Member
) -> None:
    owner, pastor = make_member(session, ["organizer"]), make_member(session, ["faith_partner"])
    at_a_place(session, meeting, pastor, owner)
    give_roles(host, {Role.EVALUATOR}, None)
    come(meeting)
    assert to_whom(session) == [owner.email]
    remove_member(owner, None)
    assert to_whom(session) == [lead.email]


@BOTH
def test_what_waited_for_the_planner_is_taken_back_and_told_to_who_comes_next(
    session: Session, clock: time_machine.Traveller, host: Member, meeting: Meeting, lead: Member
) -> None:
    come(meeting)
    assert to_whom(session) == [host.email]
    remove_member(host, None)
    assert to_whom(session) == [lead.email]
    (mail,) = mails(session)
    assert mail.due_at == MORNING
    assert not [secret for secret in ("Rosa", meeting.title.en, meeting.place.en) if secret in words(mail)]


@BOTH
def test_a_line_that_was_told_before_is_told_to_who_inherits_it(
    session: Session, clock: time_machine.Traveller, host: Member, meeting: Meeting, lead: Member
) -> None:
    come(meeting)
    (mail,) = mails(session)
    mail.state = DeliveryState.SENT
    clock.move_to(MORNING + timedelta(days=2))
    give_roles(host, {Role.FACILITATOR}, None)
    assert to_whom(session) == [lead.email]
    # Who has heard hears no more of it because somebody else changes.
    at_a_place(session, meeting, None, host)
    mails(session)[0].state = DeliveryState.SENT
    clock.move_to(MORNING + timedelta(days=3))
    give_roles(host, {Role.EVALUATOR}, None)
    assert mails(session) == []


@BOTH
def test_an_empty_line_is_handed_on_in_silence(session: Session, host: Member, meeting: Meeting, lead: Member) -> None:
    remove_member(host, None)
    assert mails(session) == []


def test_other_roles_leave_the_line_to_the_planner(
    session: Session, host: Member, meeting: Meeting, lead: Member
) -> None:
    come(meeting)
    give_roles(host, {Role.ORGANIZER, Role.FACILITATOR}, None)
    assert to_whom(session) == [host.email]


def test_who_inherits_a_meeting_reads_what_single_people_wrote(
    session: Session, host: Member, meeting: Meeting, lead: Member
) -> None:
    owner, stranger = make_member(session, ["organizer"]), make_member(session, ["organizer"])
    at_a_place(session, meeting, owner)

    def readers() -> list[Member]:
        people = (host, owner, stranger, lead)
        return [one for one in people if may_see_single_answers(meeting, one.id, one.roles)]

    assert readers() == [host, lead]
    give_roles(host, {Role.FACILITATOR}, None)
    assert readers() == [owner, lead]


@pytest.mark.parametrize(
    ("able", "who"),
    [({1, 2, 3, 4}, (1,)), ({2, 3, 4}, (2,)), ({3, 4, 5}, (3,)), ({4, 5}, (4, 5)), ({6}, ()), (set(), ())],
)
def test_who_answers_for_a_meeting(able: set[int], who: tuple[int, ...]) -> None:
    assert who_answers(1, (2, 3), {4, 5}, able) == who
    assert who_answers(1, (None, None), {4, 5}, {5}) == (5,)

"""Asking, answering and agreeing on a date, on both databases."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from icalendar import Calendar
from sqlalchemy import select

from portal import retention
from portal.accounts.roles import Role
from portal.core.clock import now, today
from portal.core.i18n import speaking
from portal.core.jobs.outbox import Letter, OutboundMessage
from portal.core.mail import compose
from portal.core.statuses import NotAllowed, NotFound, Refused
from portal.core.web import Portal
from portal.organisations.sides import TableSide
from portal.partners import members
from portal.partners.circle_rules import CircleRole
from portal.partners.circles import my_seat, open_text
from portal.partners.polls import deciding, polls
from portal.partners.polls.deciding import date_mail, entry_file
from portal.partners.polls.polls import CircleDate, Essential, Guest, Poll, Slot, SlotAnswer
from portal.partners.polls.rules import Counts, SlotChoice, SlotSpan
from tests.make import keys_of, make_circle, make_member, sit_in
from tests.sms.test_texts import FORBIDDEN

YES, MAYBE, NO = SlotChoice.YES, SlotChoice.MAYBE, SlotChoice.NO
WORDS = {
    "question_en": "Rehearsal of the voices",
    "question_es": "Ensayo de las voces",
    "place_en": "Side door",
    "place_es": "Puerta lateral",
}
SECRETS = ("Rehearsal", "Ensayo", "Side door", "Puerta", "Elm", "Ruth", "Ezra")


def spans(count=2):
    noon = now().replace(hour=16, minute=0, second=0, microsecond=0) + timedelta(days=10)
    starts = [noon + timedelta(days=number) for number in range(count)]
    return [SlotSpan(one, one + timedelta(minutes=90)) for one in starts]


def ask(circle, lead, **given):
    asked = {"words": WORDS, "spans": spans(), "values": {"closes_on": today() + timedelta(days=5)}, **given}
    return deciding.propose(my_seat(circle.id, lead), **asked)


def tally(circle, poll):
    return polls.tally(circle, poll, {})


def mails(session):
    """(address, mail) of everything that waits to go out."""
    rows = session.scalars(select(OutboundMessage).where(OutboundMessage.kind == "mail"))
    letters = ((row.address, Letter(row.subject, row.body, row.calendar)) for row in rows)
    return {address: compose("desk@city.test", "city.test", "x@y.test", letter, 1) for address, letter in letters}


def test_who_asks_and_what_is_kept(session, circle, lead, elder) -> None:
    poll = ask(circle, lead, spans=[*reversed(spans(3)), spans()[0]], essential=[elder.id, 77])
    assert [slot.place for slot in poll.slots] == [1, 2, 3]
    assert [slot.starts_at for slot in poll.slots] == [one.starts_at for one in spans(3)]
    assert {row.member_id for row in session.scalars(select(Essential))} == {elder.id}
    assert open_text(poll, keys_of(elder)) == WORDS
    facilitator = make_member(session, [])
    sit_in(session, circle, facilitator, CircleRole.FACILITATOR)
    ask(circle, facilitator)
    for role in (CircleRole.MEMBER, CircleRole.INTERPRETER, CircleRole.OBSERVER):
        somebody = make_member(session, [])
        sit_in(session, circle, somebody, role)
        with pytest.raises(NotAllowed):
            ask(circle, somebody)


def test_an_answer_is_changed_until_the_last_day(session, circle, lead, elder) -> None:
    poll = ask(circle, lead, essential=[elder.id])
    seat = my_seat(circle.id, elder)
    deciding.answer(seat, poll, {1: YES, 2: MAYBE})
    deciding.answer(my_seat(circle.id, lead), poll, {1: YES})
    deciding.answer(seat, poll, {1: NO})
    one, two = poll.slots
    found = tally(circle, poll)
    assert (found.standings[one.id].counts, found.standings[two.id].counts) == (Counts(yes=1, no=1), Counts())
    assert found.standings[one.id].essential_no == 1
    poll.asked_on = poll.closes_on = today() - timedelta(days=1)
    session.flush()
    with pytest.raises(Refused, match="poll_closed"):
        deciding.answer(seat, poll, {1: YES})
    assert tally(circle, poll).standings[one.id].counts == Counts(yes=1, no=1)
    # The answers of who left count no more.
    members.leave(seat)
    found = tally(circle, poll)
    assert (found.standings[one.id].counts, found.standings[one.id].essential) == (Counts(yes=1), 0)


# --- guests ---


def test_a_guest_answers_by_link_until_taken_back(session, circle, lead, elder) -> None:
    poll, seat = ask(circle, lead), my_seat(circle.id, lead)
    guest, token = deciding.ask_guest(seat, poll, "Mrs. Dorothy", TableSide.COMMUNITY, is_essential=True)
    first = poll.slots[0]
    for choice in (NO, MAYBE, YES):
        deciding.answer_as_guest(token, {1: choice})
        assert polls.answers_of(poll)[first.id] == {guest.id: choice}
    assert tally(circle, poll).standings[first.id].essential == 1
    with pytest.raises(NotAllowed):
        deciding.withdraw_guest(my_seat(circle.id, elder), guest)
    deciding.withdraw_guest(seat, guest)
    session.expire_all()
    assert not session.scalars(select(SlotAnswer)).all()
    with pytest.raises(NotFound):
        deciding.answer_as_guest(token, {1: YES})


def test_nothing_of_a_guest_stands_in_the_rows(session, circle, lead) -> None:
    poll = ask(circle, lead)
    by = my_seat(circle.id, lead)
    guest, token = deciding.ask_guest(by, poll, "Mrs. Dorothy", TableSide.COMMUNITY, is_essential=False)
    kept = repr([getattr(guest, column.key) for column in Guest.__table__.columns])
    for secret in (token, "Dorothy"):
        assert secret not in kept
    assert open_text(guest, keys_of(lead)) == {"who": "Mrs. Dorothy"}


# --- dates ---


def choose(circle, lead, poll):
    return deciding.choose(my_seat(circle.id, lead), poll, poll.slots[0], WORDS)


@pytest.mark.both_databases
def test_a_date_is_chosen_once(session, circle, lead, elder) -> None:
    poll = ask(circle, lead)
    with pytest.raises(NotAllowed):
        choose(circle, elder, poll)
    date = choose(circle, lead, poll)
    assert list(polls.dates_ahead(circle)) == [date]
    assert open_text(date, keys_of(elder)) == WORDS
    for why, act in (
        ("date_chosen", lambda: choose(circle, lead, poll)),
        ("poll_closed", lambda: deciding.answer(my_seat(circle.id, elder), poll, {1: YES})),
    ):
        with pytest.raises(Refused, match=why):
            act()


def test_everybody_let_in_is_told_when_and_nothing_else(session, circle, lead, elder) -> None:
    sit_in(session, circle, make_member(session, [], email="new@city.test"), CircleRole.MEMBER, with_key=False)
    date = choose(circle, lead, ask(circle, lead))
    found = mails(session)
    assert set(found) == {lead.email, elder.email}
    for address, mail in found.items():
        entry = Calendar.from_ical(mail.get_body(("calendar",)).get_content())
        (event,) = entry.walk("VEVENT")
        assert (entry["METHOD"], event["UID"], event["SEQUENCE"]) == ("REQUEST", date.uid, 0)
        assert event["DTSTART"].dt == date.starts_at
        assert event["ATTENDEE"] == f"mailto:{address}"
        whole = mail.as_string() + entry.to_ical().decode() + mail.get_body(("plain",)).get_content()
        assert not [secret for secret in SECRETS if secret in whole.replace(address, "")]
        assert str(circle.id) not in whole
        assert set(event) <= {
            *("UID", "SEQUENCE", "STATUS", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "CLASS", "TRANSP"),
            *("ATTENDEE", "ORGANIZER"),
        }
    assert found[elder.email]["Subject"] == "Una fecha para su calendario"


def test_a_moved_date_moves_in_calendars(session, circle, lead) -> None:
    date, seat = choose(circle, lead, ask(circle, lead)), my_seat(circle.id, lead)
    uid, other = date.uid, spans(4)[3]
    deciding.move(seat, date, other)
    assert (date.uid, date.sequence, date.starts_at) == (uid, 1, other.starts_at)
    deciding.move(seat, date, other)
    assert date.sequence == 1
    (event,) = Calendar.from_ical(entry_file(date)).walk("VEVENT")
    assert event["DTSTART"].dt == other.starts_at
    deciding.call_off(seat, date)
    assert (date.sequence, list(polls.dates_ahead(circle))) == (2, [])
    bodies = [row.calendar.decode() for row in session.scalars(select(OutboundMessage))]
    methods = sorted(line for body in bodies for line in body.splitlines() if line.startswith("METHOD"))
    assert methods == ["METHOD:CANCEL"] * 2 + ["METHOD:REQUEST"] * 4
    cancelled = [body for body in bodies if "METHOD:CANCEL" in body]
    assert all("STATUS:CANCELLED" in body and "SEQUENCE:2" in body and uid in body for body in cancelled)
    with pytest.raises(Refused, match="date_off"):
        deciding.move(seat, date, spans()[0])


# --- what time brings ---


def test_polls_and_dates_are_erased_in_their_time(app, work) -> None:
    with work() as session:
        lead = make_member(session, [Role.COMMUNITY_LEAD])
        circle = make_circle(session, lead)
        poll = ask(circle, lead)
        _guest, token = deciding.ask_guest(my_seat(circle.id, lead), poll, "A", TableSide.COMMUNITY, is_essential=False)
        deciding.answer_as_guest(token, {1: YES})
        date = choose(circle, lead, poll)
        poll.asked_on = poll.closes_on = today() - timedelta(days=30)
    with app.app_context():
        retention.run()
    with work() as session:
        assert not any(session.scalars(select(table)).all() for table in (Poll, Slot, Guest, SlotAnswer))
        kept = session.get_one(CircleDate, date.id)
        assert kept.poll_id is None
        kept.starts_at, kept.ends_at = (now() - timedelta(days=31, hours=hours) for hours in (2, 1))
    with app.app_context():
        retention.run()
    with work() as session:
        assert not session.scalars(select(CircleDate)).all()


# --- Mails about polls: neutral enough for somebody else's eyes ---

STARTS, ENDS = datetime(2026, 12, 3, 23, tzinfo=UTC), datetime(2026, 12, 4, 0, 30, tzinfo=UTC)
TELLING = "circle|círculo|voice|voces|police|policía|church|iglesia|session|sesión|call-in|reconcil"


def test_mails_give_nobody_away(app: Portal) -> None:
    for lang in ("en", "es"):
        with app.app_context(), speaking(lang):
            new, moved, off = (CircleDate(starts_at=STARTS, ends_at=ENDS, sequence=number) for number in range(3))
            off.called_off_on = today()
            mails = [date_mail(new), date_mail(moved), date_mail(off)]
            written = "\n".join(words for mail in mails for words in mail).casefold()
        assert not re.search(f"{FORBIDDEN}|{TELLING}", written), written

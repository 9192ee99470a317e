"""Choosing how to be reminded, proving a number, and each reminder once: on both databases."""

from datetime import date, timedelta

import pytest
import time_machine
from sqlalchemy import select, update

from portal import retention
from portal.accounts import reminders
from portal.accounts.people import remove_member
from portal.accounts.reminders import Due, Nearness, due_words, reach_of
from portal.accounts.users import Member
from portal.core.clock import now, today
from portal.core.db import db
from portal.core.i18n import speaking
from portal.core.jobs.outbox import OutboundMessage
from portal.core.jobs.retries import DeliveryState
from portal.core.statuses import Refused
from portal.sms.outgoing import stop_texting
from tests.accounts.reminding import NOON, PHONE, code_sent, posted, send_texts
from tests.make import make_member

DAY = date(2026, 6, 17)


@pytest.fixture(autouse=True)
def clock(app):
    send_texts(app)
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def member(session):
    return make_member(session, ["organizer"], language="es")


def due(member, about="promise 1", day=DAY, near=Nearness.WEEK):
    return Due(day, about, near, member.id)


def texts_to(member):
    """Let a member have proved a number."""
    reminders.ask_number(member, PHONE)
    assert reminders.prove_number(member, code_sent())
    db.session().execute(update(OutboundMessage).values(state=DeliveryState.SENT, address=None, body=None))


@pytest.mark.both_databases
def test_without_a_choice_it_is_mail_and_once(session, member):
    for _again in range(3):
        reminders.remind(member.id, [due(member)], due_words)
    [(kind, address, body)] = posted()
    assert (kind, address) == ("mail", member.email)
    assert "Algo suyo vence el 17 jun" in body
    reminders.choose(member, reminders.ReminderWay.NONE)
    assert not reminders.remind(member.id, [due(member, near=Nearness.EVE)], due_words)
    reminders.choose(member, reminders.ReminderWay.MAIL)
    assert reminders.remind(member.id, [due(member, near=Nearness.EVE)], due_words)


def test_number_is_used_only_once_its_owner_typed_code(session, member):
    reminders.ask_number(member, PHONE)
    # Consent is kept with its words, and the number encrypted.
    reach = reach_of(member.id)
    with speaking("es"):
        words = str(reminders.CONSENT)
    kept = session.get_one(reminders.ReachWording, reach.wording)
    assert (kept.words, kept.language, reach.agreed_on, reach.proved_on) == (words, "es", today(), None)
    assert PHONE.encode() not in reach.contact
    assert PHONE[2:] not in str([vars(row) for row in session.scalars(select(reminders.ReminderChannel))])
    [(kind, address, _body)] = posted()
    assert (kind, address) == ("text", PHONE)
    code = code_sent()
    reminders.remind(member.id, [due(member)], due_words)
    assert [kind for kind, _to, _body in posted()].count("mail") == 1
    assert not reminders.prove_number(member, "000000" if code != "000000" else "111111")
    assert reminders.prove_number(member, f"{code[:3]} {code[3:]}")
    reminders.remind(member.id, [due(member, near=Nearness.EVE)], due_words)
    assert [to for kind, to, _body in posted() if kind == "text"] == [PHONE, PHONE]


def test_code_is_void_after_hour_or_with_next_one(session, member, clock):
    reminders.ask_number(member, PHONE)
    first = code_sent()
    clock.shift(timedelta(minutes=61))
    assert not reminders.prove_number(member, first)
    session.execute(update(OutboundMessage).values(state=DeliveryState.SENT, address=None, body=None))
    reminders.ask_number(member, PHONE)
    second = code_sent()
    assert second != first
    assert not reminders.prove_number(member, first)
    assert reminders.prove_number(member, second)


def test_nobody_pesters_a_phone_or_tries_all_codes(session, member):
    for _code in range(reminders.MOST_CODES):
        reminders.ask_number(member, PHONE)
    with pytest.raises(Refused):
        reminders.ask_number(member, PHONE)
    other = make_member(session, [])
    with pytest.raises(Refused):
        reminders.ask_number(other, PHONE)
    for _try in range(reminders.MOST_TRIES):
        reminders.prove_number(other, "000000")
    with pytest.raises(Refused):
        reminders.prove_number(other, "000000")


def test_stop_erases_the_number_and_takes_back_what_waits(session, member):
    texts_to(member)
    reminders.remind(member.id, [due(member, day=today(), near=Nearness.EVE)], due_words)
    # Nobody is woken, and nothing stale goes out.
    message = session.scalars(select(OutboundMessage).where(OutboundMessage.state == DeliveryState.DUE)).one()
    assert message.by_day
    assert message.send_before < now() + timedelta(hours=10)
    stop_texting(PHONE, "keyword")
    session.flush()
    reach = reach_of(member.id)
    assert reminders.way_of(reach) is reminders.ReminderWay.MAIL
    assert (reach.contact, reach.contact_hash, reach.wording) == (None, None, None)
    assert posted() == []
    # They still want to know, as everybody does who chose nothing.
    reminders.remind(member.id, [due(member)], due_words)
    assert [kind for kind, _to, _body in posted()] == ["mail"]


def test_what_no_longer_holds_is_taken_back_rest_resaid(session, member):
    one, other = due(member), due(member, "promise 2")
    reminders.remind(member.id, [one, other], due_words)
    reminders.take_back("promise ", [other])
    assert (posted(), session.scalars(select(reminders.Reminded)).all()) == ([], [])
    reminders.remind(member.id, [other], due_words)
    assert "Algo suyo vence" in posted()[0][2]


def test_run_at_night_is_silent_by_day_speaks_once(app, work, clock):
    with work() as session:
        member = make_member(session, ["organizer"])
        wanted = [due(member)]

    def run():
        with app.app_context():
            reminders.remind_all("promise ", lambda: [0], lambda _row_id: wanted, due_words)

    clock.move_to(NOON - timedelta(hours=9))
    run()
    with work():
        assert posted() == []
    clock.move_to(NOON)
    for _again in range(2):
        run()
    with work():
        assert len(posted()) == 1
    wanted.clear()
    run()
    with work():
        assert posted() == []


def test_numbers_die_with_account_and_unproved_ones_after_day(session, member, clock):
    texts_to(member)
    typist = make_member(session, [])
    reminders.ask_number(typist, "+13365550199")
    mine, theirs = member.id, typist.id
    db.commit()

    def kept():
        retention.run()
        found = set(db.session().scalars(select(reminders.ReminderChannel.member_id)))
        db.commit()
        return found

    assert kept() == {mine, theirs}
    clock.shift(timedelta(days=1, minutes=1))
    assert kept() == {mine}
    remove_member(db.session().get_one(Member, mine), None)
    db.commit()
    assert kept() == set()


def test_who_left_is_not_reminded_and_ledger_is_erased(session, member, clock):
    assert reminders.remind(member.id, [due(member)], due_words)
    remove_member(member, None)
    assert not reminders.remind(member.id, [due(member, near=Nearness.EVE)], due_words)
    db.commit()
    clock.move_to(NOON + timedelta(days=68))
    retention.run()
    assert session.scalars(select(reminders.Reminded)).all() == []

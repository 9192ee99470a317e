"""Choosing how to be reminded, proving a number, each reminder once; neutral enough for a stranger's eyes, and short.

To accept a change of words, run with SNAPSHOTS=write and commit.
"""

import os
import re
from datetime import date, timedelta
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import select, text, update

from portal import retention
from portal.accounts import reminders
from portal.accounts.people import remove_member
from portal.accounts.reminders import Due, Nearness, ReminderChannel, due_words, reach_of, reminder_text
from portal.accounts.users import Member
from portal.core.clock import now, today
from portal.core.db import db
from portal.core.i18n import speaking
from portal.core.jobs.outbox import OutboundMessage
from portal.core.jobs.retries import DeliveryState
from portal.core.statuses import Refused
from portal.core.texted import Encoding, segments
from portal.reports import notices
from portal.sms.outgoing import stop_texting
from tests.accounts.reminding import NOON, PHONE, code_sent, posted, send_texts
from tests.make import make_member, sign_in
from tests.page import SAME_ORIGIN, reader_of
from tests.sms.test_texts import FORBIDDEN

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


def test_what_no_longer_holds_is_taken_back_rest_resaid(session, member):
    one, other = due(member), due(member, "promise 2")
    reminders.remind(member.id, [one, other], due_words)
    reminders.take_back("promise ", [other])
    assert (posted(), session.scalars(select(reminders.Reminded)).all()) == ([], [])
    reminders.remind(member.id, [other], due_words)
    assert "Algo suyo vence" in posted()[0][2]


def test_number_is_used_only_once_its_owner_typed_code(session, member):
    reminders.ask_number(member, PHONE)
    # Consent is kept with its words, and the number encrypted.
    reach = reach_of(member.id)
    with speaking("es"):
        words = str(reminders.CONSENT)
    kept = session.get_one(reminders.ReachWording, reach.wording)
    assert (kept.words, kept.language, reach.agreed_on, reach.proved_on) == (words, "es", today(), None)
    assert PHONE[2:] not in str(session.execute(text("SELECT * FROM accounts_reach")).all())
    [(kind, address, _body)] = posted()
    assert (kind, address) == ("text", PHONE)
    code = code_sent()
    reminders.remind(member.id, [due(member)], due_words)
    assert [kind for kind, _to, _body in posted()].count("mail") == 1
    assert not reminders.prove_number(member, "000000" if code != "000000" else "111111")
    assert reminders.prove_number(member, f"{code[:3]} {code[3:]}")
    reminders.remind(member.id, [due(member, near=Nearness.EVE)], due_words)
    assert [to for kind, to, _body in posted() if kind == "text"] == [PHONE, PHONE]


def test_nobody_pesters_a_phone_or_tries_all_codes(session, member, clock):
    reminders.ask_number(member, PHONE)
    first = code_sent()
    clock.shift(timedelta(minutes=61))
    assert not reminders.prove_number(member, first), "a code is void after an hour"
    session.execute(update(OutboundMessage).values(state=DeliveryState.SENT, address=None, body=None))
    reminders.ask_number(member, PHONE)
    second = code_sent()
    assert second != first
    assert not reminders.prove_number(member, first)
    assert reminders.prove_number(member, second)
    other = make_member(session, [])
    for _code in range(reminders.MOST_CODES - 2):
        reminders.ask_number(member, PHONE)
    for one in (member, other):
        with pytest.raises(Refused):
            reminders.ask_number(one, PHONE)
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
    assert reminders.remind(member.id, [due(member)], due_words)
    mine, theirs = member.id, typist.id
    db.commit()

    def kept(table=reminders.ReminderChannel):
        retention.run()
        found = set(db.session().scalars(select(table.member_id)))
        db.commit()
        return found

    assert kept() == {mine, theirs}
    clock.shift(timedelta(days=1, minutes=1))
    assert kept() == {mine}
    left = db.session().get_one(Member, mine)
    remove_member(left, None)
    # Who left is not reminded, and the ledger is erased.
    assert not reminders.remind(mine, [due(left, near=Nearness.EVE)], due_words)
    db.commit()
    assert kept() == set()
    clock.move_to(NOON + timedelta(days=68))
    assert kept(reminders.Reminded) == set()


ADDRESS = "/en/account/reminders/"


def liaison(app, work, page):
    """Somebody signed in where texts are sent."""
    send_texts(app)
    with work() as session:
        member = make_member(session, ["police_liaison"])
    sign_in(page.client, member)
    return member


def test_number_is_given_proved_and_shown_by_last_figures(app, page, work):
    member = liaison(app, work, page)
    assert f'href="{ADDRESS}"' in page("/en/account/").response.text
    for number in ("", "12", "maria", "ana@example.org"):
        again = page(ADDRESS).form_with("way").submit(422, way="text", number=number)
        assert again.find("#number").get("aria-invalid") == "true"
        assert again.form_with("way").values["number"] == number
    asked = page(ADDRESS).form_with("way").submit(way="text", number="(336) 555-0123")
    assert "0123" in asked.text
    assert "555-0123" not in asked.text
    with work():
        [(kind, to, _body)] = posted()
        assert (kind, to) == ("text", PHONE)
        code = code_sent()
    again = asked.form_with("code").submit(422, code="000000" if code != "000000" else "111111")
    assert again.find("#code").get("aria-invalid") == "true"
    done = again.form_with("code").submit(code=f"{code[:3]} {code[3:]}")
    assert "0123" in done.text
    with work() as session:
        assert session.get_one(ReminderChannel, member.id).way == "text"
        other = make_member(session, ["administrator"])
    # Nobody else sees it.
    reader = reader_of(app, other)
    for address in (ADDRESS, f"/en/people/{member.id}", "/en/people/", "/en/audit/"):
        assert "0123" not in reader(address).text
    # Where no texts are sent none are offered.
    app.settings = app.settings.model_copy(update={"sms_number": ""})
    shown = page(ADDRESS)
    assert [one.get("value") for one in shown.find_all("input[type=radio]")] == ["mail", "none"]
    assert not shown.has("#number")
    forged = {**shown.form_with("way").values, "way": "text", "number": PHONE}
    assert page.client.post(ADDRESS, data=forged, headers=SAME_ORIGIN).status_code == 422
    with work():
        assert len(posted()) == 1, "the code of before"


FOLDER = Path(__file__).parent / "snapshots"
TELLING = (
    r"circle|círculo|voice|\bvoz|voces|church|iglesia|session|sesión|call-in|llamado|reconcil|promise|promes|compromi|"
    r"commitment|famil|meeting|reunión"
)
# The longest that a month is written in few letters.
LONG_DAY = date(2026, 9, 28)


def due_then(nearness, about="promise 1", days=0):
    return Due(LONG_DAY + timedelta(days=days), about, nearness, 1)


def sentences():
    several = [due_then(Nearness.LATE), *(due_then(Nearness.WEEK, f"promise {one}", 1) for one in range(11))]
    return {
        "due": due_words([due_then(Nearness.WEEK)]),
        "late": due_words([due_then(Nearness.LATE)]),
        "several": due_words(several),
    }


def written(app, lang):
    """What goes out by text, and what goes out by mail."""
    with app.app_context(), speaking(lang):
        said = sentences()
        texts = {f"text: {name}": reminder_text(words) for name, words in said.items()}
        mails = {f"mail: {name}": "\n\n".join(reminders.reminder_mail(words)[:2]) for name, words in said.items()}
        desk = {"something": notices.SOMETHING, "nothing": notices.NOTHING, "urgent": notices.URGENT}
        mails |= {
            f"mail: desk, {name}": "\n\n".join(reminders.reminder_mail(str(words), is_notice=True)[:2])
            for name, words in desk.items()
        }
        urgent = {"text: desk, urgent": reminder_text(str(notices.URGENT))}
        return {**texts, **urgent, "text: code": reminders.code_text("123456")}, mails


def test_they_tell_a_stranger_nothing(app):
    for lang in ("en", "es"):
        texts, mails = written(app, lang)
        said = {**texts, **mails}
        assert [name for name, words in said.items() if re.search(f"{FORBIDDEN}|{TELLING}", words.casefold())] == []
        with app.app_context(), speaking(lang):
            said["consent"] = str(reminders.CONSENT)
        shown = "".join(f"# {name}\n{words.rstrip()}\n\n" for name, words in said.items())
        path = FOLDER / f"reminders-{lang}.txt"
        if os.environ.get("SNAPSHOTS") == "write":
            path.write_text(shown)
        assert shown == path.read_text()


def test_text_is_one_or_two_segments_of_cheap_letters(app):
    app.settings = app.settings.model_copy(update={"site_name": "S" * 24, "public_url": f"https://{'u' * 32}.org"})
    for lang in ("en", "es"):
        for name, words in written(app, lang)[0].items():
            count = segments(words)
            assert count.encoding is Encoding.GSM7, (name, words)
            assert count.segments <= 2, (name, count.units)

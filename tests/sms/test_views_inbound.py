"""The provider's webhook: signed, once, in any order; the report, the answer and the way back."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
import time_machine
from flask import g
from sqlalchemy import delete, func, select, text, update
from werkzeug.test import TestResponse

from portal.accounts import reminders
from portal.accounts.reminders import ReminderChannel
from portal.config import Settings, SmsSender
from portal.core.clock import now, today
from portal.core.db import db
from portal.core.jobs.outbox import OutboundMessage, cipher
from portal.core.sms.twilio import sign
from portal.core.web import Portal
from portal.markets.places import Market
from portal.reports import intake, threads
from portal.reports.code import read_code
from portal.reports.reports import Thread, opened_by_desk
from portal.sms import intake as taking_in
from portal.sms import replies
from portal.sms.conversations import (
    CodePart,
    ConsentWording,
    Conversation,
    HeldMessage,
    Inbound,
    OptOut,
    PictureWaiting,
    Route,
)
from portal.sms.intake import MOST_KEPT, MOST_REPORTS, RESERVED, take_in, turn_of
from portal.sms.jobs import forget_code_parts
from portal.sms.reading import PhoneContext, Reading, ReceivedText, read
from portal.sms.turn import CRY_APART, MOST_IN_WINDOW, MOST_SAME_CRY, Incoming
from tests.conftest import Work
from tests.make import make_desk, make_market, make_member, make_report, private_key_of

TOKEN = "a-token-of-the-provider"
OLD_TOKEN = "the-token-before-that"
OURS = "+15550100000"
ROSA = "+15550100142"
Text = Callable[..., TestResponse]
_ids = count(1)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(
        update={
            "sms_sender": SmsSender.CONSOLE,
            "sms_number": OURS,
            "twilio_auth_token": TOKEN,
            "twilio_auth_token_old": OLD_TOKEN,
            "public_url": "https://portal.test",
        }
    )


@pytest.fixture(autouse=True)
def city(work: Work) -> None:
    with work() as session:
        make_desk(session)
        make_market(session)
        make_market(session, "Hidden Hollow", released=False)


@pytest.fixture
def send(app: Portal) -> Text:
    """Text the portal as the provider would hand it over."""

    def post(
        body: str = "They sell by the bus stop.", *, token: str = TOKEN, path: str = "/sms/twilio/inbound", **more: str
    ) -> TestResponse:
        form = {
            "MessageSid": f"SM{next(_ids):032x}",
            "From": ROSA,
            "To": OURS,
            "Body": body,
            "NumMedia": "0",
            "FromCity": "CANARYCITY",
            "FromZip": "99999",
        } | more
        signature = sign(token, f"https://portal.test{path}", form)
        return app.test_client().post(path, data=form, headers={"X-Twilio-Signature": signature})

    return post


@pytest.fixture
def answers(work: Work) -> Callable[[], list[str]]:
    """What waits to go out, oldest first."""

    def read() -> list[str]:
        with work() as session:
            messages = session.scalars(
                select(OutboundMessage).order_by(OutboundMessage.created_at, OutboundMessage.id)
            ).all()
            return [cipher().decrypt(message.body) for message in messages if message.body]

    return read


def said_in(work: Work) -> list[str]:
    """Every word of the only thread, opened by the desk."""
    assert how_many(work, Thread) == 1
    return all_said(work)


def all_said(work: Work) -> list[str]:
    """Every word of every thread, opened by the desk."""
    with work() as session:
        said = []
        for thread in session.scalars(select(Thread)):
            keys = {message.desk_key_id: private_key_of_key(message.desk_key_id) for message in thread.messages}
            said += [one.words.what for one in opened_by_desk(thread, keys) if one.words]
        return said


def private_key_of_key(key_id: int):
    from portal.accounts.users import DeskKey

    key = db.session().get(DeskKey, key_id)
    assert key is not None
    return private_key_of(key)


def how_many(work: Work, table: type) -> int:
    with work() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_the_first_text_is_the_report_and_the_answer_has_911_and_the_code(send: Text, work: Work, answers) -> None:
    assert send().status_code == 200
    assert said_in(work) == ["They sell by the bus stop."]
    first = answers()[0]
    assert "911" in first
    (code,) = read_code(first.split("code words:")[1].split(".")[0])
    with work() as session:
        assert session.scalars(select(Thread.locator)).one() == intake.locator_of(code)


def test_a_whole_conversation_asks_three_questions_and_keeps_every_word(send: Text, work: Work, answers) -> None:
    for body in ("Venden en la esquina cada noche", "1", "de noche", "son cuatro personas"):
        send(body)
    # "1" is the place, and no message for the desk to puzzle over.
    assert said_in(work) == ["Venden en la esquina cada noche", "de noche", "son cuatro personas"]
    with work() as session:
        thread = session.scalars(select(Thread)).one()
        assert thread.language == "es"
        assert thread.market_id == session.scalar(select(Market.id).where(Market.slug == "elm-street"))
    send("y otra cosa")
    assert how_many(work, Thread) == 1


def test_a_place_named_in_the_first_text_is_the_place_and_is_not_asked_for(send: Text, work: Work, answers) -> None:
    send("They sell at Elm every night")
    with work() as session:
        thread = session.scalars(select(Thread)).one()
        assert thread.market_id == session.scalar(select(Market.id).where(Market.slug == "elm-street"))
    assert "When does it happen" in answers()[-1] + answers()[-2]
    assert not any("Where is it" in answer for answer in answers())


def test_hidden_places_are_not_offered(send: Text, answers) -> None:
    send()
    assert not any("Hollow" in answer for answer in answers())


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_hidden_place_by_name_answers_like_one_that_never_was(send: Text, answers, work: Work, language: str) -> None:
    first = {"en": "They sell there every night", "es": "Venden ahí cada noche"}[language]
    heard = []
    by_the_way = {"en": "They sell at {} every night", "es": "Venden en {} cada noche"}[language]
    for sender, place in (("+15550100003", "Hidden Hollow"), ("+15550100004", "Zzyzx Hollow")):
        before = len(answers())
        send(by_the_way.format(place), From=sender)
        heard.append(sorted(re.sub(r"(words|clave): .*?\.", "", answer) for answer in answers()[before:]))
    assert heard.pop() == heard.pop()
    for sender, place in (("+15550100001", "Hidden Hollow"), ("+15550100002", "Zzyzx Corner Nowhere")):
        send(first, From=sender)
        send(place, From=sender)
        heard.append(answers()[-1])
    assert heard[0] == heard[1]


def test_an_unsigned_or_wrongly_signed_text_is_refused_before_anything_is_stored(
    send: Text, app: Portal, work: Work
) -> None:
    assert send(token="another").status_code == 403
    assert app.test_client().post("/sms/twilio/inbound", data={"Body": "x"}).status_code == 403
    assert how_many(work, Inbound) == how_many(work, Thread) == 0


def test_the_token_before_the_present_one_still_counts(send: Text) -> None:
    assert send(token=OLD_TOKEN).status_code == 200


def test_a_replayed_text_changes_nothing_and_gets_the_same_answer(send: Text, work: Work, answers) -> None:
    first = send(MessageSid="SM1")
    before = answers()
    again = send(MessageSid="SM1")
    assert (again.status_code, again.data) == (first.status_code, first.data)
    assert answers() == before
    assert said_in(work) == ["They sell by the bus stop."]


@pytest.mark.both_databases
def test_the_same_text_many_times_at_once_is_taken_once(send: Text, work: Work) -> None:
    with ThreadPoolExecutor(8) as pool:
        statuses = [one.status_code for one in pool.map(lambda _n: send(MessageSid="SM7"), range(8))]
    assert statuses == [200] * 8
    assert how_many(work, Thread) == 1


@pytest.mark.both_databases
def test_texts_of_one_phone_that_arrive_at_once_are_one_report_with_every_word(send: Text, work: Work) -> None:
    bodies = [f"part {number} of what I saw at the corner" for number in range(6)]
    with ThreadPoolExecutor(6) as pool:
        assert {one.status_code for one in pool.map(send, bodies)} == {200}
    assert sorted(said_in(work)) == bodies


@pytest.mark.both_databases
def test_a_text_that_was_overtaken_while_it_was_considered_still_goes_into_the_one_report(
    app: Portal, work: Work
) -> None:
    slow, fast = (Incoming(f"SM{body}", ROSA, OURS, body) for body in ("They are back again.", "Two men by the wall."))
    with app.app_context():
        turn = turn_of(slow)
    with work():
        assert take_in(fast)
    with work():
        assert take_in(slow, turn)
        assert not take_in(slow, turn)
    assert said_in(work) == ["Two men by the wall.", "They are back again."]


def test_a_text_is_read_once_and_without_the_lock(
    send: Text, app: Portal, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    writes = []

    def read_it(text: ReceivedText, phone: PhoneContext) -> Reading:
        writes.append(g.db_writes)
        return read(text, phone)

    monkeypatch.setattr(taking_in, "read", read_it)
    send()
    assert writes == [False]
    assert said_in(work) == ["They sell by the bus stop."]


def test_malformed_texts_do_no_harm(send: Text, work: Work) -> None:
    assert send(MessageSid="").status_code == 200
    assert send(From="").status_code == 200
    assert send(To="+19999999999").status_code == 200
    assert how_many(work, Inbound) == how_many(work, Thread) == 0
    assert send(NumMedia="many").status_code == 200
    assert how_many(work, Thread) == 1


def test_a_text_that_is_far_too_large_is_refused(send: Text, work: Work) -> None:
    assert send("x" * 100_000).status_code == 413
    assert how_many(work, Inbound) == 0


@pytest.mark.parametrize("body", ["NUL \x00 in it", "rtl \u202e mark", "💊🏽🚗🏽", "𠜎 four bytes", "a" * 1600])
def test_whatever_a_phone_can_send_is_kept(send: Text, work: Work, body: str) -> None:
    assert send(body).status_code == 200
    assert len(said_in(work)) == 1


def test_stop_as_the_providers_own_word_is_noted_and_not_answered(send: Text, work: Work, answers) -> None:
    send("STOP", OptOutType="STOP")
    assert how_many(work, OptOut) == 1
    assert answers() == []


def test_alto_is_ours_confirmed_once_and_later_texts_are_kept_without_answer(send: Text, work: Work, answers) -> None:
    send("¡Alto!")
    assert len(answers()) == 1
    send("Venden en la esquina")
    assert len(answers()) == 1
    assert said_in(work) == ["Venden en la esquina"]
    assert how_many(work, Route) == 0


@pytest.mark.parametrize("stop", ["ALTO", "sotp", "borra mi numero"])
def test_after_an_opt_out_in_words_only_help_goes_out(send: Text, work: Work, answers, stop: str) -> None:
    send(stop)
    for body in ("Venden en la esquina", "me quiero morir", "HELP", "he has a gun"):
        send(body)
    with work() as session:
        # Owed: else the opt-out would hold it back when it is about to be sent.
        assert [message.owed for message in session.scalars(select(OutboundMessage))] == [True] * 4
        assert session.scalars(select(OptOut)).one().how != "provider"
    assert ["988" in said or "911" in said for said in answers()] == [False, True, True, True]
    assert how_many(work, Route) == 0


@pytest.mark.parametrize("then", ["ALTO", "delete my number"])
def test_what_the_provider_blocks_stays_silent_whatever_is_said_afterwards(
    send: Text, work: Work, answers, then: str
) -> None:
    send("STOP", OptOutType="STOP")
    send(then)
    send("he has a gun")
    assert answers() == []


@pytest.mark.parametrize(("body", "answer"), [("no respira", ["911"]), ("AYUDA", ["911"]), ("Venden droga", [])])
def test_help_after_an_opt_out_without_a_desk(send: Text, work: Work, answers, body: str, answer: list[str]) -> None:
    send("ALTO")
    take_in_without_desk(work, body)
    assert [word for said in answers()[1:] for word in ("911",) if word in said] == answer


def take_in_without_desk(work: Work, body: str) -> None:
    with work():
        taking_in.turn_away(Incoming("SMclosed", ROSA, OURS, body))


def test_stop_them_selling_is_a_report(send: Text, work: Work) -> None:
    send("Stop them selling at the corner")
    assert how_many(work, OptOut) == 0
    assert said_in(work) == ["Stop them selling at the corner"]


def test_wording_in_doubt_is_for_a_person_and_nothing_is_texted_until_then(send: Text, work: Work, answers) -> None:
    send()
    send("lose my number")
    before = len(answers())
    send("they are back at the corner")
    with work() as session:
        thread = session.scalars(select(Thread)).one()
        assert thread.doubt
        ana = make_member(session)
        threads.answer(thread, "We are looking into it.", ana.id)
    assert len(answers()) == before
    with work() as session:
        threads.settle_doubt(session.scalars(select(Thread)).one(), stop=True, member_id=1)
    assert how_many(work, OptOut) == 1
    assert (len(answers()), how_many(work, HeldMessage)) == (before, 0)
    with work() as session:
        assert not session.scalars(select(Thread.texts_back)).one()


DOUBTFUL = "please stop texting me they are selling at Birch Street"


def settle_by_desk(send: Text, work: Work) -> None:
    with work() as session:
        threads.settle_doubt(session.scalars(select(Thread)).one(), stop=False, member_id=1)


def settle_by_texter(send: Text, work: Work) -> None:
    send("START")


@pytest.mark.both_databases
@pytest.mark.parametrize("settle", [settle_by_desk, settle_by_texter])
def test_once_it_was_no_opt_out_all_that_waited_goes_out_in_order(send: Text, work: Work, answers, settle) -> None:
    send(DOUBTFUL)
    [first] = answers()
    assert "call 911" in first and "STOP" in first and "code words" not in first
    for words in ("We were there.", "Thank you."):
        with work() as session:
            threads.answer(session.scalars(select(Thread)).one(), words, make_member(session).id)
    assert answers() == [first]
    settle(send, work)
    with work() as session:
        waiting = session.scalars(select(OutboundMessage).where(OutboundMessage.after_id.is_not(None))).all()
        ahead = session.scalars(select(OutboundMessage).where(OutboundMessage.after_id.is_(None))).all()
        bodies = {message.id: cipher().decrypt(message.body or b"") for message in (*waiting, *ahead)}
        before = {message.after_id: message.id for message in waiting}
    [receipt] = [id_ for id_, body in bodies.items() if "code words" in body]
    answered = before[receipt]
    assert "911" in bodies[receipt]
    (code,) = read_code(bodies[receipt].split("code words:")[1].split(".")[0])
    with work() as session:
        assert session.scalars(select(Thread.locator)).one() == intake.locator_of(code)
    assert bodies[answered] == "Common Ground: We were there."
    assert bodies[before[answered]] == "Common Ground: Thank you."
    assert how_many(work, HeldMessage) == 0
    with work() as session:
        assert not session.scalars(select(Thread.doubt)).one()
    send("It goes on at the corner")
    assert "added" in answers()[-1]


def test_a_doubt_holds_for_the_phone_and_not_for_one_report(send: Text, work: Work, answers) -> None:
    send(DOUBTFUL)
    with time_machine.travel(now() + timedelta(hours=3)):
        send("They are at the corner again")
        assert how_many(work, Thread) == 2
        assert len(answers()) == 1
        with work() as session:
            doubted = session.scalars(select(Thread).where(Thread.doubt)).one()
            threads.settle_doubt(doubted, stop=False, member_id=1)
        assert sum("code words" in answer for answer in answers()) == 2


def test_what_waits_is_erased_with_the_way_back_and_never_sent_after_stop(send: Text, work: Work, answers) -> None:
    send(DOUBTFUL)
    send("STOP")
    assert how_many(work, HeldMessage) == 0
    send(DOUBTFUL, From="+15550100143")
    assert how_many(work, HeldMessage) == 1
    send("DELETE", From="+15550100143")
    assert how_many(work, HeldMessage) == 0
    assert not any("code words" in answer for answer in answers())
    with work() as session:
        assert not any(session.scalars(select(Thread.doubt)))


def consents(work: Work) -> list[tuple[str, str, str]]:
    """How each phone came to be answered, in which language, and what it was told then."""
    with work() as session:
        told = select(Route, ConsentWording).join(ConsentWording, ConsentWording.version == Route.wording)
        rows = session.execute(told.order_by(Route.thread_id)).all()
        assert {route.agreed_on for route, _words in rows} <= {today()}
        return [(route.agreed_how, words.language, words.words) for route, words in rows]


def test_the_record_of_consent_has_the_words_that_were_said(send: Text, work: Work, answers) -> None:
    send("Venden drogas en la esquina todas las noches")
    how, language, words = consents(work)[0]
    assert (how, language) == ("first_text", "es")
    before, after = words % {"site": "Common Ground", "code": "CODE"}.split("CODE")
    assert answers()[0].startswith(before) and answers()[0].endswith(after)
    send("STOP")
    send("INICIAR")
    assert consents(work)[0][0] == "keyword"
    assert consents(work)[0][2] % {"site": "Common Ground"} == answers()[-1]
    with work() as session:
        # The same words are kept once; code words never.
        assert session.scalar(select(func.count()).select_from(ConsentWording)) == 2
    send("BORRAR")
    assert consents(work) == []


def test_code_words_by_text_are_a_consent_too(send: Text, work: Work, answers) -> None:
    with work():
        filed = make_report("Written on the web.")
    send(" ".join(filed.code))
    [(how, _language, words)] = consents(work)
    assert how == "code_words"
    assert words % {"site": "Common Ground"} == answers()[-1]


def test_borrar_erases_the_way_back_and_ends_the_conversation(send: Text, work: Work) -> None:
    send()
    assert how_many(work, Route) == 1
    send("BORRAR")
    assert how_many(work, Route) == 0
    send("they are selling there again today")
    assert how_many(work, Thread) == 2


@pytest.mark.parametrize("word", ["STOP", "ALTO", "BORRAR"])
def test_a_member_who_stops_texts_is_reminded_by_mail_from_then_on(send: Text, work: Work, word: str) -> None:
    with work() as session:
        member = make_member(session, ["organizer"])
        other = make_member(session, ["organizer"])
        for one, number in ((member, ROSA), (other, "+15550100143")):
            reminders.ask_number(one, number)
            reach = session.get_one(ReminderChannel, one.id)
            reach.way, reach.proved_on = "text", today()
    send(word)
    with work() as session:
        reach = session.get_one(ReminderChannel, member.id)
        assert (reach.way, reach.contact, reach.contact_hash, reach.wording) == ("mail", None, None, None)
        assert session.get_one(ReminderChannel, other.id).way == "text"


def test_code_words_by_text_are_not_kept(send: Text, work: Work, answers) -> None:
    send()
    code = answers()[0].split("code words:")[1].split(".")[0].strip()
    for typed in (code, " ".join((*code.split()[3:], *code.split()[:3]))):
        send(typed)
        assert said_in(work) == ["They sell by the bus stop."]
        assert code not in answers()[-1]
    assert "found nothing" in answers()[-1]


def test_a_report_by_web_can_be_gone_on_with_by_text(send: Text, work: Work, answers) -> None:
    with work() as session:
        filed = make_report("Written on the web.")
        threads.answer(filed.thread, "We were there.", make_member(session).id)
    send(" ".join(filed.code).upper())
    assert {answer.partition(": ")[2][:14] for answer in answers()} == {"We were there.", "These words ar"}
    send("It is worse at night there")
    assert said_in(work) == ["Written on the web.", "We were there.", "It is worse at night there"]
    with work() as session:
        threads.answer(session.scalars(select(Thread)).one(), "Thank you for that.", make_member(session).id)
    assert answers()[-1] == "Common Ground: Thank you for that."


def test_right_code_words_open_by_text_whatever_was_tried_before(send: Text, app: Portal, work: Work, answers) -> None:
    app.settings.codes_per_address = 2
    with work():
        filed = make_report("Written on the web.")
    wrong = " ".join((*filed.code[3:], *filed.code[:3]))
    for _try in range(9):
        send(wrong)
    assert how_many(work, Route) == 0
    assert "Nothing found" in answers()[-1]
    send(" ".join(filed.code))
    assert how_many(work, Route) == 1


def test_reports_of_a_phone_that_texts_without_end_stand_behind_others(send: Text, app: Portal, work: Work) -> None:
    app.settings.reports_per_address = 1
    with time_machine.travel(now(), tick=False):
        for _text in range(3):
            send("They sell at the fountain")
            # A new conversation, and a new report, in the same hour of the counters.
            with work() as session:
                session.execute(delete(Conversation))
    with work() as session:
        assert sorted(session.scalars(select(Thread.in_flood))) == [False, False, True]


def test_two_hours_later_a_new_conversation_begins(send: Text, work: Work) -> None:
    send()
    with time_machine.travel(now() + timedelta(hours=3)):
        send("It is happening again at the corner")
    assert how_many(work, Thread) == 2
    assert how_many(work, Conversation) == 1


def test_robots_cannot_talk_for_ever(send: Text, work: Work, answers) -> None:
    for _text in range(40):
        send("they are selling at the corner again all night")
    assert len(answers()) == MOST_IN_WINDOW + 1
    assert "We keep them" in answers()[-1]
    assert len(said_in(work)) == 40


def test_strays_of_one_phone_fill_few_reports_that_are_read_last(send: Text, work: Work) -> None:
    for number in range(6):
        send(f"Your package {number} is out for delivery")
    with work() as session:
        threads_ = session.scalars(select(Thread)).all()
        assert len(threads_) == MOST_REPORTS + 1
        assert sum(thread.in_flood and not thread.texts_back for thread in threads_) == MOST_REPORTS


@pytest.mark.parametrize(("stop", "start"), [("STOP", "START"), ("ALTO", "INICIAR")])
def test_whoever_asks_for_answers_again_is_told_although_the_limit_is_reached(
    send: Text, work: Work, answers, stop: str, start: str
) -> None:
    for number in range(14):
        send(f"they sell at number {number}")
    before = len(answers())
    send("they sell here too")
    assert len(answers()) == before
    send(stop)
    send(start)
    assert len(answers()) == before + 2
    with work() as session:
        # Owed is only the confirmation of the opt-out: had they opted out since, this would not go out.
        assert sorted(message.owed for message in session.scalars(select(OutboundMessage)))[-2:] == [False, True]
    for _text in range(20):
        send(start)
    assert len(answers()) == before + 4


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("help me he has a gun", "911"),
        ("HELP", "911"),
        ("Ayuda", "911"),
        ("hlp", "911"),
        ("wrong number", "Text STOP"),
        ("no respira", "911"),
        ("i want to kill myself", "988"),
        ("STOP", "no more texts"),
        ("delete my number", "erased"),
        ("DELETE", "erased"),
    ],
)
def test_danger_help_and_stop_are_answered_however_much_was_said_before(
    send: Text, answers, text: str, answer: str
) -> None:
    for _text in range(3):
        send("This is an automatic answer, thank you")
    for _text in range(17):
        send("HELP")
    before = len(answers())
    assert before >= 20
    send(text)
    [said] = answers()[before:]
    assert answer in said


def test_the_same_cry_is_answered_again_after_any_number(send: Text, answers) -> None:
    for _text in range(MOST_IN_WINDOW + MOST_SAME_CRY + 20):
        send("he has a gun")
    before = len(answers())
    with time_machine.travel(now() + CRY_APART + timedelta(seconds=5)):
        send("he has a gun")
    assert len(answers()) == before + 1
    assert "911" in answers()[-1]


def test_many_reports_of_one_phone_are_added_to_its_last(send: Text, work: Work, answers) -> None:
    for number in range(40):
        send(f"They sell at corner number {number}")
        # Another subject came in between, so each text would begin a report.
        with work() as session:
            session.execute(update(Conversation).values(thread_id=None, step="none"))
    assert how_many(work, Thread) == MOST_REPORTS
    assert len(all_said(work)) == 40
    assert sum("We keep" in one for one in answers()) == 1


def test_too_many_texts_are_not_kept_and_their_sender_is_told_once(send: Text, work: Work, answers) -> None:
    for number in range(MOST_KEPT + 5):
        send(f"They sell at corner number {number}")
    assert len(all_said(work)) == MOST_KEPT
    assert sum("could not keep the last one" in one for one in answers()) == 1
    send("he has a gun")
    assert "911" in answers()[-1]
    assert len(all_said(work)) == MOST_KEPT + 1
    send("STOP")
    assert "no more texts" in answers()[-1]


def test_a_night_of_very_many_texts_cuts_nobody_off_in_a_dialogue(
    send: Text, work: Work, answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking_in, "MOST_KEPT_IN_ALL", 3)
    for number in range(5):
        send(f"They sell at corner number {number}", From="+13365550177")
    assert len(all_said(work)) == 5
    for number in range(RESERVED + 5):
        send(f"Cars stop at door number {number}")
    assert len(all_said(work)) == 5 + RESERVED
    assert sum("could not keep the last one" in one for one in answers()) == 1


@pytest.mark.parametrize(
    "text",
    [
        "hi any news? {code} thanks",
        "{code}",
        "my code is {seven} what now",
        "{seven}",
    ],
)
def test_code_words_in_a_sentence_are_never_kept(send: Text, work: Work, text: str, answers) -> None:
    words = "rally lunch outdoor bronze lecture indicate develop bike".split()
    send(text.format(code=" ".join(words), seven=" ".join(words[:7])))
    assert how_many(work, Thread) == 0
    assert re.search("found nothing|Nothing found|Part of your code words", answers()[-1])


ROADS: tuple[Callable[[Sequence[str]], Sequence[str]], ...] = (
    lambda code: ["okay my words are " + " comma ".join(code)],
    lambda code: ["number one " + " next ".join(code) + " that is it"],
    lambda code: ["so the words are " + " maybe ".join(code)],
    lambda code: [" ".join((code[1], code[0], *code[2:]))],
    lambda code: [" ".join(code[::2] + code[1::2])],
    lambda code: [" ".join(code[:4]), " ".join(code[4:])],
    lambda code: ["the rest is " + " ".join(code[4:]), " ".join(code[:4])],
    lambda code: [" ".join(code[:5]), " ".join(code[5:])],
    lambda code: [" ".join(code[2:6]), " ".join(code[:4]), " ".join(code[4:])],
    lambda code: ["x" + " ".join(code)],
)


def test_code_words_open_by_any_road_and_are_never_kept(send: Text, work: Work, answers) -> None:
    told = [f"Written on the web, {number}." for number in range(len(ROADS))]
    for number, road in enumerate(ROADS):
        phone = f"+1336555019{number}"
        with work():
            filed = make_report(told[number], nonce=bytes([number]) * 32)
        for words in road(filed.code):
            send(words, From=phone)
        send("It is worse at night there", From=phone)
        assert sum("These words are right" in one for one in answers()) == number + 1, road(filed.code)
    assert how_many(work, Thread) == len(ROADS)
    assert sorted(all_said(work)) == sorted([*told, *("It is worse at night there" for _road in ROADS)])
    assert how_many(work, CodePart) == 0


def test_a_part_of_code_words_waits_ten_minutes_and_no_longer(send: Text, app: Portal, work: Work, answers) -> None:
    with work():
        filed = make_report("Written on the web.", nonce=bytes(32))
    with time_machine.travel(now(), tick=False) as clock:
        send(" ".join(filed.code[:4]))
        assert "within 10 minutes" in answers()[-1]
        with work() as session:
            assert filed.code[0].encode() not in session.scalars(select(CodePart.words)).one()
        clock.shift(601)
        with app.app_context():
            forget_code_parts()
        assert how_many(work, CodePart) == 0
        send(" ".join(filed.code[4:]))
        assert "within 10 minutes" in answers()[-1]
        send("BORRAR")
        assert how_many(work, CodePart) == 0
    assert how_many(work, Thread) == 1


PARTS = (
    "They sell by the bus stop every night and it has been going on since the summer, my kids walk past there",
    "two guys mostly",
    "one of them stands by the door of the laundry and the other one sits in a car with the lights off and then",
    "cars come",
    "they stop for a minute and leave again, up to thirty in an hour, and nobody on our street dares to say anything",
    "please do something",
)


def test_a_message_that_comes_in_parts_gets_one_receipt_and_one_question(
    send: Text, work: Work, answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking_in, "BREATH", timedelta(seconds=6))
    with time_machine.travel(now()) as clock:
        for part in PARTS:
            send(part)
            clock.shift(1)
        assert said_in(work) == list(PARTS)
        assert ["code words" in one for one in answers()] == [True, False] and "Where is it?" in answers()[1]
        clock.shift(20)
        send("Elm Street")
        assert "When does it happen?" in answers()[-1]
        send("he has a gun")
        assert "911" in answers()[-1]
        send("STOP")
        assert "no more texts" in answers()[-1]


def test_a_place_that_a_later_part_names_answers_the_question(
    send: Text, work: Work, answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking_in, "BREATH", timedelta(seconds=6))
    send(PARTS[0])
    send("it is right there at Elm Street by the laundry")
    assert "When does it happen?" in answers()[-1]
    with work() as session:
        assert session.scalars(select(Thread)).one().market_id is not None


def test_start_says_that_news_is_not_followed_any_more(send: Text, answers) -> None:
    send("STOP")
    send("START")
    assert "NEWS" in answers()[-1]


def test_what_is_written_beside_hidden_code_words_is_added(send: Text, work: Work, answers) -> None:
    with work():
        filed = make_report("Written on the web.", nonce=bytes(32))
    said = "now they sell behind the church too every night"
    send(f"my words {' umm '.join(filed.code)} {said}")
    assert said in said_in(work)[-1] and filed.code[3] not in said_in(work)[-1]


def test_a_slip_beside_words_of_danger_still_brings_911(send: Text, answers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replies, "holds_slip", lambda _text: True)
    send("482193 yes, he has a gun")
    assert "911" in answers()[0]


@pytest.mark.parametrize(
    "echo",
    [
        pytest.param(lambda said: said, id="whole"),
        pytest.param(lambda said: f"Auto-reply. You wrote: {said}", id="quoted"),
        pytest.param(lambda said: f"Liked “{said[:120]}…”", id="liked"),
    ],
)
@pytest.mark.parametrize("first", ["HELP", "he has a gun", "no respira", "kms", "me quiero morir"])
def test_who_sends_our_answer_back_does_not_loop(send: Text, answers, first: str, echo) -> None:
    send(first)
    for _text in range(20):
        send(echo(answers()[-1]))
    assert len(answers()) <= MOST_IN_WINDOW + 1


def test_a_machine_that_speaks_of_danger_itself_falls_silent_one_day(send: Text, answers) -> None:
    for number in range(60):
        send(f"Thank you for calling. If you are in danger, call 911. Ticket {number}")
    assert len(answers()) <= MOST_IN_WINDOW + MOST_SAME_CRY + 2


@pytest.mark.parametrize("text", ["delete my number", "borra mi numero", "quiten mi número", "STOP STOP", "sotp"])
@pytest.mark.parametrize("before", [False, True])
def test_who_wants_no_texts_is_no_report_and_leaves_no_number(
    send: Text, work: Work, answers, text: str, before: bool
) -> None:
    if before:
        send("They sell by the bus stop.")
    reports, said = how_many(work, Thread), len(answers())
    send(text)
    assert how_many(work, Thread) == reports
    assert len(answers()) == said + 1
    with work() as session:
        assert session.scalar(select(OutboundMessage.owed).order_by(OutboundMessage.created_at.desc())) is True
    assert how_many(work, OptOut) == 1
    if not before or text.startswith(("delete", "borra", "quiten")):
        assert how_many(work, Route) == 0
    send("are you there?")
    assert len(answers()) == said + 1


def test_pictures_wait_encrypted(send: Text, work: Work) -> None:
    send("", NumMedia="1", MediaUrl0="https://api.twilio.com/CANARYMEDIA", MediaContentType0="image/jpeg")
    with work() as session:
        waiting = session.scalars(select(PictureWaiting)).one()
        assert b"CANARY" not in waiting.address
        assert cipher().decrypt(waiting.address).endswith("CANARYMEDIA")


def test_the_answer_of_the_desk_goes_to_the_phone_it_came_from(send: Text, work: Work) -> None:
    send()
    with work() as session:
        threads.answer(session.scalars(select(Thread)).one(), "We were there.", make_member(session).id)
    with work() as session:
        message = session.scalars(select(OutboundMessage).order_by(OutboundMessage.created_at.desc())).first()
        assert message is not None and message.body and message.address
        assert cipher().decrypt(message.address) == ROSA
        assert cipher().decrypt(message.body) == "Common Ground: We were there."


def test_the_answer_to_a_report_by_web_goes_to_no_phone(work: Work, send: Text) -> None:
    with work() as session:
        filed = make_report()
        session.flush()
        threads.answer(filed.thread, "We were there.", make_member(session).id)
    assert how_many(work, OutboundMessage) == 0


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("he has a gun", "We cannot read texts right now and did not keep yours. In danger, call 911."),
        ("me quiero morir", "Si piensa en quitarse la vida, llame al 988"),
    ],
)
def test_without_a_desk_a_text_is_answered_and_not_kept(send: Text, work: Work, body: str, words: str) -> None:
    close_every_desk(work)
    for _ in range(2):
        assert send(body, MessageSid="SMclosed").status_code == 200
    assert how_many(work, Thread) == how_many(work, Route) == 0
    with work() as session:
        message = session.scalars(select(OutboundMessage)).one()
        assert message.body and words in cipher().decrypt(message.body)


def test_without_a_desk_who_wants_no_texts_gets_none(send: Text, work: Work) -> None:
    send("STOP")
    before = how_many(work, OutboundMessage)
    close_every_desk(work)
    assert send("They sell at the corner").status_code == 200
    assert how_many(work, OutboundMessage) == before


def close_every_desk(work: Work) -> None:
    with work() as session:
        session.execute(text("UPDATE accounts_desk_key SET retired_at = created_at"))


def test_no_number_no_word_and_no_city_is_left_on_the_disk_or_in_the_log(
    send: Text, portal_dir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    send("CANARYWORD at the corner")
    send("CANARYPLACE")
    files = [path for path in portal_dir.rglob("*") if path.is_file()]
    assert files
    for path in files:
        content = path.read_bytes()
        assert b"CANARY" not in content, path
        assert b"5550100142" not in content, path
        assert not re.search(rb"(?<!\d)99999(?!\d)", content) or path.suffix not in (".db", ".db-wal"), path
    assert "CANARY" not in caplog.text
    assert "5550100142" not in caplog.text


def test_tables_of_different_purposes_cannot_be_joined(send: Text, work: Work) -> None:
    send()
    send("STOP")
    with work() as session:
        hashes = [
            session.scalars(select(Conversation.sender_hash)).one(),
            session.scalars(select(Route.sender_hash)).one(),
            session.scalars(select(OptOut.sender_hash)).one(),
        ]
    assert len(set(hashes)) == 3


@pytest.mark.parametrize("order", [("sent", "delivered"), ("delivered", "sent"), ("delivered", "delivered", "queued")])
def test_status_callbacks_in_any_order_end_with_delivered(send: Text, work: Work, order: tuple[str, ...]) -> None:
    send()
    with work() as session:
        message = session.scalars(select(OutboundMessage)).first()
        assert message is not None
        message.state, message.provider_id = "sent", "SMout"
        message_id = message.id
    for word in order:
        answer = send("", path=f"/sms/twilio/status/{message_id}", MessageSid="SMout", MessageStatus=word)
        assert answer.status_code == 200
    with work() as session:
        found = session.get(OutboundMessage, message_id)
        assert found is not None and found.delivery == "delivered"


def test_a_word_about_a_text_we_do_not_know_yet_is_settled_later(send: Text, work: Work) -> None:
    from portal.sms.jobs import settle_delivery_words

    send()
    with work() as session:
        message = session.scalars(select(OutboundMessage)).first()
        assert message is not None
        message_id = message.id
    send("", path=f"/sms/twilio/status/{message_id}", MessageSid="SMearly", MessageStatus="delivered")
    with work() as session:
        found = session.get(OutboundMessage, message_id)
        assert found is not None and found.delivery is None
        found.state, found.provider_id = "sent", "SMearly"
    with work():
        settle_delivery_words()
    with work() as session:
        found = session.get(OutboundMessage, message_id)
        assert found is not None and found.delivery == "delivered"


@pytest.mark.both_databases
@pytest.mark.parametrize("state", ["sending", "unknown", "due"])
def test_a_word_of_the_provider_settles_a_text_whose_worker_never_heard_back(
    send: Text, work: Work, state: str
) -> None:
    send()
    with work() as session:
        message = session.scalars(select(OutboundMessage).where(OutboundMessage.after_id.is_(None))).one()
        message.state, message.attempts, message.lease_until = state, 1, now() + timedelta(minutes=1)
        message_id = message.id
    for word in ("delivered", "sent"):
        send("", path=f"/sms/twilio/status/{message_id}", MessageSid="SMlate", MessageStatus=word)
    with work() as session:
        found = session.get(OutboundMessage, message_id)
        assert found is not None
        assert (found.state, found.provider_id, found.delivery) == ("sent", "SMlate", "delivered")
        assert (found.address, found.body) == (None, None)
    # The provider's name for one text is never taken for another's.
    with work() as session:
        other = session.scalars(select(OutboundMessage).where(OutboundMessage.after_id.is_not(None))).one()
        other.attempts, other_id = 1, other.id
    send("", path=f"/sms/twilio/status/{other_id}", MessageSid="SMlate", MessageStatus="queued")
    with work() as session:
        assert session.get_one(OutboundMessage, other_id).state == "due"


def test_an_unsigned_status_is_refused(app: Portal) -> None:
    assert app.test_client().post("/sms/twilio/status/1", data={"MessageSid": "x"}).status_code == 403


def test_after_stop_and_start_answers_reach_the_phone_again(send: Text, work: Work, answers) -> None:
    send("BAJA")
    send("They deal at the stairs every night")
    assert how_many(work, Route) == 0
    send("ALTA")
    with work() as session:
        thread = session.scalars(select(Thread)).one()
        assert thread.texts_back
        threads.answer(thread, "Thank you.", make_member(session).id)
    assert answers()[-1] == "Common Ground: Thank you."


def test_after_delete_the_desk_is_not_told_that_answers_go_to_the_phone(send: Text, work: Work) -> None:
    send()
    send("DELETE")
    with work() as session:
        assert not session.scalars(select(Thread.texts_back)).one()


def test_an_answer_to_the_desks_question_is_that_however_late(send: Text, work: Work) -> None:
    send()
    with work() as session:
        threads.ask_more(session.scalars(select(Thread)).one(), "Which bus stop?", make_member(session).id)
    with time_machine.travel(now() + timedelta(hours=9)):
        send("The one on Mill street")
    assert how_many(work, Thread) == 1
    assert said_in(work)[-1] == "The one on Mill street"


def test_a_thief_of_disk_and_settings_finds_no_code_words_once_they_were_sent(
    send: Text, app: Portal, portal_dir: Path, work: Work
) -> None:
    from portal.core.jobs import delivery
    from portal.core.jobs.outbox import MessageKind as Kind
    from portal.core.sms.telephone import MemoryTelephone
    from portal.sms.jobs import TextTransport

    telephone = MemoryTelephone()
    app.transports[Kind.TEXT] = TextTransport(telephone, "https://portal.test")
    send()
    with app.app_context():
        delivery.deliver_ready()
    assert "code words:" in telephone.sent[0].body
    tokens = [
        token
        for path in portal_dir.rglob("*")
        if path.is_file()
        for token in re.findall(rb"gAAAAA[A-Za-z0-9_-]{60,}={0,2}", path.read_bytes())
    ]
    with app.app_context():
        opened = []
        for token in tokens:
            with contextlib.suppress(Exception):
                opened.append(cipher().decrypt(token))
    assert not any("code words" in text for text in opened)

"""The provider's webhook: signed, once, in any order; the report, the answer and the way back."""

import contextlib
import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import product
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import delete, select, text, update

from portal.accounts import reminders
from portal.accounts.reminders import ReminderChannel, ReminderWay
from portal.core.clock import now, today
from portal.core.jobs.outbox import MessageKind, OutboundMessage, cipher
from portal.core.jobs.retries import DeliveryState
from portal.core.telephone import MemoryTelephone
from portal.core.web import Portal
from portal.markets.places import Market
from portal.meetings.rsvp.rsvp import Rsvp
from portal.reports import intake, threads
from portal.reports.code import read_code
from portal.reports.reports import Thread
from portal.sms import conversations as kept, intake as taking_in, outgoing, replies
from portal.sms.conversations import Conversation, HeldMessage, OptOut, Route
from portal.sms.intake import MOST_KEPT, MOST_REPORTS, RESERVED, take_in
from portal.sms.reading import PhoneContext, Reading, ReceivedText, read
from portal.sms.turn import CRY_APART, MOST_IN_WINDOW, MOST_SAME_CRY, Incoming
from tests.conftest import Work
from tests.make import both, deliver_ready, make_market, make_member, make_report
from tests.sms.talk import EVA, OLD_TOKEN, OURS, ROSA, RUTH, Say, how_many, phone, post, reported, values, waiting

SEEN = "They sell by the bus stop."


def the_thread(session) -> Thread:
    return session.scalars(select(Thread)).one()


def answer(work: Work, words: str) -> None:
    with work() as session:
        threads.answer(the_thread(session), words, make_member(session).id)


def code_in(answer: str) -> tuple[str, ...]:
    (code,) = read_code(answer.split("code words:")[1].split(".", maxsplit=1)[0])
    return code


def test_first_text_is_report_answer_has_911_and_code(say: Say, work: Work) -> None:
    answered = say(SEEN)
    assert reported(work) == [SEEN]
    assert "911" in answered.partition("\n")[0]
    with work():
        locator = intake.locator_of(code_in(answered))
    assert values(work, Thread.locator) == [locator]
    # The desk's answer goes to the phone that it came from.
    answer(work, "We were there.")
    with work() as session:
        message = session.scalars(select(OutboundMessage).order_by(OutboundMessage.created_at.desc())).first()
        assert message is not None and message.body and message.address
        assert message.address == ROSA
        assert message.body == "Common Ground: We were there."


def test_place_that_is_chosen_or_named_is_the_reports(say: Say, work: Work) -> None:
    for body in ("Venden en la esquina cada noche", "1", "de noche"):
        say(body)
    # "1" is the place, and no message for the desk to puzzle over.
    assert reported(work) == ["Venden en la esquina cada noche", "de noche"]
    # A place that is named in the first text is not asked for.
    assert "When does it happen" in (named := say("They sell at Elm every night", RUTH)) and "Where is it" not in named
    with work() as session:
        elm = session.scalar(select(Market.id).where(Market.slug == "elm-street"))
    assert values(work, Thread.market_id) == [elm, elm]
    assert set(values(work, Thread.language)) == {"es", "en"}


def test_name_of_hidden_place_is_word_like_any_other(say: Say, work: Work) -> None:
    with work() as session:
        hidden = make_market(session, "Quetzal Street", released=False)
        hidden.name = both("Quetzal Stairs", "Escaleras Quetzal")
    code = re.compile(r"(?:\b[a-zñáéíóúü]+[, ]+){7}[a-zñáéíóúü]+\.")
    for first, in_language in (("They sell by the stairs.", 100), ("Venden junto a las escaleras.", 200)):
        heard = [
            [code.sub("…", say(body, sender)) for body in (first, f"{name} Stairs", f"Escaleras {name}")]
            + [code.sub("…", say(f"{first} {name} Stairs", sender[:-1] + "9"))]
            for sender, name in ((phone(in_language + 10), "Quetzal"), (phone(in_language + 20), "Pelican"))
        ]
        assert heard[0] == heard[1]
        assert "uetzal" not in str(heard) and "Hollow" not in str(heard)
    assert set(values(work, Thread.market_id)) == {None}


def test_only_signed_is_read_with_token_before_too(app: Portal, say: Say, work: Work) -> None:
    for path in ("/sms/twilio/inbound", "/sms/twilio/status/1"):
        assert post(app, SEEN, token="another", path=path).status_code == 403
        assert app.test_client().post(path, data={"MessageSid": "x"}).status_code == 403
    assert how_many(work, kept.Inbound) == how_many(work, Thread) == 0
    assert post(app, SEEN, token=OLD_TOKEN).status_code == 200


@pytest.mark.both_databases
def test_same_text_many_times_at_once_is_taken_once(app: Portal, say: Say, work: Work) -> None:
    with ThreadPoolExecutor(8) as pool:
        responses = [*pool.map(lambda _n: post(app, SEEN, MessageSid="SM7"), range(8))]
    assert {(response.status_code, response.data) for response in responses} == {(200, responses[0].data)}
    assert (len(waiting(work)), reported(work)) == (2, [SEEN])


@pytest.mark.both_databases
def test_texts_of_one_phone_at_once_are_one_report(app: Portal, say: Say, work: Work) -> None:
    bodies = [f"part {number} of what I saw at the corner" for number in range(6)]
    with ThreadPoolExecutor(6) as pool:
        assert {one.status_code for one in pool.map(lambda body: post(app, body), bodies)} == {200}
    assert (sorted(reported(work)), how_many(work, Thread)) == (bodies, 1)


@pytest.mark.both_databases
def test_next_text_goes_into_the_one_report_and_once(city: int, work: Work) -> None:
    slow, fast = (Incoming(f"SM{body}", ROSA, OURS, body) for body in ("They are back again.", "Two men by the wall."))
    with work():
        assert take_in(fast)
    with work():
        assert take_in(slow)
        assert not take_in(slow)
    assert (reported(work), how_many(work, Thread)) == (["Two men by the wall.", "They are back again."], 1)


def test_a_text_is_read_once(say: Say, work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = []

    def read_it(text: ReceivedText, phone: PhoneContext) -> Reading:
        texts.append(text.body)
        return read(text, phone)

    monkeypatch.setattr(taking_in, "read", read_it)
    say(SEEN)
    assert texts == reported(work) == [SEEN]


def test_malformed_texts_do_no_harm_and_all_is_kept(app: Portal, say: Say, work: Work) -> None:
    for wrong in ({"MessageSid": ""}, {"sender": ""}, {"To": "+19999999999"}):
        assert post(app, SEEN, **wrong).status_code == 200
    assert post(app, "x" * 100_000).status_code == 413
    assert how_many(work, kept.Inbound) == how_many(work, Thread) == 0
    say(SEEN, NumMedia="many")
    bodies = ["NUL \x00 in it", "rtl \u202e mark", "💊🏽🚗🏽", "𠜎 a sign at the corner", "a" * 1600]
    for number, body in enumerate(bodies):
        say(body, phone(number))
    assert len(reported(work)) == how_many(work, Thread) == 1 + len(bodies)


def test_answer_to_desks_question_is_that_however_late(say: Say, work: Work) -> None:
    say(SEEN)
    with work() as session:
        threads.ask_more(the_thread(session), "Which bus stop?", make_member(session).id)
    with time_machine.travel(now() + timedelta(hours=9)):
        say("The one on Mill street")
    assert (how_many(work, Thread), reported(work)[-1]) == (1, "The one on Mill street")


PARTS = (
    "They sell by the bus stop every night and it has been going on since the summer, my kids walk past there",
    "two guys mostly",
    "one of them stands by the door of the laundry and the other one sits in a car with the lights off and then",
    "cars come",
    "they stop for a minute and leave again, up to thirty in an hour, and nobody on our street dares to say anything",
    "please do something",
)


def test_message_in_parts_gets_one_receipt_and_one_question(
    say: Say, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking_in, "BREATH", timedelta(seconds=6))
    with time_machine.travel(now()) as clock:
        for part in PARTS:
            say(part)
            clock.shift(1)
        assert reported(work) == list(PARTS)
        assert len(waiting(work)) == 2, waiting(work)
        receipt, question = waiting(work)
        assert "code words" in receipt and "Where is it?" in question
        clock.shift(20)
        assert "When does it happen?" in say("Elm Street")
        assert "911" in say("he has a gun")
        assert "no more texts" in say("STOP")
    # A place that a later part names answers the question.
    say(PARTS[0], RUTH)
    assert "When does it happen?" in say("it is right there at Elm Street by the laundry", RUTH)
    assert None not in values(work, Thread.market_id)


def test_pictures_wait_encrypted(say: Say, work: Work) -> None:
    say("", NumMedia="1", MediaUrl0="https://api.twilio.com/CANARYMEDIA", MediaContentType0="image/jpeg")
    with work() as session:
        stored = session.scalar(text("SELECT address FROM sms_picture_waiting"))
        assert "CANARY" not in stored and cipher().decrypt(stored.encode()).endswith("CANARYMEDIA")


def test_after_opt_out_in_words_only_help_goes_out(say: Say, work: Work) -> None:
    for number, stop in enumerate(("¡Alto!", "sotp", "borra mi numero")):
        texts = (stop, "Venden en la esquina", "me quiero morir", "HELP", "he has a gun")
        answers = [say(body, phone(number)) for body in texts]
        assert [bool(answer) for answer in answers] == [True, False, True, True, True]
        assert ["988" in answer or "911" in answer for answer in answers] == [False, False, True, True, True]
    # Owed: else the opt-out would hold it back when it is about to be sent.
    assert set(values(work, OutboundMessage.owed)) == {True}
    assert "provider" not in values(work, OptOut.how)
    assert (how_many(work, Route), reported(work).count("Venden en la esquina")) == (0, 3)


def test_who_wants_no_texts_is_no_report_without_number(say: Say, work: Work) -> None:
    leaving = ("delete my number", "borra mi numero", "quiten mi número", "STOP STOP", "sotp")
    for number, (body, before) in enumerate((body, before) for body in leaving for before in (False, True)):
        sender = phone(number)
        if before:
            say(SEEN, sender)
        reports, routes = how_many(work, Thread), how_many(work, Route)
        assert say(body, sender), body
        assert sum(values(work, OutboundMessage.owed)) == number + 1, body
        gone = before and not body.casefold().startswith(("stop", "sotp"))
        assert (how_many(work, Thread), how_many(work, Route)) == (reports, routes - gone), body
        assert say("are you there?", sender) == ""
    assert how_many(work, OptOut) == 2 * len(leaving)


def test_wording_in_doubt_waits_for_person_with_nothing_texted(say: Say, work: Work) -> None:
    say(SEEN)
    say("i moved to Ohio")
    before = len(waiting(work))
    say("they are back at the corner")
    with work() as session:
        assert the_thread(session).doubt
    answer(work, "We are looking into it.")
    assert len(waiting(work)) == before
    with work() as session:
        threads.settle_doubt(the_thread(session), stop=True, member_id=1)
    assert (how_many(work, OptOut), len(waiting(work)), how_many(work, HeldMessage)) == (1, before, 0)
    assert values(work, Thread.texts_back) == [False]


DOUBTFUL = "please stop texting me they are selling at Birch Street"


@pytest.mark.both_databases
@pytest.mark.parametrize("by_desk", [True, False])
def test_once_no_opt_out_all_waiting_goes_in_order(say: Say, work: Work, by_desk: bool) -> None:
    first = say(DOUBTFUL)
    assert "call 911" in first and "STOP" in first and "code words" not in first
    for words in ("We were there.", "Thank you."):
        answer(work, words)
    assert waiting(work) == [first]
    if by_desk:
        with work() as session:
            threads.settle_doubt(the_thread(session), stop=False, member_id=1)
    else:
        say("START")
    with work() as session:
        rows = session.scalars(select(OutboundMessage)).all()
        bodies = {row.id: row.body for row in rows}
        following = {row.after_id: row.id for row in rows if row.after_id}
    [receipt] = [id_ for id_, body in bodies.items() if "code words" in body]
    answered = following[receipt]
    assert "911" in bodies[receipt]
    with work():
        locator = intake.locator_of(code_in(bodies[receipt]))
    assert values(work, Thread.locator) == [locator]
    assert bodies[answered] == "Common Ground: We were there."
    assert bodies[following[answered]] == "Common Ground: Thank you."
    assert (how_many(work, HeldMessage), values(work, Thread.doubt)) == (0, [False])
    assert "added" in say("It goes on at the corner")


def test_doubt_holds_for_phone_and_not_for_one_report(say: Say, work: Work) -> None:
    say(DOUBTFUL)
    with time_machine.travel(now() + timedelta(hours=3)):
        assert say("They are at the corner again") == ""
        assert how_many(work, Thread) == 2
        with work() as session:
            doubted = session.scalars(select(Thread).where(Thread.doubt)).one()
            threads.settle_doubt(doubted, stop=False, member_id=1)
        assert sum("code words" in words for words in waiting(work)) == 2


def test_what_waits_is_erased_and_never_sent_after_stop(say: Say, work: Work) -> None:
    for sender, word in ((ROSA, "STOP"), (RUTH, "DELETE")):
        say(DOUBTFUL, sender)
        assert how_many(work, HeldMessage) == 1
        say(word, sender)
        assert how_many(work, HeldMessage) == 0
    assert not any("code words" in words for words in waiting(work))
    assert not any(values(work, Thread.doubt))


def test_after_stop_and_start_answers_reach_the_phone_again(say: Say, work: Work) -> None:
    say("BAJA")
    say("They deal at the stairs every night")
    assert how_many(work, Route) == 0
    assert "NEWS" in say("ALTA")
    assert values(work, Thread.texts_back) == [True]
    answer(work, "Thank you.")
    assert waiting(work)[-1] == "Common Ground: Thank you."


def test_delete_erases_the_way_back_and_ends_the_conversation(say: Say, work: Work) -> None:
    for word in ("BORRAR", "DELETE"):
        say(SEEN)
        assert how_many(work, Route) == 1
        say(word)
        assert how_many(work, Route) == 0
        # The desk is not told that its answers go to the phone.
        assert not any(values(work, Thread.texts_back))
    assert how_many(work, Thread) == 2


def test_member_who_stops_texts_is_reminded_by_mail_afterwards(say: Say, work: Work) -> None:
    numbers = {"STOP": ROSA, "BORRAR": EVA, "": RUTH}
    with work() as session:
        members = {word: make_member(session, ["organizer"]) for word in numbers}
        for word, number in numbers.items():
            reminders.ask_number(members[word], number)
            reach = session.get_one(ReminderChannel, members[word].id)
            reach.way, reach.proved_on = ReminderWay.TEXT, today()
    for word in filter(None, numbers):
        say(word, numbers[word])
    with work() as session:
        for word in numbers:
            reach = session.get_one(ReminderChannel, members[word].id)
            erased = (reach.contact, reach.contact_hash, reach.wording) == (None, None, None)
            assert (reach.way, erased) == (("mail", True) if word else ("text", False)), word


def consents(work: Work) -> list[tuple[str, str, str]]:
    """How each phone came to be answered, in which language, and what it was told then."""
    with work() as session:
        told = select(Route, outgoing.ConsentWording).join(outgoing.ConsentWording)
        rows = session.execute(told.order_by(Route.thread_id)).all()
        assert {route.agreed_on for route, _words in rows} <= {today()}
        return [(route.agreed_how, words.language, words.words) for route, words in rows]


def test_record_of_consent_has_words_that_were_said(say: Say, work: Work) -> None:
    said = say("Venden drogas en la esquina todas las noches").partition("\n")[0]
    how, language, words = consents(work)[0]
    assert (how, language) == ("first_text", "es")
    before, after = (words % {"site": "Common Ground", "code": "CODE"}).split("CODE")
    assert said.startswith(before) and said.endswith(after)
    say("STOP")
    started = say("INICIAR")
    assert consents(work)[0][0] == "keyword"
    assert consents(work)[0][2] % {"site": "Common Ground"} == started
    # The same words are kept once; code words never.
    assert how_many(work, outgoing.ConsentWording) == 2
    say("BORRAR")
    assert consents(work) == []


def test_report_by_web_can_be_continued_by_text(say: Say, work: Work) -> None:
    with work():
        filed = make_report("Written on the web.")
    answer(work, "We were there.")
    assert waiting(work) == []
    told = say(" ".join(filed.code).upper())
    assert {line.partition(": ")[2][:14] for line in told.splitlines()} == {"We were there.", "These words ar"}
    [(how, _language, words)] = consents(work)
    assert how == "code_words" and words % {"site": "Common Ground"} in told
    say("It is worse at night there")
    assert reported(work) == ["Written on the web.", "We were there.", "It is worse at night there"]
    answer(work, "Thank you for that.")
    assert waiting(work)[-1] == "Common Ground: Thank you for that."


def test_right_code_words_open_by_text_after_any_tries(say: Say, app: Portal, work: Work) -> None:
    app.settings.codes_per_address = 2
    with work():
        filed = make_report("Written on the web.")
    for _try in range(9):
        assert "Nothing found" in say(" ".join((*filed.code[3:], *filed.code[:3])))
    assert how_many(work, Route) == 0
    say(" ".join(filed.code))
    assert how_many(work, Route) == 1


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


def test_code_words_open_by_any_road_and_are_unkept(say: Say, work: Work) -> None:
    told = [f"Written on the web, {number}." for number in range(len(ROADS))]
    for number, road in enumerate(ROADS):
        with work():
            filed = make_report(told[number], nonce=bytes([number]) * 32)
        answers = [say(words, phone(number)) for words in road(filed.code)]
        say("It is worse at night there", phone(number))
        assert "These words are right" in answers[-1], road(filed.code)
    assert how_many(work, Thread) == len(ROADS)
    assert sorted(reported(work)) == sorted([*told, *("It is worse at night there" for _road in ROADS)])
    assert how_many(work, kept.CodePart) == 0
    # Nor are wrong ones.
    words = "rally lunch outdoor bronze lecture indicate develop bike".split()
    for told_wrong in ("hi any news? {} thanks", "{}", "my code is {} what now"):
        for wrong in (words, words[:7]):
            answered = say(told_wrong.format(" ".join(wrong)), EVA)
            assert re.search("found nothing|Nothing found|Part of your code words", answered), answered
    assert how_many(work, Thread) == len(ROADS)


def test_own_code_words_are_unkept_but_text_beside_kept(say: Say, work: Work) -> None:
    code = code_in(say(SEEN))
    for typed in (code, (*code[3:], *code[:3])):
        answered = say(" ".join(typed))
        assert (reported(work), code[3] in answered) == ([SEEN], False)
    assert "found nothing" in answered
    # None of these is a code word itself.
    said = "dealers were at laundromats yesterday and corners nightly"
    say(f"my words {' umm '.join(code)} {said}")
    assert said in reported(work)[-1] and code[3] not in reported(work)[-1]


def test_part_of_code_words_waits_only_ten_minutes(say: Say, app: Portal, work: Work) -> None:
    with work():
        filed = make_report("Written on the web.", nonce=bytes(32))
    with time_machine.travel(now(), tick=False) as clock:
        assert "within 10 minutes" in say(" ".join(filed.code[:4]))
        assert filed.code[0] in values(work, kept.CodePart.words)[0]
        assert filed.code[0] not in values(work, text("words FROM sms_code_part"))[0]
        clock.shift(601)
        with app.app_context():
            kept.forget_code_parts()
        assert how_many(work, kept.CodePart) == 0
        assert "within 10 minutes" in say(" ".join(filed.code[4:]))
        say("BORRAR")
    assert (how_many(work, kept.CodePart), how_many(work, Thread)) == (0, 1)


def test_reports_of_endlessly_texting_phone_stand_behind_others(say: Say, app: Portal, work: Work) -> None:
    app.settings.reports_per_address = 1
    with time_machine.travel(now(), tick=False):
        for _text in range(3):
            say("They sell at the fountain")
            # A new conversation, and a new report, in the same hour of the counters.
            with work() as session:
                session.execute(delete(Conversation))
    assert sorted(values(work, Thread.in_flood)) == [False, False, True]


def test_strays_of_one_phone_fill_few_reports_read_last(say: Say, work: Work) -> None:
    for number in range(6):
        say(f"Your package {number} is out for delivery")
    with work() as session:
        filed = session.scalars(select(Thread)).all()
        assert len(filed) == MOST_REPORTS + 1
        assert sum(thread.in_flood and not thread.texts_back for thread in filed) == MOST_REPORTS


def test_who_asks_for_answers_again_is_told_despite_limit(say: Say, work: Work) -> None:
    for (stop, start), sender in ((("STOP", "START"), ROSA), (("ALTO", "INICIAR"), RUTH)):
        for number in range(14):
            say(f"they sell at number {number}", sender)
        assert say("they sell here too", sender) == ""
        assert say(stop, sender) and say(start, sender)
        assert sum(bool(say(start, sender)) for _text in range(20)) == 2
    # Owed are only the confirmations of the opt-outs: had they opted out since, the others would not go out.
    assert sum(values(work, OutboundMessage.owed)) == 2


def test_danger_help_and_stop_are_answered_however_much_said(say: Say) -> None:
    answers = {
        "help me he has a gun": "911",
        "Ayuda": "911",
        "im out": "Text STOP",
        "i want to kill myself": "988",
        "STOP": "no more texts",
        "delete my number": "erased",
        "DELETE": "erased",
    }
    for number, (body, named) in enumerate(answers.items()):
        for _text in range(MOST_IN_WINDOW + 1):
            say("HELP", phone(number))
        assert named in (answer := say(body, phone(number))) and "\n" not in answer, body


def test_the_same_cry_is_answered_again_after_any_number(say: Say, work: Work) -> None:
    for _text in range(MOST_IN_WINDOW + MOST_SAME_CRY + 5):
        say("he has a gun")
    with time_machine.travel(now() + CRY_APART + timedelta(seconds=5)):
        assert "911" in say("he has a gun")


def test_many_reports_of_one_phone_join_its_last(say: Say, work: Work) -> None:
    for number in range(40):
        say(f"They sell at corner number {number}")
        # Another subject came in between, so each text would begin a report.
        with work() as session:
            session.execute(update(Conversation).values(thread_id=None, step="none"))
    assert (how_many(work, Thread), len(reported(work))) == (MOST_REPORTS, 40)
    assert sum("We keep" in words for words in waiting(work)) == 1


def test_too_many_texts_are_unkept_and_sender_told_once(say: Say, work: Work) -> None:
    said = "".join(say(f"They sell at corner number {number}") for number in range(MOST_KEPT + 5))
    assert (len(reported(work)), said.count("could not keep the last one")) == (MOST_KEPT, 1)
    assert "911" in say("he has a gun")
    assert len(reported(work)) == MOST_KEPT + 1
    assert "no more texts" in say("STOP")


def test_night_of_very_many_texts_cuts_off_no_dialogue(say: Say, work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(taking_in, "MOST_KEPT_IN_ALL", 3)
    for number in range(5):
        say(f"They sell at corner number {number}", RUTH)
    assert len(reported(work)) == 5
    said = "".join(say(f"Cars stop at door number {number}") for number in range(RESERVED + 5))
    assert (len(reported(work)), said.count("could not keep the last one")) == (5 + RESERVED, 1)


def test_a_slip_beside_words_of_danger_still_brings_911(say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replies, "holds_slip", lambda _text: True)
    assert "911" in say("482193 yes, he has a gun")


ECHOES: tuple[Callable[[str], str], ...] = (
    lambda said: said,
    lambda said: f"Auto-reply. You wrote: {said}",
    lambda said: f"Liked “{said[:120]}…”",
)


def test_who_sends_our_answer_back_does_not_loop(say: Say) -> None:
    for number, (first, echo) in enumerate(product(("HELP", "no respira"), ECHOES)):
        answered, count = say(first, phone(number)), 1
        for _text in range(MOST_IN_WINDOW + 3):
            again = say(echo(answered), phone(number))
            answered, count = again or answered, count + bool(again)
        assert count <= MOST_IN_WINDOW + 1, (first, number)


def test_machine_that_speaks_of_danger_falls_silent_one_day(say: Say, work: Work) -> None:
    for number in range(60):
        say(f"Thank you for calling. If you are in danger, call 911. Ticket {number}")
    assert len(waiting(work)) <= MOST_IN_WINDOW + MOST_SAME_CRY + 2


def test_without_desk_text_is_answered_and_not_kept(app: Portal, say: Say, work: Work) -> None:
    say("STOP", EVA)
    say("ALTO", phone(1))
    with work() as session:
        session.execute(text("UPDATE accounts_desk_key SET retired_at = created_at"))
    for body, sender, words in (
        ("he has a gun", ROSA, "We cannot read texts right now and did not keep yours. In danger, call 911."),
        ("me quiero morir", RUTH, "Si piensa en quitarse la vida, llame al 988"),
        # Who wants no texts gets none, but for help after an opt-out in words.
        ("They sell at the corner", EVA, ""),
        ("no respira", phone(1), "911"),
        ("AYUDA", phone(1), "911"),
        ("Venden droga", phone(1), ""),
    ):
        told = [say(body, sender, MessageSid=f"SM{body}") for _time in range(2)]
        assert (words in told[0] if words else told[0] == "") and told[1] == "", body
    assert how_many(work, Thread) == how_many(work, Route) == 0


def test_disk_and_log_keep_no_number_word_or_city(say: Say, portal_dir: Path, caplog: pytest.LogCaptureFixture) -> None:
    say("CANARYWORD at the corner")
    say("CANARYPLACE")
    files = [path for path in portal_dir.rglob("*") if path.is_file()]
    assert files
    for path in files:
        content = path.read_bytes()
        assert b"CANARY" not in content and ROSA[2:].encode() not in content, path
        assert not re.search(rb"(?<!\d)99999(?!\d)", content) or path.suffix not in (".db", ".db-wal"), path
    assert "CANARY" not in caplog.text and ROSA[2:] not in caplog.text


def test_tables_of_different_purposes_cannot_be_joined(say: Say, work: Work) -> None:
    say("MEET 4821")
    say(SEEN)
    say("STOP")
    columns = Conversation.sender_hash, Route.sender_hash, OptOut.sender_hash, Rsvp.contact_hash
    assert len({values(work, column)[0] for column in columns}) == len(columns)


def test_thief_of_disk_and_settings_finds_no_code_words(say: Say, app: Portal, portal_dir: Path) -> None:
    telephone = MemoryTelephone()
    app.transports[MessageKind.TEXT] = outgoing.TextTransport(telephone, app.settings.public_url)
    say(SEEN)
    with app.app_context():
        deliver_ready()
        assert "code words:" in telephone.sent[0].body
        whole = b"\n".join(path.read_bytes() for path in portal_dir.rglob("*") if path.is_file())
        opened = []
        for token in re.findall(rb"gAAAAA[A-Za-z0-9_-]{60,}={0,2}", whole):
            with contextlib.suppress(Exception):
                opened.append(cipher().decrypt(token))
    assert not any("code words" in words for words in opened)


def tell_state(app: Portal, message_id: int, sid: str, *words: str) -> None:
    for word in words:
        path = f"/sms/twilio/status/{message_id}"
        assert post(app, "", path=path, MessageSid=sid, MessageStatus=word).status_code == 200


def test_status_callbacks_in_any_order_end_with_delivered(app: Portal, say: Say, work: Work) -> None:
    orders = ("sent", "delivered"), ("delivered", "sent"), ("delivered", "delivered", "queued")
    for number, order in enumerate(orders):
        before = set(values(work, OutboundMessage.id))
        say("HELP", phone(number))
        [message_id] = set(values(work, OutboundMessage.id)) - before
        with work() as session:
            message = session.get_one(OutboundMessage, message_id)
            message.state, message.provider_id = DeliveryState.SENT, f"SMout{number}"
        tell_state(app, message_id, f"SMout{number}", *order)
        with work() as session:
            assert session.get_one(OutboundMessage, message_id).delivery == "delivered", order


def test_word_about_text_not_yet_known_is_settled_later(app: Portal, say: Say, work: Work) -> None:
    say(SEEN)
    message_id = values(work, OutboundMessage.id)[0]
    tell_state(app, message_id, "SMearly", "delivered")
    with work() as session:
        message = session.get_one(OutboundMessage, message_id)
        assert message.delivery is None
        message.state, message.provider_id = DeliveryState.SENT, "SMearly"
    with work():
        outgoing.settle_delivery_words()
    with work() as session:
        assert session.get_one(OutboundMessage, message_id).delivery == "delivered"


@pytest.mark.both_databases
def test_providers_word_settles_text_whose_worker_never_heard_back(app: Portal, say: Say, work: Work) -> None:
    for number, state in enumerate(("sending", "unknown", "due")):
        before = set(values(work, OutboundMessage.id))
        say(SEEN, phone(number))
        with work() as session:
            own = OutboundMessage.id.not_in(before)
            message = session.scalars(select(OutboundMessage).where(own, OutboundMessage.after_id.is_(None))).one()
            message.state, message.attempts, message.lease_until = DeliveryState(state), 1, now() + timedelta(minutes=1)
            # The provider's name for one text is never taken for another's.
            other = session.scalars(select(OutboundMessage).where(OutboundMessage.after_id == message.id)).one()
            other.attempts = 1
            message_id, other_id = message.id, other.id
        tell_state(app, message_id, f"SMlate{number}", "delivered", "sent")
        tell_state(app, other_id, f"SMlate{number}", "queued")
        with work() as session:
            settled = session.get_one(OutboundMessage, message_id)
            assert (settled.state, settled.provider_id, settled.delivery) == ("sent", f"SMlate{number}", "delivered")
            assert (settled.address, settled.body) == (None, None)
            assert session.get_one(OutboundMessage, other_id).state == "due"

"""Wishes beside a report: whoever must go or is watched is left in peace; what is taken back is read by a person."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from portal.core.clock import now
from portal.reports.reports import Thread
from portal.sms.conversations import Conversation
from portal.sms.dialogue import hear
from portal.sms.effects import (
    AddToReport,
    DialogueState,
    DialogueStep,
    FileReport,
    HumanDecides,
    OptIn,
    Saying,
    SpokenAnswer,
)
from portal.sms.reading import PhoneContext, ReceivedText, Verdict, read
from portal.sms.rsvp_rules import asks_if_counted, says_away
from portal.sms.wishes import ReportWish, asks_for_no_answer, read_wish, wants_answers
from tests.conftest import Work
from tests.sms.test_either import RUTH, Say, city, how_many, reported, say, seats, settings, told

__all__ = ["city", "say", "settings", "told"]
REPORT = "they sell at 9 birch"
WISHES = {
    ReportWish.SILENCE: """i have to go someones coming|my husband is looking|my husbands home|someone's coming
        |my husband checks my phone|he is looking at my phone gotta go|hes coming i gotta go
        |wait my boyfriend just walked in
        |my mom is right here|my son is reading my texts|im not alone right now|i cant talk hes here|he can see this
        |somebody is at the door|i think someone is watching me|hold on my dad is here|delete this my husband is looking
        |shh my boss is coming|mi esposo me está viendo|ya llegó mi esposo|alguien viene|me revisan el teléfono
        |viene mi marido me tengo que ir|mi suegra esta aqui|me están mirando|ya viene me tengo que ir
        |perdon ya llego mi novio
        |mi patrón me está viendo|no puedo escribir mi esposo está aquí""",
    ReportWish.SILENCE_PERHAPS_FOR_GOOD: """no more please my husband is looking|stop my husband is looking
        |dont text back he checks my phone|no me contesten mi esposo revisa mi telefono
        |no me escriban mi marido esta aqui
        |my boyfriend reads my texts dont text me|gotta go dont text me back
        |ya no me manden mensajes mi esposo está viendo""",
    ReportWish.LEAVES: """i gotta go|gtg|ttyl|i have to go now bye|cant talk|i cant text right now|its not safe to text
        |thats all i know
        |i dont want to say any more|im at work cant text|ill text you later|no more questions i have to go
        |me tengo que ir
        |ya me voy|luego les escribo|no puedo hablar ahorita|adiós|eso es todo lo que sé|ya no quiero decir nada
        |tengo que colgar|estoy trabajando ahorita no puedo""",
    ReportWish.TAKES_BACK_NAMED: """can you delete what i just sent|delete my report|please delete my last message
        |how do i delete my report|disregard my last text|remove what i said|borren lo que dije|pueden borrar mi mensaje
        |quiero cancelar mi reporte|me arrepentí borren mi reporte|mejor olviden lo que dije""",
    ReportWish.TAKES_BACK: """bórrelo por favor me da miedo|delete this|i made it up sorry|never mind forget it
        |forget i said anything
        |i take it back|i changed my mind|can u erase that pls|i shouldnt have said that|i was lying|just kidding
        |ignore that
        |dont tell anyone it was me|dont use my name|keep my name out of it please|nobody can know it was me|olvídenlo
        |era mentira perdon|no quiero problemas borre eso por favor|no le digan a nadie que fui yo
        |que nadie sepa que fui yo
        |no digan mi nombre|fue un error|dejenlo asi|ya no quiero reportar nada""",
    ReportWish.NOT_TO_POLICE: """wait dont tell the cops it was me|no le digan a la policia que fui yo
        |please don't tell the police who i am|que no sepa la policía que fui yo|dont let the police know it was me""",
    None: """someone is coming every night|they come and go|they are coming|theyre here now|hes here|he is back
        |they are watching the corner|someone is watching my house every night|my husband is looking for another job
        |my husband saw them sell|they delete the graffiti|remove them please|please get rid of them|get rid of this
        |remove it|quiten eso|elimínenlos|they told my son not to tell the police|they said dont tell the cops
        |i have to go past them every day|i have to go out the back|we cant go outside|i cant sleep|they leave at 5
        |my neighbor is coming home to them every night|someone comes at night|forget about the park they are on elm now
        |the cops never mind them|its on 5th|later at night|my son is buying|no puedo dormir
        |me tengo que ir por otra calle
        |viene gente toda la noche|alguien viene cada noche|ya vienen|están aquí|mi hijo esta comprando
        |they took my phone
        |he has my phone|i was wrong its on 6th|never on sundays|no one|stop them|dont let them sell|no los dejen vender
        |no dejen que vendan|my landlord is selling|the landlord is here every friday|my brother is back on it
        |es todo el día
        |thats all night|thats it the blue house|mi vecino vende|i dont want to go out anymore
        |dont tell me to call the cops
        |they deleted the video|stop|no|no more""",
}
SAID = [(text.strip(), wish) for wish, several in WISHES.items() for text in several.split("|")]
IN_REPORT = PhoneContext(step=DialogueStep.WHEN, in_report=True, language="en")
OPEN = DialogueState(DialogueStep.WHEN, "en", 7)


def answers(talk: DialogueState, text: str) -> list[Saying]:
    return [one.say for one in hear(talk, text).effects if isinstance(one, SpokenAnswer)]


@pytest.mark.parametrize(("text", "wish"), SAID)
def test_what_is_wished(text: str, wish: ReportWish | None) -> None:
    assert read_wish(text) is wish
    assert read_wish(text.upper()) is wish


@pytest.mark.parametrize("text", [text for text, wish in SAID if wish])
def test_a_wish_is_kept_and_no_question_follows(text: str) -> None:
    heard = hear(OPEN, text)
    assert heard.talk.step is DialogueStep.NONE
    assert [one.text for one in heard.effects if isinstance(one, AddToReport | HumanDecides)] == [text]
    assert len(answers(OPEN, text)) <= 1
    assert not {Saying.WHERE, Saying.WHEN, Saying.MORE} & set(answers(OPEN, text))


@pytest.mark.parametrize("text", [text for text, wish in SAID if wish and wish.startswith("silence")])
def test_whoever_is_watched_hears_nothing(text: str) -> None:
    assert answers(OPEN, text) == []


@pytest.mark.parametrize("text", [text for text, wish in SAID if wish and wish is not ReportWish.TAKES_BACK_NAMED])
@pytest.mark.parametrize("phone", [PhoneContext(opted_out=True), PhoneContext(doubted=True), PhoneContext()])
def test_without_an_open_report_nothing_is_read_into_it(text: str, phone: PhoneContext) -> None:
    wishes = (Verdict.LEAVES, Verdict.QUIET, Verdict.QUIET_DOUBT, Verdict.TAKE_BACK, Verdict.NOT_TO_POLICE)
    assert read(ReceivedText(text), phone).verdict not in wishes


@pytest.mark.parametrize("text", ["no me contesten por aquí", "dont text back", "please dont answer me here"])
def test_to_hear_nothing_here_is_decided_by_a_person(text: str) -> None:
    assert read(ReceivedText(text), IN_REPORT).verdict is Verdict.DOUBT


@pytest.mark.parametrize(
    "text", ["venden en la casa azul, no me contesten", "they sell next door please dont text me back"]
)
def test_a_first_text_that_wants_no_answer_is_filed_and_its_receipt_waits(text: str) -> None:
    assert read(ReceivedText(text), PhoneContext()).verdict is Verdict.DOUBT
    assert answers(DialogueState(), text) == [Saying.DOUBT]


@pytest.mark.parametrize(
    "text", ["the landlord he dont text back", "i call and they dont answer", "no contestan cuando llamo"]
)
def test_others_who_do_not_answer_are_what_is_reported(text: str) -> None:
    assert not asks_for_no_answer(text)


def test_police_and_number_are_spoken_of_to_whoever_is_afraid_of_them() -> None:
    assert answers(OPEN, "wait dont tell the cops it was me") == [Saying.POLICE]
    assert answers(OPEN, "que nadie sepa que fui yo") == [Saying.TAKE_BACK]


# ── What settles a doubt ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "text",
    """si quiero las respuestas|yes i want the answers|i want to hear back|please answer me|quiero que me contesten
    |yes start|sí respuestas|contéstenme por favor|pueden contestarme""".replace("\n    ", "").split("|"),
)
def test_who_plainly_wants_answers_gets_them(text: str) -> None:
    assert wants_answers(text)
    for talk in (DialogueState(thread_id=7, doubted=True), DialogueState(opted_out=True)):
        heard = hear(talk, text)
        assert isinstance(heard.effects[0], OptIn)
        assert answers(talk, text) == [Saying.STARTED]
    blocked = hear(DialogueState(opted_out=True, blocked=True), text)
    assert [type(one) for one in blocked.effects] == [FileReport]


@pytest.mark.parametrize(
    "text",
    """no quiero las respuestas|i dont want answers|ya no quiero respuestas|stop|i want you to stop|quiero que paren
    |quiero que no me escriban|yes|i want them gone|i want answers why they still sell""".replace("\n    ", "").split(
        "|"
    ),
)
def test_other_words_are_no_start(text: str) -> None:
    assert not wants_answers(text)


def test_a_yes_to_two_questions_hears_the_words_once_more_and_no_more(say: Say, work: Work) -> None:
    say("venden en la casa azul")
    assert "INICIAR" in say("ya no quiero saber nada de ustedes")
    assert re.search("INICIAR.*ALTO", say("si"))
    assert say("si") == ""
    assert "respuestas" in say("si quiero las respuestas")
    with work() as session:
        assert not session.scalars(select(Thread.doubt)).one()


# ── At the webhook ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_whoever_must_go_is_not_asked_on_and_may_come_back(say: Say, work: Work) -> None:
    say(REPORT)
    assert say("i have to go someones coming") == ""
    assert say("no more please my husband is looking") == ""
    with work() as session:
        assert session.scalars(select(Thread.doubt)).one()
    assert reported(work) == [REPORT, "i have to go someones coming", "no more please my husband is looking"]


def test_whoever_only_must_go_hears_one_last_sentence(say: Say, work: Work) -> None:
    say("venden en la casa azul")
    answer = say("me tengo que ir")
    assert "Gracias" in answer and "?" not in answer
    assert "agregamos" in say("ya regresé, venden de noche")
    assert how_many(work, Thread) == 1


@pytest.mark.parametrize("typed", ["can you delete what i just sent", "borren lo que dije", "delete this"])
def test_what_is_taken_back_is_read_and_what_can_be_erased_is_said(say: Say, work: Work, typed: str) -> None:
    say(REPORT)
    answer = say(typed)
    assert "DELETE" in answer or "BORRAR" in answer
    assert "?" not in answer
    assert reported(work) == [REPORT, typed]
    assert "erased" in say("DELETE") or "borrado" in say("DELETE")


def test_after_the_conversation_it_goes_to_the_last_report_of_this_phone(say: Say, work: Work) -> None:
    say(REPORT)
    with work() as session:
        session.execute(update(Conversation).values(expires_at=now() - timedelta(minutes=1)))
    assert "DELETE" in say("please delete my report")
    assert reported(work) == [REPORT, "please delete my report"]
    assert how_many(work, Thread) == 1
    # From a phone without a report it is kept too, and nothing is asked.
    answer = say("delete my report", RUTH)
    assert "Code words" in answer or "code words" in answer
    assert "Where is it" not in answer and "DELETE" in answer


@pytest.mark.parametrize("typed", ["hello?? hes coming", "he has a gun"])
def test_danger_after_an_opt_out_does_not_speak_of_adding(say: Say, work: Work, typed: str) -> None:
    say("ALTO")
    answer = say(typed)
    assert "911" in answer and "We have your text" in answer
    assert how_many(work, Thread) == 1


# ── A seat ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "away"),
    [
        *(
            (text, True)
            for text in (
                "my mom died cant make it",
                "count me out",
                "sorry family emergency wont be able to be there",
                "my kid has fever no voy a poder",
                "ya no vamos a ir perdon",
                "not gonna make it tonight got called in",
                "we have to skip this one",
                "no cuenten conmigo",
                "mejor para la próxima",
            )
        ),
        *(
            (text, False)
            for text in (
                "got called into work srry",
                "i cant come alone",
                "my sister cant come but i will",
                "cant make it before 7",
                "if i cant come can my mom",
                "mi hermana no puede ir",
                "no puedo ir sola",
                "ya no se si voy",
                "no voy a llegar a tiempo",
                "im scared to go",
                "maybe i cant come",
                "can't i come?",
            )
        ),
    ],
)
def test_whether_words_about_a_meeting_say_that_nobody_comes(text: str, away: bool) -> None:
    assert says_away(text) is away


@pytest.mark.parametrize("typed", ["its my mom she passed we are not going", "surgery moved up so count me out"])
def test_what_was_asked_about_and_says_that_nobody_comes_gives_the_seat_up(say: Say, work: Work, told, typed) -> None:
    told()
    if "Text 1" in say(typed):
        assert "MEET 4821 2" in say("1")
    assert seats(work) == ["cancelled"]
    assert how_many(work, Thread) == 0


def test_what_says_less_is_told_of_its_seat_and_how_to_give_it_up(say: Say, work: Work, told) -> None:
    told()
    assert "Text 1" in say("my manager put me on the schedule")
    answer = say("1")
    assert "still counted" in answer and "NOT COMING 4821" in answer
    assert seats(work) == ["coming"]


@pytest.mark.parametrize(
    "typed", ["am i still counted", "are we still on the list?", "sigo en la lista", "tengo lugar?"]
)
def test_whoever_asks_whether_they_are_counted_is_told(say: Say, work: Work, told, typed: str) -> None:
    told()
    assert asks_if_counted(typed)
    assert re.search("You are counted|en la lista|cuenta", say(typed))
    assert (seats(work), how_many(work, Thread)) == (["coming"], 0)


@pytest.mark.parametrize("text", ["am i in danger", "they are still on the corner", "is my house safe"])
def test_other_questions_are_not_about_the_seat(text: str) -> None:
    assert not asks_if_counted(text)

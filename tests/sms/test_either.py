"""Answers to what we wrote about a meeting: heard where they are plain, asked about where they are not, never lost."""

from __future__ import annotations

import re
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from sqlalchemy import select

from portal.core.clock import now
from portal.core.jobs.outbox import cipher
from portal.core.sms.segments import segments
from portal.core.web import Portal
from portal.following.following import Subscription
from portal.meetings.rsvp.reminder_times import RsvpNews
from portal.meetings.rsvp.rsvp import Rsvp
from portal.reports.reports import Thread
from portal.sms import jobs
from portal.sms.choices import EitherChoice, read_choice
from portal.sms.conversations import OptOut, Route, Unsorted
from portal.sms.intake import take_in, turn_of
from portal.sms.plain_rules import says_cancel
from portal.sms.turn import Incoming
from tests.conftest import Work
from tests.sms.talk import OURS, ROSA, RUTH, Say, add_room, how_many, remind_of_meeting, reported, seats, values

CHOICES = {
    EitherChoice.FIRST: ["1", "One", "the meeting", "La reunión", "it's the meeting", "option 1"],
    EitherChoice.SECOND: ["2", "2 please", "dos", "report", "un aviso", "otra cosa"],
    EitherChoice.BOTH: ["3", "both", "los dos"],
    None: ["", "4", "the meeting on Elm", "two men", "maybe"],
}


@pytest.mark.parametrize(("text", "choice"), [(text, kind) for kind, several in CHOICES.items() for text in several])
def test_what_was_chosen(text: str, choice: EitherChoice | None) -> None:
    assert read_choice(text) is choice


@pytest.mark.parametrize(
    ("text", "cancels"), [("Cancel", True), ("CANCELAR.", True), ("cancel please", True), ("stop", False)]
)
def test_cancel(text: str, cancels: bool) -> None:
    assert says_cancel(text) is cancels


# ── At the webhook ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("typed", "state"),
    [
        ("yes", "coming"),
        ("Sí, ahí estaremos", "coming"),
        ("see you there", "coming"),
        ("no", "cancelled"),
        ("sorry we can't make it", "cancelled"),
        ("no podremos ir", "cancelled"),
        ("thanks!", "coming"),
        ("👍", "coming"),
    ],
)
@pytest.mark.both_databases
def test_a_plain_answer_to_a_reminder_is_attendance(say: Say, work: Work, typed: str, state: str) -> None:
    remind_of_meeting(work)
    say(typed)
    assert seats(work) == [state]
    assert (how_many(work, Thread), how_many(work, Unsorted)) == (0, 0)


@pytest.mark.parametrize("typed", ["no", "No.", "nope", "nah", "no thanks", "no gracias"])
def test_no_to_change_gives_up_seat_and_names_return(say: Say, work: Work, typed: str) -> None:
    remind_of_meeting(work, news=RsvpNews.MOVED)
    assert "MEET 4821" in say(typed)
    assert seats(work) == ["cancelled"]


def news(work: Work) -> list[bool]:
    """Whether each news that was asked for has begun."""
    return [confirmed_on is not None for confirmed_on in values(work, Subscription.confirmed_on)]


@pytest.mark.parametrize(
    ("typed", "begun"), [("SI", [True]), ("yes", [True]), ("no", []), ("No gracias", []), ("nope", [])]
)
def test_a_yes_or_no_answers_what_was_asked_last(say: Say, work: Work, typed: str, begun: list[bool]) -> None:
    remind_of_meeting(work)
    assert "News about Elm Street" in say("FOLLOW Elm Street")
    say(typed)
    assert (seats(work), news(work)) == (["coming"], begun)


@pytest.mark.parametrize(("typed", "state"), [("SI", "coming"), ("no", "cancelled")])
def test_after_later_reminder_yes_or_no_is_about_meeting(say: Say, work: Work, typed: str, state: str) -> None:
    say("FOLLOW Elm Street")
    remind_of_meeting(work)
    say(typed)
    assert (seats(work), news(work)) == ([state], [False])


@pytest.mark.parametrize(("typed", "way"), [("SI", "REUNION 4821"), ("yes", "MEET 4821"), ("no", "NOT COMING 4821")])
def test_if_two_questions_of_day_are_open_both_named(say: Say, work: Work, typed: str, way: str) -> None:
    noon = now().astimezone(ZoneInfo("America/New_York")).replace(hour=12)
    with time_machine.travel(noon):
        remind_of_meeting(work, language="es" if typed == "SI" else "en")
        say("FOLLOW Elm Street")
    with time_machine.travel(noon + timedelta(hours=3)):
        asked = say(typed)
    assert way in asked
    assert "Elm" in asked
    assert (seats(work), news(work), how_many(work, Thread)) == (["coming"], [] if typed == "no" else [False], 0)


def about(lang: str, *, comes: bool = True, code: str = "1234") -> str:
    """How a meeting is named to somebody who may have meant it."""
    if lang == "es":
        return f"Escriba {'REUNION' if comes else 'NO VOY'} {code}."
    return f"Then text {'MEET' if comes else 'NOT COMING'} {code}."


TONGUES = {
    "en": ("NEWS safety", "News about safety", "MEET 1234", "yes", "no", "You get no more news about"),
    "es": ("noticias seguridad", "¿Noticias sobre", "reunion 1234", "si", "no", "Ya no recibe noticias sobre"),
}


@pytest.mark.parametrize("lang", ["en", "es"])
def test_news_asked_between_reminder_and_other_meeting_is_named(say: Say, work: Work, lang: str) -> None:
    ask, question, come, yes, no, _ended = TONGUES[lang]
    add_room(work, "1234")
    remind_of_meeting(work, language=lang)
    assert question in say(ask)
    say(come)
    named = say(yes)
    assert question in named and about(lang) in named and about(lang, code="4821") in named
    assert news(work) == [False]
    # What came after the reminder may be meant: nothing happens to the seat of which it spoke.
    say(no)
    assert (seats(work), news(work)) == (["coming", "coming"], [])


@pytest.mark.parametrize("lang", ["en", "es"])
def test_a_no_closes_every_question_about_news(say: Say, work: Work, lang: str) -> None:
    ask, _question, _come, yes, no, ended = TONGUES[lang]
    say(ask)
    say("MEET 4821" if lang == "en" else "REUNION 4821")
    say("NEWS Elm Street" if lang == "en" else "noticias Calle Elm")
    assert news(work) == [False], "the last question closes the one before"
    assert ended in (said := say(no))
    assert "Elm" in said
    say(yes)
    assert (seats(work), how_many(work, Subscription)) == (["coming"], 0)


def test_news_we_do_not_have_closes_what_was_asked(say: Say, work: Work) -> None:
    say("NEWS safety")
    assert "We have no news about that" in say("follow Nowhere Street")
    say("yes")
    assert news(work) == []


@pytest.mark.parametrize("lang", ["en", "es"])
def test_two_meetings_and_news_are_named_in_phones_language(say: Say, work: Work, lang: str) -> None:
    ask, question, _come, yes, no, ended = TONGUES[lang]
    add_room(work, "1234")
    say("MEET 4821" if lang == "en" else "REUNION 4821")
    say(ask)
    assert ("You are counted" if lang == "en" else "Contamos con usted") in say("MEET 1234")
    comes, stays = ([about(lang, comes=way, code=code) for code in ("4821", "1234")] for way in (True, False))
    named = say(yes)
    assert all(words in named for words in (question, *comes))
    named = say(no.upper())
    assert all(words in named for words in (ended, *stays))
    named = say(yes)
    assert all(words in named for words in comes) and question not in named
    assert (seats(work), news(work), how_many(work, Thread)) == (["coming", "coming"], [], 0)
    assert segments(named).segments <= 2


@pytest.mark.parametrize(("lang", "come"), [("en", "MEET 4821"), ("es", "REUNION 4821")])
def test_a_bare_no_after_being_counted_is_asked_about(say: Say, work: Work, lang: str, come: str) -> None:
    say(come)
    assert about(lang, comes=False, code="4821") in say("no")
    assert seats(work) == ["coming"]
    say("NOT COMING 4821" if lang == "en" else "NO VOY 4821")
    assert seats(work) == ["cancelled"]


def test_text_after_another_meeting_takes_no_seat_reminded_of(say: Say, work: Work) -> None:
    add_room(work, "1234")
    remind_of_meeting(work)
    say("MEET 1234")
    assert "which meeting" in say("not coming")
    assert "which meeting" in say("5")
    assert seats(work) == ["coming", "coming"]


def test_words_not_yes_stay_with_meeting_while_news_open(say: Say, work: Work) -> None:
    say("NEWS safety")
    say("MEET 4821 3")
    assert "1 person" in say("1")
    assert say("ok") == ""
    assert news(work) == [False]
    assert "You get news about safety" in say("NEWS")


@pytest.mark.parametrize("typed", ["no", "No.", "nope"])
def test_no_to_change_is_heard_while_conversation_goes_on(say: Say, work: Work, typed: str) -> None:
    remind_of_meeting(work)
    say("MEET 4821")
    say(typed)
    assert seats(work) == ["coming"]
    remind_of_meeting(work, news=RsvpNews.MOVED)
    assert "MEET 4821" in say(typed)
    assert seats(work) == ["cancelled"]


@pytest.mark.parametrize(
    ("typed", "way"),
    [
        ("I cant come they are dealing in front of my house", "NOT COMING 4821"),
        ("no puedo ir, están vendiendo enfrente de mi casa", "NO VOY 4821"),
    ],
)
def test_report_that_says_not_coming_is_told_of_seat(say: Say, work: Work, typed, way) -> None:
    remind_of_meeting(work)
    assert way in say(typed)
    assert (seats(work), how_many(work, Thread)) == (["coming"], 1)


def test_no_to_another_question_takes_no_seat(say: Say, work: Work) -> None:
    remind_of_meeting(work, news=RsvpNews.ASK)
    assert "You are counted" in say("no")
    assert seats(work) == ["coming"]


@pytest.mark.parametrize("typed", ["maybe", "depende de mi esposo", "maybe i will come"])
def test_who_was_written_to_is_asked_before_filing_anything(say: Say, work: Work, typed: str) -> None:
    remind_of_meeting(work)
    asked = say(typed)
    assert re.search(r"Text 1\.|Escriba 1\.", asked) and re.search(r"Text 2\.|Escriba 2\.", asked) and "911" in asked
    assert how_many(work, Thread) == 0
    with work() as session:
        row = session.scalars(select(Unsorted)).one()
        assert typed.encode() not in row.body and ROSA.encode() not in (row.number or b"")
        assert cipher().decrypt(row.body) == typed


def for_host(work: Work) -> list[str]:
    """What the host reads beside the answers, of which the table holds no word."""
    with work() as session:
        sealed = [row.access_needs for row in session.scalars(select(Rsvp)) if row.access_needs]
        words = [cipher().decrypt(one) for one in sealed]
        assert not any(said.encode() in one for said, one in zip(words, sealed, strict=True))
        return words


def test_about_the_meeting_it_goes_to_the_host_alone(say: Say, work: Work) -> None:
    remind_of_meeting(work, language="es")
    assert "Escriba 1." in say("depende de mi esposo")
    assert "las lee antes quien organiza" in say("1")
    assert for_host(work) == ["depende de mi esposo"]
    assert (how_many(work, Thread), how_many(work, Unsorted), how_many(work, Route)) == (0, 0, 0)


@pytest.mark.parametrize(
    "typed", ["can I bring my mom?", "what time is it?", "is there parking", "a qué hora es", "va a estar la policía?"]
)
@pytest.mark.both_databases
def test_question_goes_to_host_and_is_no_report(say: Say, work: Work, typed: str) -> None:
    remind_of_meeting(work)
    answer = say(typed)
    assert "/mine/" in answer
    say("where is it")
    assert for_host(work) == [f"{typed}\nwhere is it"]
    assert (how_many(work, Thread), how_many(work, Unsorted), seats(work)) == (0, 0, ["coming"])


@pytest.mark.parametrize(
    ("typed", "named"), [("i cant come i want to die", "988"), ("mi hijo no respira", "911"), ("he has a gun", "911")]
)
def test_cry_for_help_after_reminder_is_no_answer(say: Say, work: Work, typed: str, named: str) -> None:
    remind_of_meeting(work)
    answer = say(typed)
    assert named in answer and "?" not in answer.partition("911")[2]
    assert values(work, Thread.urgent) == [True]
    assert (seats(work), how_many(work, Unsorted)) == (["coming"], 0)


def test_start_after_stop_brings_answers_back_for_meetings_too(say: Say, work: Work) -> None:
    say("ALTO")
    assert say("REUNION 4821") == ""
    assert "respuestas" in say("INICIAR")
    assert "1 persona" in say("REUNION 4821")
    assert seats(work) == ["coming"]


@pytest.mark.parametrize("typed", ["running 10 min late", "voy tarde", "we will be a little late"])
def test_who_comes_late_is_thanked(say: Say, work: Work, typed: str) -> None:
    remind_of_meeting(work)
    assert re.search("You are still counted|Sigue en la lista", say(typed))
    assert (how_many(work, Thread), seats(work), for_host(work)) == (0, ["coming"], [])


@pytest.mark.parametrize(
    ("typed", "people"), [("we are 4", 4), ("somos 5", 5), ("3", 3), ("me and my mom", 2), ("2 adults 3 kids", 5)]
)
def test_a_number_after_a_reminder_is_how_many_come(say: Say, work: Work, typed: str, people: int) -> None:
    remind_of_meeting(work)
    assert str(people) in say(typed)
    assert values(work, Rsvp.party) == [people]
    assert how_many(work, Thread) == 0


@pytest.mark.parametrize("typed", ["no", "sorry we cant make it, my kid is sick", "NOT COMING 4821", "cancel my seats"])
def test_the_way_back_counts_as_many_as_before(say: Say, work: Work, typed: str) -> None:
    remind_of_meeting(work)
    assert "MEET 4821 2" in say(typed)
    assert "2 people" in say("MEET 4821 2")


def test_the_way_back_after_cancel_counts_as_many_too(say: Say, work: Work) -> None:
    remind_of_meeting(work)
    say("cancel")
    assert "MEET 4821 2" in say("1")


def test_a_reminder_after_a_report_is_what_is_answered(say: Say, work: Work) -> None:
    say("they sell by the school")
    remind_of_meeting(work)
    say("yes see you there")
    assert reported(work) == ["they sell by the school"]
    assert seats(work) == ["coming"]


def test_report_after_unanswered_question_is_filed_with_what_waited(say: Say, work: Work) -> None:
    remind_of_meeting(work)
    say("maybe i will come")
    assert "code words" in say("they sell pills to kids")
    assert reported(work) == ["maybe i will come\nthey sell pills to kids"]


def test_a_plain_answer_leaves_what_waits_for_a_person(say: Say, app: Portal, work: Work) -> None:
    remind_of_meeting(work)
    say("maybe i will come")
    say("can't make it")
    assert (seats(work), for_host(work)) == (["cancelled"], [])
    settle_in(app, 3)
    assert reported(work) == ["maybe i will come"]


@pytest.mark.both_databases
def test_report_is_filed_whole_and_answered_as_first_text(say: Say, work: Work) -> None:
    remind_of_meeting(work)
    say("maybe i will come")
    answer = say("2")
    assert "code words" in answer and "Where is it?" in answer
    assert reported(work) == ["maybe i will come"]
    assert (how_many(work, Unsorted), how_many(work, Route), seats(work)) == (0, 1, ["coming"])


def test_answer_to_question_just_settled_is_kept(say: Say, app: Portal, work: Work) -> None:
    remind_of_meeting(work)
    say("maybe i will come")
    with app.app_context():
        turn = turn_of(Incoming("SM1", ROSA, OURS, "2"))
    settle_in(app, 3)
    with work():
        take_in(turn.text, turn)
    assert sorted(reported(work)) == ["2", "maybe i will come"]


def test_it_is_asked_in_the_language_of_the_text(say: Say, work: Work) -> None:
    remind_of_meeting(work, language="es")
    assert "Text 1." in say("maybe i will come")


def test_plain_reports_and_danger_are_never_held_up(say: Say, work: Work) -> None:
    remind_of_meeting(work)
    assert "code words" in say("they sell by the school")
    remind_of_meeting(work, RUTH)
    say("maybe i will come", RUTH)
    assert "911" in say("he has a gun", RUTH)
    assert "maybe i will come\nhe has a gun" in reported(work)
    assert how_many(work, Unsorted) == 0


def test_phone_not_written_to_reports_as_ever(say: Say, work: Work) -> None:
    assert "text MEET 4821" in say("running 10 minutes late")
    assert "code words" in say("they are back on the corner", RUTH)


def test_right_after_answer_by_text_nothing_is_filed_unasked(say: Say, work: Work) -> None:
    say("MEET 4821")
    assert "Text 1." in say("maybe i will come")
    assert how_many(work, Thread) == 0


def test_what_was_asked_holds_up_no_keyword_or_answer(say: Say, work: Work) -> None:
    remind_of_meeting(work)
    say("maybe i will come")
    assert "911" in say("HELP")
    assert "otra cosa" in say("ESPAÑOL")
    assert "Usted no viene" in say("NO VOY 4821")
    assert (how_many(work, Thread), how_many(work, Unsorted)) == (0, 1)


def test_a_lone_no_to_the_question_takes_no_seat(say: Say, work: Work) -> None:
    remind_of_meeting(work)
    say("maybe")
    said = say("no")
    assert "NOT COMING 4821" in said and "Text 1." not in said
    assert seats(work) == ["coming"]


def settle_in(app: Portal, hours: float) -> None:
    with time_machine.travel(now() + timedelta(hours=hours)), app.app_context():
        jobs.file_unsorted()


@pytest.mark.both_databases
def test_unexplained_text_goes_to_person_and_can_be_answered(say: Say, app: Portal, work: Work) -> None:
    remind_of_meeting(work)
    say("maybe i will come")
    settle_in(app, 1)
    assert how_many(work, Thread) == 0
    settle_in(app, 2.1)
    settle_in(app, 4)
    assert reported(work) == ["maybe i will come"]
    assert values(work, Thread.texts_back) == [True]
    assert (how_many(work, Unsorted), how_many(work, Route)) == (0, 1)


@pytest.mark.parametrize("word", ["STOP", "delete my number", "DELETE"])
def test_after_stop_or_delete_it_reaches_person_without_answer(say: Say, app: Portal, work: Work, word: str) -> None:
    remind_of_meeting(work)
    say("maybe i will come")
    say(word)
    if "elete" in word.casefold():
        assert values(work, Unsorted.number) == [None]
    settle_in(app, 3)
    assert (reported(work), how_many(work, Route)) == (["maybe i will come"], 0)


def test_without_a_desk_nothing_is_lost(say: Say, app: Portal, work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    remind_of_meeting(work)
    say("maybe i will come")
    monkeypatch.setattr("portal.sms.jobs.settle_late", _fails)
    settle_in(app, 3)
    assert how_many(work, Unsorted) == 1


def _fails(_row_id: int) -> None:
    raise RuntimeError


# ── Cancel ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("word", ["CANCEL", "cancelar"])
@pytest.mark.parametrize(
    ("answer", "state", "stopped"),
    [("1", "cancelled", 0), ("2", "coming", 1), ("3", "cancelled", 1), ("cancel", "cancelled", 1)],
)
def test_cancel_after_a_reminder_is_asked_about(
    say: Say, work: Work, word: str, answer: str, state: str, stopped: int
) -> None:
    remind_of_meeting(work)
    asked = say(word)
    assert "Your seat" in asked and "All our texts" in asked
    assert (seats(work), how_many(work, OptOut)) == (["coming"], 0)
    said = say(answer)
    assert ("no more texts" in said) == bool(stopped)
    assert (seats(work), how_many(work, OptOut), how_many(work, Unsorted)) == ([state], stopped, 0)


def test_cancel_that_nobody_explained_is_both(say: Say, app: Portal, work: Work) -> None:
    say("they sell by the school")
    remind_of_meeting(work)
    say("cancel")
    settle_in(app, 3)
    assert (seats(work), how_many(work, OptOut), how_many(work, Thread)) == (["cancelled"], 1, 1)
    # The desk is told that its answers reach nobody.
    assert values(work, Thread.texts_back) == [False]


def test_cancel_taken_by_provider_for_opt_out_frees_seat(say: Say, work: Work) -> None:
    remind_of_meeting(work)
    assert say("Cancel", OptOutType="STOP") == ""
    assert (seats(work), how_many(work, OptOut), how_many(work, Thread)) == (["cancelled"], 1, 0)
    remind_of_meeting(work, RUTH)
    assert say("Stop", RUTH, OptOutType="STOP") == ""
    assert seats(work) == ["cancelled", "coming"]


def test_cancel_of_phone_not_written_to_is_opt_out(say: Say, work: Work) -> None:
    assert "no more texts" in say("cancel")
    assert how_many(work, OptOut) == 1

"""Answers to what we wrote about a meeting: heard where they are plain, asked about where they are not, never lost."""

import re
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from sqlalchemy import select, text

from portal.core.clock import now
from portal.core.texted import segments
from portal.core.web import Portal
from portal.following.following import Subscription
from portal.meetings.rsvp.rsvp import Rsvp
from portal.meetings.rsvp.rules import RsvpNews
from portal.reports.reports import Thread
from portal.sms import conversations, intake, replies
from portal.sms.choices import EitherChoice, read_choice
from portal.sms.conversations import OptOut, Route, Unsorted
from portal.sms.policy import says_cancel
from portal.sms.reading import PhoneContext, Reading, ReceivedText, read
from tests.conftest import Work
from tests.sms.talk import (
    ROSA,
    RUTH,
    Say,
    add_room,
    each_reminded,
    how_many,
    remind_of_meeting,
    reported,
    seats,
    values,
)

CHOICES = {
    EitherChoice.FIRST: ["1", "One", "the meeting", "La reunión", "it's the meeting", "option 1"],
    EitherChoice.SECOND: ["2", "2 please", "dos", "report", "un aviso", "otra cosa"],
    EitherChoice.BOTH: ["3", "both", "los dos"],
    None: ["", "4", "the meeting on Elm", "two men", "maybe"],
}


def test_choices_and_cancel_are_read() -> None:
    chosen = [(text, read_choice(text), choice) for choice, texts in CHOICES.items() for text in texts]
    assert [(text, choice) for text, choice, wanted in chosen if choice is not wanted] == []
    assert [says_cancel(text) for text in ("Cancel", "CANCELAR.", "cancel please", "stop")] == [True, True, True, False]


# ── At the webhook ───────────────────────────────────────────────────────────────────────────────────────────────────


COMES = ("yes", "Sí, ahí estaremos", "see you there", "thanks!", "👍")
STAYS = ("no", "sorry we can't make it", "no podremos ir")


def test_a_plain_answer_to_a_reminder_is_attendance(say: Say, work: Work) -> None:
    for typed, number in each_reminded(work, COMES + STAYS):
        say(typed, number)
        assert bool(seats(work, number)) is (typed in COMES), typed
    assert (how_many(work, Thread), how_many(work, Unsorted)) == (0, 0)


def test_no_to_change_gives_up_seat_and_names_return(say: Say, work: Work) -> None:
    for typed, number in each_reminded(work, ("no", "nah", "no thanks", "no gracias"), news=RsvpNews.MOVED):
        assert "MEET 4821" in say(typed, number) and seats(work, number) == [], typed
    # Also while a conversation goes on.
    for typed, number in (("No.", ROSA), ("nope", RUTH)):
        remind_of_meeting(work, number)
        say("MEET 4821", number)
        say(typed, number)
        assert seats(work, number) == ["coming"], typed
        remind_of_meeting(work, number, news=RsvpNews.MOVED)
        assert "MEET 4821" in say(typed, number) and seats(work, number) == [], typed


def news(work: Work) -> list[bool]:
    """Whether each news that was asked for has begun."""
    return [confirmed_on is not None for confirmed_on in values(work, Subscription.confirmed_on)]


def test_a_yes_or_no_answers_what_was_asked_last(say: Say, work: Work) -> None:
    for typed, number in each_reminded(work, ("SI", "yes", "no", "No gracias", "nope")):
        assert "News about Elm Street" in say("FOLLOW Elm Street", number)
        say(typed, number)
        assert seats(work, number) == ["coming"], typed
    assert news(work) == [True, True]


def test_after_later_reminder_yes_or_no_is_about_meeting(say: Say, work: Work) -> None:
    for typed, number in (("SI", ROSA), ("no", RUTH)):
        say("FOLLOW Elm Street", number)
        remind_of_meeting(work, number)
        say(typed, number)
        assert seats(work, number) == (["coming"] if typed == "SI" else [])
    assert news(work) == [False, False]


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


def test_a_bare_no_after_being_counted_is_asked_about(say: Say, work: Work) -> None:
    for lang, come, stay, number in (
        ("en", "MEET 4821", "NOT COMING 4821", ROSA),
        ("es", "REUNION 4821", "NO VOY 4821", RUTH),
    ):
        say(come, number)
        assert about(lang, comes=False, code="4821") in say("no", number)
        assert seats(work, number) == ["coming"]
        say(stay, number)
        assert seats(work, number) == []


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


def test_report_that_says_not_coming_is_told_of_seat(say: Say, work: Work) -> None:
    ways = {
        "I cant come they are dealing in front of my house": "NOT COMING 4821",
        "no puedo ir, están vendiendo enfrente de mi casa": "NO VOY 4821",
    }
    for typed, number in each_reminded(work, ways):
        assert ways[typed] in say(typed, number)
        assert seats(work, number) == ["coming"]
    assert how_many(work, Thread) == len(ways)


def test_who_was_written_to_is_asked_before_filing_anything(say: Say, work: Work) -> None:
    say("MEET 4821")
    assert "Text 1." in say("not sure")
    for typed, number in each_reminded(work, ("maybe", "depende de mi esposo", "not sure"), language="es"):
        asked = say(typed, number)
        assert re.search(r"Text 1\.|Escriba 1\.", asked) and re.search(r"Text 2\.|Escriba 2\.", asked), typed
        assert "911" in asked and ("Escriba" in asked or typed == "not sure"), typed
    assert how_many(work, Thread) == 0
    with work() as session:
        for row in session.execute(text("SELECT number, body FROM sms_unsorted")):
            assert all(stored.startswith("\x01gAAAA") for stored in row)


def for_host(work: Work) -> list[str]:
    """What the host reads beside the answers, of which the table holds no word."""
    with work() as session:
        words = [row.access_needs for row in session.scalars(select(Rsvp)) if row.access_needs]
        table = str(session.execute(text("SELECT * FROM meetings_rsvp")).all())
        assert not any(said in table for said in words)
        return words


def test_about_the_meeting_it_goes_to_the_host_alone(say: Say, work: Work) -> None:
    remind_of_meeting(work, language="es")
    assert "Escriba 1." in say("depende de mi esposo")
    assert "las lee antes quien organiza" in say("1")
    assert for_host(work) == ["depende de mi esposo"]
    assert (how_many(work, Thread), how_many(work, Unsorted), how_many(work, Route)) == (0, 0, 0)


def test_question_goes_to_host_and_is_no_report(say: Say, work: Work) -> None:
    questions = (
        *("can I bring my mom?", "what time is it?", "is there parking", "a qué hora es"),
        "va a estar la policía?",
    )
    for typed, number in each_reminded(work, questions):
        assert "/mine/" in say(typed, number), typed
        say("where is it", number)
        assert seats(work, number) == ["coming"]
    assert sorted(for_host(work)) == sorted(f"{typed}\nwhere is it" for typed in questions)
    assert (how_many(work, Thread), how_many(work, Unsorted)) == (0, 0)


def test_cry_for_help_after_reminder_is_no_answer(say: Say, work: Work) -> None:
    cries = {"i cant come i want to die": "988", "mi hijo no respira": "911", "he has a gun": "911"}
    for typed, number in each_reminded(work, cries):
        answer = say(typed, number)
        assert cries[typed] in answer and "?" not in answer.partition("911")[2], typed
        assert seats(work, number) == ["coming"]
    assert values(work, Thread.urgent) == [True] * len(cries)
    assert how_many(work, Unsorted) == 0


def test_start_after_stop_brings_answers_back_for_meetings_too(say: Say, work: Work) -> None:
    say("ALTO")
    assert say("REUNION 4821") == ""
    assert "respuestas" in say("INICIAR")
    assert "1 persona" in say("REUNION 4821")
    assert seats(work) == ["coming"]


def test_who_comes_late_is_thanked(say: Say, work: Work) -> None:
    for typed, number in each_reminded(work, ("running 10 min late", "voy tarde", "we will be a little late")):
        assert re.search("You are still counted|Sigue en la lista", say(typed, number)), typed
        assert seats(work, number) == ["coming"]
    assert (how_many(work, Thread), for_host(work)) == (0, [])


def test_a_number_after_a_reminder_is_how_many_come(say: Say, work: Work) -> None:
    people = {"we are 4": 4, "somos 5": 5, "3": 3, "me and my mom": 2, "2 adults 3 kids": 5}
    for typed, number in each_reminded(work, people):
        assert str(people[typed]) in say(typed, number), typed
    assert sorted(values(work, Rsvp.party)) == sorted(people.values())
    assert how_many(work, Thread) == 0


def test_the_way_back_counts_as_many_as_before(say: Say, work: Work) -> None:
    stays = ("no", "sorry we cant make it, my kid is sick", "NOT COMING 4821", "cancel my seats", "cancel")
    for typed, number in each_reminded(work, stays):
        answer = say(typed, number)
        assert "MEET 4821 2" in (say("1", number) if typed == "cancel" else answer), typed
        assert "2 people" in say("MEET 4821 2", number), typed


def test_a_reminder_after_a_report_is_what_is_answered(say: Say, work: Work) -> None:
    say("they sell by the school")
    remind_of_meeting(work)
    say("yes see you there")
    assert reported(work) == ["they sell by the school"]
    assert seats(work) == ["coming"]


def test_a_plain_answer_leaves_what_waits_for_a_person(say: Say, app: Portal, work: Work) -> None:
    remind_of_meeting(work)
    say("not sure")
    say("can't make it")
    assert (seats(work), for_host(work)) == (["cancelled"], [])
    settle_in(app, 3)
    assert reported(work) == ["not sure"]


@pytest.mark.both_databases
def test_report_is_filed_whole_and_answered_as_first_text(say: Say, work: Work) -> None:
    remind_of_meeting(work)
    say("not sure")
    answer = say("2")
    assert "code words" in answer and "Where is it?" in answer
    assert reported(work) == ["not sure"]
    assert (how_many(work, Unsorted), how_many(work, Route), seats(work)) == (0, 1, ["coming"])


def test_second_unclear_text_waits_with_the_first_unasked(say: Say, work: Work) -> None:
    remind_of_meeting(work)
    assert "Text 1." in say("not sure")
    assert (say("depende"), say("cancel")) == ("", "")
    say("2")
    assert reported(work) == ["not sure\ndepende\ncancel"]


def test_answer_to_question_just_settled_is_kept(say: Say, work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    remind_of_meeting(work)
    say("not sure")

    def read_while_settled(text: ReceivedText, phone: PhoneContext) -> Reading:
        reading = read(text, phone)
        conversations.drop(conversations.unsorted_of(ROSA))
        return reading

    monkeypatch.setattr(intake, "read", read_while_settled)
    say("2")
    assert reported(work) == ["2"]


def test_plain_reports_and_danger_are_never_held_up(say: Say, work: Work) -> None:
    remind_of_meeting(work)
    assert "code words" in say("they sell by the school")
    # They are filed together with what waited.
    further = {"he has a gun": "911", "they sell pills to kids": "code words"}
    for typed, number in each_reminded(work, further):
        say("not sure", number)
        assert further[typed] in say(typed, number)
        assert f"not sure\n{typed}" in reported(work)
    assert how_many(work, Unsorted) == 0


def test_phone_not_written_to_reports_or_opts_out(say: Say, work: Work) -> None:
    assert "text MEET 4821" in say("running 10 minutes late")
    assert "code words" in say("they are back on the corner", RUTH)
    assert "no more texts" in say("cancel")
    assert how_many(work, OptOut) == 1


def test_what_was_asked_holds_up_no_keyword_or_answer(say: Say, work: Work) -> None:
    remind_of_meeting(work)
    say("not sure")
    assert "911" in say("HELP")
    assert "otra cosa" in say("ESPAÑOL")
    assert "Usted no viene" in say("NO VOY 4821")
    assert (how_many(work, Thread), how_many(work, Unsorted)) == (0, 1)


def test_no_to_another_question_takes_no_seat(say: Say, work: Work) -> None:
    remind_of_meeting(work, news=RsvpNews.ASK)
    assert "You are counted" in say("no")
    remind_of_meeting(work, RUTH)
    say("maybe", RUTH)
    said = say("no", RUTH)
    assert "NOT COMING 4821" in said and "Text 1." not in said
    assert seats(work) == ["coming", "coming"]


def settle_in(app: Portal, hours: float) -> None:
    with time_machine.travel(now() + timedelta(hours=hours)), app.app_context():
        replies.file_unsorted()


@pytest.mark.both_databases
def test_unexplained_text_goes_to_person_and_can_be_answered(say: Say, app: Portal, work: Work) -> None:
    remind_of_meeting(work)
    say("not sure")
    settle_in(app, 1)
    assert how_many(work, Thread) == 0
    settle_in(app, 2.1)
    settle_in(app, 4)
    assert reported(work) == ["not sure"]
    assert values(work, Thread.texts_back) == [True]
    assert (how_many(work, Unsorted), how_many(work, Route)) == (0, 1)


def test_after_stop_or_delete_it_reaches_person_without_answer(say: Say, app: Portal, work: Work) -> None:
    for word, number in each_reminded(work, ("STOP", "delete my number", "DELETE")):
        say("not sure", number)
        say(word, number)
    assert values(work, Unsorted.number).count(None) == 2
    settle_in(app, 3)
    assert (reported(work), how_many(work, Route)) == (["not sure"] * 3, 0)


def test_without_a_desk_nothing_is_lost(say: Say, app: Portal, work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    remind_of_meeting(work)
    say("not sure")
    monkeypatch.setattr(replies, "settle_late", lambda _row_id: 1 / 0)
    settle_in(app, 3)
    assert how_many(work, Unsorted) == 1


# ── Cancel ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_cancel_after_a_reminder_is_asked_about(say: Say, work: Work) -> None:
    keeps_and_stops = {"1": (False, False), "2": (True, True), "3": (False, True), "cancel": (False, True)}
    for answer, number in each_reminded(work, keeps_and_stops):
        asked, before = say("CANCEL" if answer == "cancel" else "cancelar", number), how_many(work, OptOut)
        assert "Your seat" in asked and "All our texts" in asked
        assert seats(work, number) == ["coming"]
        keeps, stops = keeps_and_stops[answer]
        assert ("no more texts" in say(answer, number)) is stops, answer
        assert (bool(seats(work, number)), how_many(work, OptOut)) == (keeps, before + stops), answer
    assert how_many(work, Unsorted) == 0


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

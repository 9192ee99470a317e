"""Hard texts over the real webhook: what follows from what they are read as."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from portal.core.jobs.outbox import cipher
from portal.following.following import Subscription
from portal.reports.reports import Thread, ThreadMessage
from portal.sms.conversations import OptOut, Unsorted
from tests.conftest import Work
from tests.make import make_market
from tests.sms.test_either import RUTH, Say, city, how_many, make_room, say, seats, settings, told

__all__ = ["city", "say", "settings", "told"]
REPORT = "dealers on my block all night by the laundry"


def kept(work: Work) -> tuple[int, int]:
    """How many reports and how many messages of them there are."""
    return how_many(work, Thread), how_many(work, ThreadMessage)


@pytest.mark.parametrize(
    "refusal", ["MEET 4821 cant come", "NOT COMING 4821 sorry kid sick", "REUNION 4821 no puedo ir"]
)
@pytest.mark.parametrize("before", ["", REPORT])
def test_a_refusal_beside_a_code_wins(say: Say, work: Work, refusal: str, before: str) -> None:
    say("MEET 4821 2")
    if before:
        say(before)
    say(refusal)
    assert seats(work) == ["cancelled"]
    assert how_many(work, Thread) == bool(before)


@pytest.mark.parametrize(
    ("text", "people"),
    [("hey MEET 4821 pls, me and my mom", "2 people"), ("REUNION 4821 con mi esposo y 2 niños", "4 personas")],
)
def test_whoever_comes_along_is_counted(say: Say, work: Work, text: str, people: str) -> None:
    assert people in say(text)
    assert kept(work) == (0, 0)


@pytest.mark.parametrize("text", ["MEET 4821 2.5", "MEET 4821 -1"])
def test_half_and_negative_people_are_asked_about(say: Say, work: Work, text: str) -> None:
    assert "a number from 1 to 12" in say(text)
    assert seats(work) == []


def test_a_question_about_a_code_is_answered_with_that_meeting(say: Say, work: Work) -> None:
    asked = say("is 4821 still on?")
    assert "To come, text MEET 4821" in asked
    assert "/meetings/" in asked
    assert kept(work) == (0, 0)


def test_a_code_in_other_words_is_asked_about_and_nothing_is_lost(say: Say, work: Work) -> None:
    assert "Text 1" in say("good afternoon i got a flyer about 4821")
    assert "To come, text MEET 4821" in say("1")
    assert kept(work) == (0, 0)
    assert "Text 1" in say("there is a blue house near 4821", RUTH)
    say("2", RUTH)
    assert kept(work)[0] == 1


def test_the_next_meeting_is_told(say: Say, work: Work) -> None:
    assert "text MEET 4821" in say("when is the next meeting")
    assert "escriba REUNION 4821" in say("quiero ir a la junta", RUTH)
    assert kept(work) == (0, 0)


def test_cancel_right_after_an_answer_is_asked_about_in_one_language(say: Say, work: Work) -> None:
    say("REUNION 4821 3")
    say("is there food")
    assert "¿Cancelar qué?" in say("cancelar") or "asiento" in say("cancelar")
    assert "Ya no le enviaremos mensajes" in say("2")
    assert how_many(work, OptOut) == 1


def test_cancel_that_the_provider_acted_upon_frees_the_seat_without_a_notice_too(say: Say, work: Work) -> None:
    say("MEET 4821 3")
    say("CANCEL", OptOutType="STOP")
    assert (seats(work), how_many(work, OptOut)) == (["cancelled"], 1)


def test_which_of_two_seats_is_meant_is_not_guessed(say: Say, work: Work) -> None:
    with work() as session:
        make_room(session, "1234")
    say("MEET 4821")
    say("MEET 1234")
    say("CANCEL", OptOutType="STOP")
    assert seats(work) == ["coming", "coming"]


@pytest.mark.parametrize("words", ["please stop", "this has to stop", "ya basta", "quiero que paren"])
def test_words_in_a_report_that_may_be_about_others_are_no_opt_out(say: Say, work: Work, words: str) -> None:
    say(REPORT)
    told = say(words)
    assert how_many(work, OptOut) == 0
    assert kept(work) == (1, 2)
    assert "STOP" in told or "ALTO" in told


def test_words_about_others_answer_our_question(say: Say, work: Work) -> None:
    say(REPORT)
    assert "When does it happen" in say("sáquenlos")
    assert (how_many(work, OptOut), kept(work)) == (0, (1, 2))


def test_no_more_questions(say: Say, work: Work) -> None:
    say(REPORT)
    assert "A person will read it" in say("stop asking me questions")
    assert "We added it" in say("by the store")
    assert kept(work) == (1, 2)


@pytest.fixture
def elm(work: Work) -> None:
    with work() as session:
        make_market(session, "Elm Street")


def followed(work: Work) -> list[bool]:
    with work() as session:
        return [row.confirmed_on is not None for row in session.scalars(select(Subscription))]


@pytest.mark.parametrize("yes", ["yes", "Y", "sip", "1"])
def test_the_last_question_takes_the_yes(say: Say, work: Work, elm: None, yes: str) -> None:
    say(REPORT)
    assert "News about Elm Street" in say("folow elm")
    assert "Elm" in say(yes)
    assert followed(work) == [True]
    assert kept(work) == (1, 1)
    say("behind the store")
    assert kept(work) == (1, 2)


def test_an_unknown_name_gets_the_list_and_its_number_no_report(say: Say, work: Work, elm: None) -> None:
    say(REPORT)
    assert "We have no news about that. News about what?" in say("follow my block")
    assert "News about what?" in say("1")
    assert kept(work) == (1, 1)


def test_unfollow(say: Say, work: Work, elm: None) -> None:
    say("follow elm street")
    say("yes")
    say("follow meetings")
    say("yes")
    assert "no more news about Elm Street" in say("unfollow elm stret")
    assert followed(work) == [True]
    assert "no more news from us" in say("unfollow")
    assert (followed(work), kept(work), how_many(work, OptOut)) == ([], (0, 0), 0)


def test_a_reaction_leaves_our_question_open(say: Say, work: Work) -> None:
    asked = say(REPORT).splitlines()[-1]
    assert say(f"Liked “{asked}”") == ""
    assert say("I'm driving with Do Not Disturb While Driving turned on.") == ""
    assert "Anything else" in say("at night") or "anything else" in say("friday")
    assert how_many(work, Thread) == 1


@pytest.mark.parametrize(
    "words",
    ["crampapercargourbandragonshyagreebid", "crampaper cargourban dragonshy agreebid", "cram paper cargo urban"],
)
def test_code_words_run_together_or_halved_are_never_kept(say: Say, work: Work, words: str) -> None:
    assert "did not keep" in say(words) or "no guardamos" in say(words) or "Nothing found" in say(words)
    say(REPORT)
    say(words)
    with work() as session:
        bodies = [cipher().decrypt(row.body) for row in session.scalars(select(Unsorted))]
    assert (kept(work), bodies) == ((1, 1), [])


def test_whoever_asks_for_the_police_hears_911_and_is_read(say: Say, work: Work) -> None:
    assert "911" in say("necesito a la policia ya")
    assert "911" in say("cops?", RUTH)
    with work() as session:
        assert all(row.urgent for row in session.scalars(select(Thread)))
    assert how_many(work, Thread) >= 1


def test_a_language_is_changed_beyond_the_limit_too(say: Say, work: Work) -> None:
    for number in range(14):
        say(f"{REPORT} {number}")
    assert "911" in say("español")

"""Answering to a meeting by text, over the real webhook."""

import re
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from portal.core.clock import now
from portal.core.jobs.outbox import OutboundMessage
from portal.core.texted import segments
from portal.meetings.meeting import Meeting
from portal.meetings.planning import cancel_meeting
from portal.meetings.rsvp.answering import Contact, Wish, file_rsvp, take_out
from portal.meetings.rsvp.rsvp import MeetingSeats, ReminderWording, Rsvp, locked_meeting
from portal.meetings.rsvp.rules import ContactKind, Why
from portal.reports import threads
from portal.reports.reports import Thread
from portal.sms.conversations import Conversation
from tests.conftest import Work
from tests.make import both, make_market, make_member, reminds
from tests.sms.talk import EVA, ROSA, RUTH, Say, add_room, how_many, make_room, phone


def reports(work: Work) -> int:
    return how_many(work, Thread)


def answers(work: Work) -> list[tuple[str, int, str | None]]:
    with work() as session:
        rows = session.scalars(select(Rsvp).order_by(Rsvp.party)).all()
        return [(row.state, row.party, row.letter) for row in rows]


@pytest.mark.both_databases
def test_coming_changing_and_staying_away(say: Say, work: Work) -> None:
    assert say("MEET 4821").startswith("Common Ground: You are counted for")
    assert answers(work) == [("coming", 1, "A")]
    three = say("meet 4821 3")
    assert "3 people. If you are 4: MEET 4821 4." in three
    assert "If needed, text RIDE, CHILDREN, INTERPRETER or ACCESS: http" in three
    assert answers(work) == [("coming", 3, "A")]
    assert "not coming" in say("NOT COMING 4821")
    assert answers(work) == [("cancelled", 3, None)]
    assert "no answer" in say("not coming 4821")
    assert reports(work) == 0


def test_needs_with_the_code(say: Say, work: Work) -> None:
    told = say("MEET 4821 4 kids 3 and 5, a ride, interpreter Spanish, access: a chair with arms")
    assert "4 people, children (3, 5), ride, interpreter (in Spanish), your words. Not coming" in told
    assert "chair" not in told
    assert needs(work) == ("3,5", "es", "needs", 0, "a chair with arms")
    assert "niños (3, 5), sus palabras." in say("REUNION 4821 4 sin transporte, sin interprete")
    assert needs(work) == ("3,5", "", "", 0, "a chair with arms")
    assert (reports(work), len(answers(work))) == (0, 1)


def test_needs_one_after_another_each_may_be_omitted(say: Say, work: Work) -> None:
    assert "RIDE, CHILDREN, INTERPRETER or ACCESS" in say("MEET 4821 3")
    assert "3 people, ride. To change it: http" in say("Ride")
    asked = say("children")
    assert "How old are the children?" in asked
    assert "counted" not in asked
    assert "3 people, children (3, 5), ride" in say("3 and 5")
    assert "Which language?" in say("interpreter")
    assert "interpreter (in ASL)" in say("asl")
    assert "What should be ready" in say("ACCESS")
    assert "your words" in say("access a ramp, please")
    assert needs(work) == ("3,5", "ase", "needs", 0, "a ramp, please")
    # A number is now how many come again, and "skip" changes nothing.
    assert "5 people" in say("5")
    assert "5 people" in say("skip")
    assert reports(work) == 0


def test_what_we_asked_holds_up_no_keyword_or_report(say: Say, work: Work) -> None:
    say("MEET 4821 3 kids")
    assert talk(work) == ("ages", None)
    assert "escribiremos en español" in say("SPANISH")
    say("MEET 4821 kids")
    assert "911" in say("they are shooting at the corner")
    assert reports(work) == 1
    say("MEET 4821 kids")
    assert "no more texts" in say("STOP")
    assert say("3 5") == ""
    assert needs(work)[0] == ""


def test_no_child_comes_alone_nor_more_children_than_people(say: Say, work: Work) -> None:
    assert "3 people, children (3, 5)" in say("MEET 4821 kids 3 5")
    assert "more children than people" in say("MEET 4821 1")
    assert answers(work) == [("coming", 3, "A")]
    assert "1 person" in say("MEET 4821 1 no kids")
    assert needs(work)[0] == ""
    assert "you take 3 along" in say("drive 3")


def test_needs_with_two_meetings_want_the_figures(say: Say, work: Work) -> None:
    add_room(work, "1234")
    say("MEET 4821 2")
    say("MEET 1234 2")
    assert "add its 4 figures, like this: MEET" in say("ride")
    assert "2 people, ride" in say("1234 ride")
    assert sorted(row[2] for row in all_needs(work)) == ["", "needs"]


def test_a_ride_is_asked_for_days_later_too(say: Say, work: Work) -> None:
    say("MEET 4821 2")
    with time_machine.travel(now() + timedelta(days=2)):
        assert "2 people, ride" in say("We need a ride")
        assert "4821" in say("need a ride", RUTH)
    assert needs(work)[2] == "needs"
    assert reports(work) == 0


def all_needs(work: Work) -> list[tuple[str, str, str, int, str]]:
    with work() as session:
        rows = session.scalars(select(Rsvp).order_by(Rsvp.party)).all()
        return [(row.ages, row.interpreter, row.ride, row.ride_seats, row.access_needs) for row in rows]


def needs(work: Work) -> tuple[str, str, str, int, str]:
    return all_needs(work)[0]


def test_families_on_one_phone(say: Say, work: Work) -> None:
    say("MEET 4821 2")
    assert "MEET 4821 B 3" in say("MEET 4821 B 4")
    assert answers(work) == [("coming", 2, "A"), ("coming", 4, "B")]
    assert "add the letter: A, B" in say("NOT COMING 4821")
    assert "add the letter: A, B" in say("MEET 4821 5")
    say("NOT COMING 4821 B")
    assert [state for state, _party, _letter in answers(work)] == ["coming", "cancelled"]


def test_when_all_seats_taken_page_says_whom_to_ask(say: Say, work: Work) -> None:
    say("MEET 4821 6", EVA)
    assert "not so many seats left" in say("MEET 4821 5")
    say("MEET 4821 4")
    told = say("MEET 4821 2 ride", RUTH)
    assert "All seats are taken. Please ask the host whether there is still room. http" in told
    assert "/en/meetings/" in told
    assert answers(work) == [("coming", 4, "A"), ("coming", 6, "A")]
    assert "All seats are taken" in say("MEET 4821 5")
    say("NOT COMING 4821", EVA)
    assert "counted" in say("MEET 4821 2", RUTH)


def test_what_cannot_be(say: Say, work: Work) -> None:
    assert "no meeting under this number" in say("MEET 9999")
    assert "from 1 to 12" in say("MEET 4821 40")
    assert "not so many seats" in say("MEET 4821 11")
    say("MEET 4821 5")
    assert "not so many seats" in say("MEET 4821 11")
    assert answers(work)[0][1] == 5
    assert reports(work) == 0


def test_whom_host_took_out_hears_why_and_may_return(say: Say, work: Work) -> None:
    say("REUNION 4821 4")
    with work() as session:
        meeting = locked_meeting(session.scalars(select(MeetingSeats.meeting_id)).one())
        take_out(meeting, session.scalars(select(Rsvp)).all(), Why.DOUBLE, meeting.author_id)
        said = [row.body for row in session.scalars(select(OutboundMessage)) if row.body]
    (told,) = [words for words in said if "ya no cuenta" in words]
    assert "ya no cuenta. Las mismas personas estaban contadas dos veces." in told
    assert answers(work) == [("cancelled", 4, "A")]
    assert "no contamos con usted. Si quiere venir: REUNION 4821" in say("no")
    assert "Contamos con usted" in say("REUNION 4821 3")
    assert answers(work) == [("coming", 3, "A")]
    assert "Usted no viene" in say("NO VOY 4821")


def test_without_a_code_only_when_it_is_clear(say: Say, work: Work) -> None:
    # Of whom nobody knows a seat is told of the next meeting.
    assert "4821" in say("no voy", RUTH)
    say("MEET 4821")
    assert "Usted no viene" in say("NO VOY")
    add_room(work, "1234")
    say("MEET 4821")
    say("MEET 1234")
    assert "which meeting" in say("not coming")
    assert "which meeting" in say("3")
    assert "3 people" in say("4821 3")
    assert sorted(party for state, party, _letter in answers(work) if state == "coming") == [1, 3]
    assert reports(work) == 0


def talk(work: Work) -> tuple[str, int | None]:
    with work() as session:
        row = session.scalars(select(Conversation)).one()
        return row.step, row.thread_id


def test_what_is_said_next_changes_answer_without_report(say: Say, work: Work) -> None:
    told = say("REUNION 4821")
    assert "1 persona" in told
    assert "REUNION 4821 3" in told
    assert "2 personas" in say("2")
    assert "5 personas" in say("somos 5")
    assert "Escriba NO VOY 4821. ¿Es otra cosa?" in say("no")
    assert say("gracias") == ""
    assert answers(work) == [("coming", 5, "A")]
    assert "del 1 al 12" in say("MEET 4821 1") + say("40"), "MEET is a code in both languages"
    assert answers(work) == [("coming", 1, "A")]
    assert "Usted no viene" in say("No voy")
    assert "REUNION, las 4 cifras" in say("we are 5")
    assert reports(work) == 0


def test_no_to_ages_question_is_no_question_about_coming(say: Say, work: Work) -> None:
    assert "How old are the children?" in say("MEET 4821 CHILDREN")
    assert "You are counted" in say("no")
    assert answers(work) == [("coming", 1, "A")]


def test_who_reported_and_who_comes_is_never_one_row(say: Say, work: Work) -> None:
    say("They sell by the bus stop")
    assert talk(work)[1] is not None
    say("MEET 4821")
    assert talk(work) == ("meeting", None)
    say("2")
    assert talk(work) == ("meeting", None)
    # Whatever else comes is seen by a person, as ever, and a lone yes belongs to it.
    say("They sell by the school too")
    assert talk(work)[0] != "meeting"
    assert "counted" not in say("yes")
    assert reports(work) == 2


def test_two_hours_later_number_is_no_answer_to_meeting(say: Say, work: Work) -> None:
    say("MEET 4821")
    with time_machine.travel(now() + timedelta(hours=3)):
        assert "Text what you see" in say("2")
    assert answers(work) == [("coming", 1, "A")]
    assert reports(work) == 0


def test_what_the_desk_asked_since_is_what_is_answered(say: Say, work: Work) -> None:
    say("They sell by the bus stop")
    say("MEET 4821")
    with work() as session:
        thread = session.scalars(select(Thread)).one()
        threads.ask_more(thread, "How many?", make_member(session).id)
    say("2")
    assert answers(work) == [("coming", 1, "A")]
    assert reports(work) == 1


def test_a_hidden_meeting_is_one_that_never_was(say: Say, work: Work) -> None:
    with work() as session:
        market = make_market(session, "Quiet Court", released=False)
        session.flush()
        make_room(session, "7777", None, market_id=market.id)
    assert say("MEET 7777") == say("MEET 9999", RUTH)
    assert answers(work) == []


def test_what_there_is_not_is_said_at_once(say: Say, work: Work) -> None:
    add_room(work, "1111", ride="no", childcare="no")
    assert "If needed, text INTERPRETER or ACCESS: http" in say("MEET 1111 3")
    ride = say("RIDE")
    assert "There is no ride on " in ride
    assert "We noted it for" not in ride, "as if there were one"
    assert ride.endswith(" We noted it only so that the host knows.")
    assert "There is no childcare on" in say("CHILDREN 3 5")
    assert "There is no ride" not in say("ACCESS WHEELCHAIR"), "they know it by now"
    both_at_once = say("MEET 1111 3 RIDE CHILDREN 3", RUTH)
    assert "There is no childcare or ride on" in both_at_once
    asks = say("REUNION 1111 3 NIÑOS", EVA)
    assert "No hay cuidado de niños (" in asks
    assert "edad" not in asks, "nobody is asked how old children are for nothing"
    assert "There is no" not in say("MEET 4821 3 RIDE CHILDREN 3", RUTH)


CALLED_OFF = {
    "is canceled": ("MEET 4821 3", ("MEET 4821 5", "MEET 4821", "5", "RIDE", "si", "no"), "NOT COMING 4821"),
    "Se cancela": ("REUNION 4821 3", ("REUNION 4821 5", "VOY 4821", "somos 5", "NIÑOS 3", "si", "no"), "NO VOY 4821"),
}


def test_nobody_is_counted_for_what_was_called_off(say: Say, work: Work) -> None:
    phones = dict(zip(CALLED_OFF, (ROSA, RUTH), strict=True))
    for answer, (come, _texts, _stay) in CALLED_OFF.items():
        say(come, phones[answer])
    with work() as session:
        cancel_meeting(session.scalars(select(Meeting)).one(), both("x", "y"), make_member(session, ("organizer",)).id)
    for answer, (_come, texts, stay) in CALLED_OFF.items():
        for typed in texts:
            told = say(typed, phones[answer])
            assert answer in told and not re.search(r"counted|Contamos|MEET|REUNION", told), typed
        assert ("coming", 3, "A") in answers(work)
        told = say(stay, phones[answer])
        assert answer in told and not re.search(r"change your mind|MEET|REUNION", told)
    assert answers(work) == [("cancelled", 3, None)] * 2, "their number is erased all the same"
    assert "is canceled" in say("MEET 4821", EVA)


def test_after_stop_it_counts_unanswered_and_delete_erases_number(say: Say, work: Work) -> None:
    say("STOP")
    assert say("MEET 4821 2") == ""
    assert answers(work) == [("coming", 2, "A")]
    say("DELETE")
    with work() as session:
        row = session.scalars(select(Rsvp)).one()
        assert (row.contact, row.contact_hash, row.party) == (None, None, 2)


def test_nearly_an_answer_is_asked_about_and_no_report(say: Say, work: Work) -> None:
    nearly = {
        "MEAT 4821": "Then text MEET 4821. Something else?",
        "MEET 4812 3": "Then text MEET 4821 3. Something else?",
        "Reunoin 4821": "Escriba REUNION 4821. ¿Es otra cosa?",
        "no boy 4821": "Escriba NO VOY 4821. ¿Es otra cosa?",
        "not comming 482": "Then text NOT COMING 4821.",
        "MEAT 9999": "the 4 figures from the flyer",
    }
    for number, (typed, asked) in enumerate(nearly.items()):
        told = say(typed, phone(number))
        assert asked in told and segments(told).segments <= 2, typed
    assert (answers(work), reports(work)) == ([], 0)
    # What was meant is understood, and what they saw is heard.
    assert "counted" in say("4821 2", phone(0))
    assert answers(work) == [("coming", 2, "A")]
    say("They sell by the bus stop", phone(0))
    assert reports(work) == 1


def test_four_figures_alone_are_asked_about_in_both_languages(say: Say, work: Work) -> None:
    told = say("4821")
    assert "Then text MEET 4821" in told
    assert "Escriba REUNION 4821" in told
    assert segments(told).segments <= 2
    assert segments(say("7777", RUTH)).segments <= 2
    assert reports(work) == 0


def test_in_every_report_step_question_stays_open_nothing_lost(say: Say, work: Work) -> None:
    say("They sell near here")
    for step, reply in (("where", "1"), ("when", "at night"), ("more", "no"), ("none", "again today")):
        before = talk(work)
        assert before[0] == step
        assert "Then text MEET 4821" in say("MEAT 4821")
        assert talk(work) == before
        # A house, an hour, a plate: it belongs to what is spoken of.
        assert "MEET" not in say(reply)
    assert "MEET" not in say("4821")
    assert reports(work) == 1
    assert answers(work) == []


def test_what_cannot_be_asked_about_is_kept(say: Say, work: Work) -> None:
    for _ in range(12):
        say("MEAT 4821")
    assert (reports(work), answers(work)) == (0, [])
    say("MEAT 4821")
    assert reports(work) + len(answers(work)) == 1
    say("STOP", RUTH)
    assert say("MEAT 4821", RUTH) == ""
    assert reports(work) + len(answers(work)) == 2


def test_address_that_begins_like_answer_is_asked_about(say: Say, work: Work) -> None:
    assert "Text 1" in say("Meet 4821 Elm Street")
    assert (answers(work), reports(work)) == ([], 0)
    say("2")
    assert (answers(work), reports(work)) == ([], 1)


def test_who_answers_by_text_hears_of_reminders_words_kept(say: Say, work: Work) -> None:
    assert "We remind you by text. If needed, text RIDE, CHILDREN, INTERPRETER or ACCESS: http" in say("MEET 4821 2")
    assert "Le recordamos por mensaje. Puede escribir TRANSPORTE, NIÑOS, INTÉRPRETE o ACCESO: http" in say(
        "REUNION 4821", RUTH
    )
    with work() as session:
        rows = session.scalars(select(Rsvp).order_by(Rsvp.party.desc())).all()
        assert [(row.agreed_how, reminds(row)) for row in rows] == [("text", True)] * 2
        kept = [session.get_one(ReminderWording, row.wording) for row in rows]
        assert [(one.language, "…" in one.words) for one in kept] == [("en", True), ("es", True)]
        session.query(MeetingSeats).update({"reminders": ""})
    assert "remind" not in say("MEET 4821 5", "+13365550144")
    with work() as session:
        assert [reminds(row) for row in session.scalars(select(Rsvp).where(Rsvp.party == 5))] == [False]


def test_text_from_number_typed_on_web_proves_it_theirs(say: Say, work: Work) -> None:
    with work() as session:
        meeting = locked_meeting(session.scalars(select(MeetingSeats.meeting_id)).one())
        file_rsvp(meeting, Wish(2, contact=Contact(ContactKind.TEXT, ROSA)), "es", bytes(32))
    with work() as session:
        assert not reminds(session.scalars(select(Rsvp)).one())
    assert "2 people" in say("MEET 4821")
    with work() as session:
        row = session.scalars(select(Rsvp)).one()
        assert (reminds(row), row.agreed_how, row.party) == (True, "web", 2)


def test_lone_word_long_after_we_asked_is_no_report(say: Say, work: Work) -> None:
    words = {"sí": "2 personas", "Ok": "2 personas", "gracias": ""}
    for number, (typed, told) in enumerate(words.items()):
        with work() as session:
            meeting = locked_meeting(session.scalars(select(MeetingSeats.meeting_id)).one())
            contact = Contact(ContactKind.TEXT, phone(number))
            rsvp = file_rsvp(meeting, Wish(2, contact=contact), "es", bytes([number]) * 32)
        answer = say(typed, phone(number))
        assert (told in answer) if told else answer == ""
        with work() as session:
            assert reminds(session.get_one(Rsvp, rsvp.id)) == bool(told)
        # From a phone that answered to nothing it says nothing: it is told what this is, and thanks need no answer.
        assert bool(re.search("HELP|AYUDA", say(typed, phone(90 + number)))) == bool(told)
    assert reports(work) == 0

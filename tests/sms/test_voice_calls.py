"""Calls to the voice line: signed, in both languages, and nothing is asked for twice or filed twice."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from portal.accounts.users import DeskKey
from portal.config import BadSettings, Settings, SmsSender, read_settings
from portal.core.clock import now
from portal.core.jobs.outbox import cipher
from portal.core.web import Portal
from portal.reports import threads
from portal.reports.code import CODE_WORDS, keys_of, language_of, read_code
from portal.reports.intake import Filed, locator_of
from portal.reports.reports import Thread
from portal.reports.triage import Disposition
from portal.sms import voice_calls
from portal.sms.voice import CallState
from portal.sms.voice_calls import NOTES_PER_CALLER, VoiceCall, VoiceDeletion
from tests.conftest import Work
from tests.make import both, make_desk, make_market, make_meeting, make_member, make_report
from tests.sms.calls import OURS, TOKEN, PhoneCall

Dial = Callable[..., PhoneCall]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(
        update={
            "sms_sender": SmsSender.CONSOLE,
            "sms_number": OURS,
            "voice_number": OURS,
            "twilio_auth_token": TOKEN,
            "twilio_auth_token_old": "the-token-before-that",
            "public_url": "https://portal.test",
        }
    )


@pytest.fixture
def desk(work: Work) -> None:
    with work() as session:
        make_desk(session)


@pytest.fixture
def dial(app: Portal) -> Dial:
    """Call the portal; each call has a browser of its own, because the provider keeps no cookies that matter."""
    return lambda **given: PhoneCall(app.test_client(), **given).start()


@pytest.fixture
def menu(dial: Dial) -> Callable[..., PhoneCall]:
    """A call in which a language was chosen."""
    return lambda language="en", **given: dial(**given).press("2" if language == "es" else "1")


def how_many(work: Work, table: type) -> int:
    with work() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def spelled(said: str) -> tuple[str, ...]:
    """The code words as they were read out."""
    (code,) = read_code(" ".join(re.findall(r"(?:Word|Palabra) \d\. (\w+)\. (?:\w, )+\w\.", said)))
    return code


# --- signatures and malformed requests ---


@pytest.mark.parametrize("path", ["", "/keys/0", "/recorded/0", "/recording", "/ended"])
def test_nothing_unsigned_is_answered(app: Portal, work: Work, path: str) -> None:
    address = f"/sms/twilio/voice{path}"
    form = {"CallSid": "CA" + "0" * 32, "To": OURS, "RecordingSid": "RE" + "0" * 32, "RecordingDuration": "9"}
    assert app.test_client().post(address, data=form).status_code == 403
    assert PhoneCall(app.test_client(), token="another").post(address, form).status_code == 403
    assert how_many(work, VoiceCall) == how_many(work, Thread) == how_many(work, VoiceDeletion) == 0


def test_the_token_before_the_present_one_still_counts(dial: Dial) -> None:
    assert "9 1 1" in dial(token="the-token-before-that").said


def test_a_call_to_another_number_or_without_an_id_is_ended_with_help(app: Portal, work: Work) -> None:
    call = PhoneCall(app.test_client())
    for wrong in ({"To": "+19995550100"}, {"CallSid": ""}, {"CallSid": "CA x"}):
        call.ask("/sms/twilio/voice", **wrong)
        assert call.is_over
        assert "9 1 1" in call.said
    assert how_many(work, VoiceCall) == 0


def test_a_switched_off_line_still_names_help_in_both_languages(app: Portal, work: Work, dial: Dial) -> None:
    app.settings = app.settings.model_copy(update={"voice_number": ""})
    call = dial()
    assert call.is_over
    assert call.languages == {"en-US", "es-MX"}
    assert call.said.count("9 1 1") == call.said.count("9 8 8") == 2
    assert how_many(work, VoiceCall) == 0


def test_the_line_needs_what_verifies_calls_and_fetches_notes() -> None:
    with pytest.raises(BadSettings, match="PORTAL_VOICE_NUMBER"):
        read_settings(environment="test", voice_number="hello")
    with pytest.raises(BadSettings, match="PORTAL_TWILIO_AUTH_TOKEN"):
        read_settings(environment="test", voice_number=OURS)


@pytest.mark.parametrize("digits", ["1 OR 1", "9" * 5_000, "é", "-1", "\x00"])
def test_malformed_keys_are_wrong_keys(dial: Dial, digits: str) -> None:
    call = dial().press("1")
    call.ask(call.markup.find("Gather").attrib["action"], Digits=digits)
    assert "That key does nothing" in call.said


# --- the menu ---


def test_help_comes_first_and_in_both_languages(dial: Dial) -> None:
    call = dial()
    english, spanish, site, choice = call.said.splitlines()
    assert "hang up and call 9 1 1" in english and "9 8 8" in english
    assert "llame al 9 1 1" in spanish and "9 8 8" in spanish
    assert "press 1" in site and "oprima el 2" in choice
    assert call.languages == {"en-US", "es-MX"}


@pytest.mark.parametrize(("key", "language"), [("1", "en-US"), ("2", "es-MX")])
def test_after_the_choice_only_that_language_is_spoken(dial: Dial, key: str, language: str) -> None:
    call = dial().press(key)
    assert call.languages == {language}
    for pressed in "10203":
        call.press(pressed)
        assert call.languages == {language}


def test_silence_is_asked_about_once_and_then_the_call_ends(dial: Dial) -> None:
    call = dial()
    first = call.said
    assert call.press("").said == first
    assert call.press("").is_over
    assert "Goodbye" in call.said and "Adiós" in call.said


def test_a_repeated_request_gets_the_same_answer_and_changes_nothing(menu, work: Work) -> None:
    call = menu().press("2").press("6275")
    before, said = how_many(work, VoiceCall), call.said
    assert "Word 2" in said
    assert call.repeat().said == said
    assert call.repeat().said == said
    assert how_many(work, VoiceCall) == before
    assert "Word 3" in call.press("6275").said


def test_the_first_request_again_begins_again(dial: Dial, work: Work) -> None:
    call = dial()
    said = call.said
    assert call.repeat().said == said
    assert how_many(work, VoiceCall) == how_many(work, VoiceDeletion) == 1


def test_a_call_that_was_forgotten_begins_again(menu) -> None:
    call = menu()
    with time_machine.travel(now() + timedelta(hours=2), tick=False):
        assert "9 8 8" in call.press("1").said


def test_nothing_in_an_address_or_a_row_tells_who_called_or_what_was_keyed(menu, work: Work, desk: None) -> None:
    call = menu().press("2").press("6275").press("23")
    assert {path for path, _form in call.requests} == {
        "/sms/twilio/voice",
        *(f"/sms/twilio/voice/keys/{n}" for n in range(4)),
    }
    with work() as session:
        rows = [*session.scalars(select(VoiceCall)), *session.scalars(select(VoiceDeletion))]
        kept = " ".join(str(value) for row in rows for value in vars(row).values())
    assert not re.search(r"\b6275\b", kept) and "550100142" not in kept
    assert call.sid not in kept and "CANARY" not in kept


# --- the next meeting ---


def test_the_next_meeting_is_read_with_place_day_and_hour(menu, work: Work) -> None:
    with work() as session:
        make_meeting(session, title=both("Later", "Después"), starts_at=now() + timedelta(days=20))
        make_meeting(session, title=both("Porch evening", "Tarde en el portal"))
    for language, words in (
        ("en", ("Porch evening", "Library, room 2", "Door on Oak Avenue")),
        ("es", ("Tarde en el portal", "Biblioteca, sala 2", "avenida Oak")),
    ):
        said = menu(language).press("1").said
        assert all(word in said for word in words)
        assert re.search(r"\d:\d\d\s[AaPp]", said)
        assert "Later" not in said and "Después" not in said


def test_a_canceled_meeting_is_said_to_be(menu, work: Work) -> None:
    with work() as session:
        make_meeting(
            session, title=both("Rained off", "Por lluvia"), state="cancelled", change_reason=both("Rain", "Lluvia")
        )
    said = menu().press("1").said
    assert "canceled: Rained off" in said
    assert "No meeting is planned" in said


def test_without_a_meeting_it_says_so_and_star_repeats(menu) -> None:
    call = menu().press("1")
    said = call.said
    assert "No meeting is planned right now" in said
    assert call.press("*").said == said
    assert "press 3" in call.press("0").said


def test_hidden_places_drafts_and_their_meetings_are_never_read(menu, work: Work) -> None:
    bare = menu().press("1").said
    with work() as session:
        hidden = make_market(session, "Hidden Hollow", released=False)
        make_meeting(session, market_id=hidden.id, title=both("Canary supper", "Cena canario"))
        make_meeting(session, published=False, title=both("Canary draft", "Borrador canario"))
    assert menu().press("1").said == bare
    assert "anar" not in menu("es").press("1").said


# --- the answer to a report ---


@pytest.fixture
def report(work: Work, desk: None) -> Filed:
    with work() as session:
        member = make_member(session)
        filed = make_report("CANARY they sell by the bus stop")
        threads.answer(filed.thread, "We spoke with the owner & fixed <the> lamp.", member.id)
        return filed


@pytest.mark.parametrize("shortened", [False, True])
def test_code_words_on_the_keys_open_the_answer(menu, report: Filed, shortened: bool) -> None:
    call = menu().press("2")
    assert "It can hear what we read to you" in call.said
    for word in report.code:
        call.press(keys_of(word)[:5] if shortened else keys_of(word))
    assert "A person has read this." in call.said
    assert "We spoke with the owner & fixed <the> lamp." in call.said
    assert "CANARY" not in call.said, "what the resident wrote is not read out"
    said = call.said
    assert call.press("*").said == said
    assert call.repeat().said == said


def test_an_answer_is_read_in_the_language_it_was_written_in(menu, report: Filed) -> None:
    call = menu("es").press("2").key_in(report.code)
    spoken = {str(one.text): one.get("language") for one in call.markup.iter("Say")}
    assert spoken["We spoke with the owner & fixed <the> lamp."] == "en-US"
    assert set(spoken.values()) == {"en-US", "es-MX"}


def test_a_closed_report_says_with_what(menu, work: Work, desk: None) -> None:
    with work() as session:
        member = make_member(session)
        filed = make_report()
        threads.close(filed.thread, Disposition.ACTED, "", member.id)
    call = menu().press("2").key_in(filed.code)
    assert "It is closed." in call.said and "We checked and acted." in call.said
    assert "There is no answer in words yet." in call.said


def test_a_wrong_code_says_so_and_after_three_the_menu_follows(menu, report: Filed) -> None:
    wrong = (*report.code[1:], report.code[0])
    call = menu().press("2")
    for _try in range(2):
        call.key_in(wrong)
        assert "We found nothing under these words" in call.said and "Word 1." in call.said
    call.key_in(wrong)
    assert "press 3" in call.said


def test_after_many_wrong_tries_a_caller_is_slowed_down_and_a_right_code_still_opens(
    app: Portal, menu, report: Filed, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.settings = app.settings.model_copy(update={"codes_per_address": 1})
    lanes: list[bool] = []

    def counted(code: tuple[str, ...], *, slowly: bool) -> str:
        lanes.append(slowly)
        return locator_of(code, slowly=slowly)

    monkeypatch.setattr(voice_calls, "locator_of", counted)
    wrong = (*report.code[1:], report.code[0])
    call = menu().press("2").key_in(wrong)
    assert set(lanes) == {False}
    call.key_in(wrong)
    lanes.clear()
    assert "A person has read this." in call.key_in(report.code).said
    assert set(lanes) == {True}
    lanes.clear()
    menu(sender="+15550100177").press("2").key_in(report.code)
    assert set(lanes) == {False}, "another caller is not slowed down"


def test_a_report_that_is_gone_is_not_found(menu, work: Work, report: Filed) -> None:
    with work() as session:
        session.delete(session.get_one(Thread, report.thread_id))
    assert "We found nothing" in menu().press("2").key_in(report.code).said


# --- voice notes ---


def test_a_voice_note_is_a_report_with_code_words_that_are_spelled_and_repeated(menu, work: Work, desk: None) -> None:
    call = menu("es").press("3")
    assert "Ninguna máquina lo escribe" in call.said
    call.press("1")
    assert call.markup.find("Record").get("finishOnKey") == "#"
    call.record(42)
    code = spelled(call.said)
    assert (len(code), language_of(code)) == (CODE_WORDS, "es")
    said = call.said
    assert spelled(call.press("*").said) == code
    assert spelled(call.press("").said) == code
    assert "Tenemos su mensaje de voz" in said
    with work() as session:
        thread = session.scalars(select(Thread)).one()
        assert (thread.locator, thread.channel, thread.language) == (locator_of(code), "voice", "es")
        assert not thread.texts_back
        waiting = session.scalars(select(VoiceDeletion).where(VoiceDeletion.kind == "recording")).one()
        assert waiting.thread_id == thread.id
        assert cipher().decrypt(waiting.reference) == call.recording


def test_somebody_who_hangs_up_while_speaking_has_reported(menu, work: Work, desk: None) -> None:
    menu().press("3").press("1").record(3, hung_up=True)
    assert how_many(work, Thread) == 1


@pytest.mark.parametrize("first", ["the call", "the recording"])
def test_a_recording_is_filed_once_however_often_and_in_whatever_order_it_is_told(
    menu, work: Work, desk: None, first: str
) -> None:
    call = menu().press("3").press("1")
    sid = "RE" + "7" * 32
    if first == "the recording":
        assert call.ready(sid).status_code == 200
    call.record(recording=sid)
    code = spelled(call.said)
    assert spelled(call.repeat().said) == code
    assert call.ready(sid).status_code == 200
    with work() as session:
        assert session.scalars(select(Thread.locator)).one() == locator_of(code)
        assert len(session.scalars(select(VoiceDeletion).where(VoiceDeletion.kind == "recording")).all()) == 1


def test_a_recording_whose_call_is_no_longer_known_is_kept_all_the_same(menu, work: Work, desk: None) -> None:
    call = menu().press("3").press("1")
    with time_machine.travel(now() + timedelta(hours=3), tick=False):
        call.ready("RE" + "5" * 32)
    assert how_many(work, Thread) == 1


def test_a_recording_that_ends_after_the_line_was_switched_off_is_deleted_at_the_provider(
    app: Portal, menu, work: Work, desk: None
) -> None:
    call = menu().press("3").press("1")
    app.settings = app.settings.model_copy(update={"voice_number": ""})
    call.ready("RE" + "5" * 32)
    assert how_many(work, Thread) == 0
    with work() as session:
        left = session.scalars(select(VoiceDeletion).where(VoiceDeletion.kind == "recording")).one()
        assert left.thread_id is None


def test_two_notes_of_one_call_are_two_reports(menu, desk: None, work: Work) -> None:
    call = menu().press("3").press("1").record()
    first = spelled(call.said)
    second = spelled(call.press("0").press("3").press("1").record().said)
    assert first != second
    assert how_many(work, Thread) == 2


def test_silence_after_the_tone_is_no_report(menu, work: Work, desk: None) -> None:
    call = menu().press("3").press("1").say_nothing()
    assert "We heard nothing" in call.said
    assert call.press("1").record(0).said
    assert how_many(work, Thread) == 0
    with work() as session:
        left = session.scalars(select(VoiceDeletion).where(VoiceDeletion.kind == "recording")).one()
        assert left.thread_id is None, "what was recorded is deleted at the provider"


@pytest.mark.parametrize("status", ["absent", "failed"])
def test_a_recording_that_failed_is_no_report(menu, work: Work, desk: None, status: str) -> None:
    menu().press("3").press("1").ready("RE" + "5" * 32, status=status)
    assert how_many(work, Thread) == 0


def test_without_a_desk_no_note_is_taken_and_help_is_named(menu, work: Work) -> None:
    call = menu().press("3")
    assert "Nobody is at our desk" in call.said and "9 1 1" in call.said and "9 8 8" in call.said
    assert call.markup.find("Record") is None


def test_a_desk_that_closes_while_somebody_speaks_keeps_nothing_at_the_provider(menu, work: Work, desk: None) -> None:
    call = menu().press("3").press("1")
    with work() as session:
        session.scalars(select(DeskKey)).one().retired_at = now()
    assert "Nobody is at our desk" in call.record().said
    assert how_many(work, Thread) == 0
    with work() as session:
        left = session.scalars(select(VoiceDeletion).where(VoiceDeletion.kind == "recording")).one()
        assert left.thread_id is None


def test_one_phone_cannot_fill_the_disk(menu, work: Work, desk: None) -> None:
    for _note in range(NOTES_PER_CALLER):
        menu().press("3").press("1").record()
    refused = menu().press("3")
    assert "cannot take more voice notes" in refused.said and "9 1 1" in refused.said
    assert how_many(work, Thread) == NOTES_PER_CALLER
    assert "press 1" in menu(sender="+15550100177").press("3").said


@pytest.mark.parametrize("number", ["anonymous", "", "+266696687", "+7378742833"])
def test_people_who_hide_their_number_are_not_counted_as_one_phone(menu, desk: None, work: Work, number: str) -> None:
    for _note in range(NOTES_PER_CALLER + 1):
        menu(sender=number).press("3").press("1").record()
    assert how_many(work, Thread) == NOTES_PER_CALLER + 1


def codes_kept(work: Work) -> list[tuple[str, ...]]:
    with work() as session:
        rows = session.scalars(select(VoiceCall)).all()
        states = [CallState.from_json(cipher().decrypt(sealed)) for row in rows for sealed in (row.state, row.before)]
    return [words for state in states for words in (state.code, state.keyed) if words]


@pytest.mark.parametrize("status", ["completed", "no-answer"])
def test_a_call_that_has_ended_is_forgotten_at_once(menu, work: Work, desk: None, status: str) -> None:
    call = menu().press("3").press("1").record()
    assert codes_kept(work)
    for told in ("in-progress", status, status):
        before = how_many(work, VoiceCall)
        assert call.post("/sms/twilio/voice/ended", {"CallSid": call.sid, "CallStatus": told}).status_code == 200
        assert how_many(work, VoiceCall) == (before if told == "in-progress" else 0)
    with work() as session:
        due = select(VoiceDeletion.due_at).where(VoiceDeletion.kind == "call", VoiceDeletion.due_at <= now())
        assert len(session.scalars(due).all()) == 1


def test_after_goodbye_no_code_words_are_kept(menu, work: Work, report: Filed) -> None:
    call = menu().press("2").key_in(report.code)
    assert codes_kept(work)
    assert call.press("").press("").is_over
    assert codes_kept(work) == []
    assert call.repeat().is_over


@pytest.mark.both_databases
def test_the_same_recording_told_many_times_at_once_is_one_report(menu, work: Work, desk: None) -> None:
    call = menu().press("3").press("1")
    with ThreadPoolExecutor(6) as pool:
        statuses = [one.status_code for one in pool.map(lambda _n: call.ready("RE" + "5" * 32), range(6))]
    assert statuses == [200] * 6
    assert how_many(work, Thread) == 1


def test_what_cannot_be_said_in_markup_is_left_out(menu, work: Work) -> None:
    with work() as session:
        make_meeting(session, title=both("Bell\x07 <b>\ud7ff\ufffe", "Campana"), access=both("x " * 3_000, "y"))
    call = menu().press("1")
    assert "<b>" in call.said and "\x07" not in call.said
    assert max(len(str(one.text)) for one in call.markup.iter("Say")) <= 1_500

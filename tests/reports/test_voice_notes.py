"""Voice notes of the web form: written anew, sealed, heard at the desk, and never lost without a word."""

from __future__ import annotations

import wave
from io import BytesIO

import pytest
from sqlalchemy import select

from portal.accounts.users import DeskKey
from portal.core.crypto import private_key_from_seed, seal, unseal
from portal.core.web import HEADERS, Portal
from portal.reports import intake_pages
from portal.reports.attachments import MOST_ATTACHMENT_BYTES, MOST_SECONDS, RATE, WITH_MICROPHONE
from portal.reports.reports import Thread, ThreadMessage
from portal.reports.triage import Category
from tests.conftest import Work
from tests.make import make_desk, make_member, private_key_of
from tests.page import Reader
from tests.reports.test_pictures import REPORT, desk_of, kinds, note, photo, report_form, send

pytestmark = pytest.mark.usefixtures("open_desks")
NOTE = note(3)
SPOKEN_ONLY = REPORT | {"what": ""}


def thread_and_note(work: Work) -> tuple[str, str]:
    with work() as session:
        thread = session.scalars(select(Thread)).one()
        note = next(message.id for message in thread.messages if message.kind == "voice")
        return f"/en/desk/{thread.id}", f"/en/desk/{thread.id}/voice/{note}"


def test_voice_note_comes_along_and_is_heard_at_desk(app: Portal, page: Reader, work: Work) -> None:
    receipt = send(report_form(page), [photo()], voice=NOTE, **REPORT)
    assert "We have your voice note. We have your picture." in receipt.text
    assert kinds(work) == [["words", "voice", "picture"]]
    shown, address = thread_and_note(work)
    ana = desk_of(app, work)
    assert ana(shown).has(f'audio[controls][src="{address}"]')
    answer = ana.client.get(address)
    assert (answer.status_code, answer.mimetype, answer.headers["Cache-Control"]) == (200, "audio/wav", "no-store")
    with wave.open(BytesIO(answer.data)) as sound:
        assert tuple(sound.getparams())[:4] == (1, 2, RATE, 3 * RATE)
        assert sound.readframes(3 * RATE) == NOTE
    part = ana.client.get(address, headers={"Range": "bytes=4-7"})
    assert (part.status_code, part.data) == (206, answer.data[4:8])


def test_who_cannot_write_only_speaks(app: Portal, page: Reader, work: Work) -> None:
    form = report_form(page, "es")
    for _time in range(2):
        assert "Ya tenemos su mensaje de voz." in send(form, [], voice=NOTE, **SPOKEN_ONLY).text
    assert kinds(work) == [["words", "voice"]]
    assert "Mensaje de voz, 3 segundos." in desk_of(app, work)("/en/desk/").text


def test_the_sound_is_kept_padded_and_sealed(page: Reader, work: Work) -> None:
    send(report_form(page), [], voice=NOTE, **REPORT)
    send(report_form(page), [], voice=note(3.5), **REPORT)
    overhead = len(seal(b"", [private_key_from_seed(b"k" * 32).public_key]).box) - 1024
    with work() as session:
        asked = select(ThreadMessage, DeskKey).join(DeskKey).where(ThreadMessage.kind == "voice")
        rows = session.execute(asked).all()
        assert {len(message.box) - overhead for message, _key in rows} == {64 * 1024}
        for message, key in rows:
            assert unseal(message.box, message.key_for_desk, private_key_of(key))[44:] in {NOTE, note(3.5)}


LOST = b"", b"x", bytes(MOST_SECONDS * RATE * 2 + 2), bytes(MOST_ATTACHMENT_BYTES + 2)
"""Nothing, half a sample, one too many, and more than any file may have."""
SAID = "We could not keep your voice note. Please record it again."


def test_a_bad_note_costs_neither_words_nor_pictures(work: Work, page: Reader) -> None:
    receipt = send(report_form(page), [photo()], voice=b"x", **REPORT)
    assert SAID in receipt.text
    assert "You can send more later, with your code words." in receipt.text
    assert kinds(work) == [["words", "picture"]]


def test_bad_note_without_words_is_no_report(work: Work, page: Reader) -> None:
    for content in LOST:
        again = send(report_form(page), [], 422, voice=content, **(SPOKEN_ONLY | {"where": "north corner"}))
        assert SAID in again.text and "Please record your voice note again" in again.text
        assert again.form("/report/").values["where"] == "north corner"
    again = send(report_form(page), [], 422, **SPOKEN_ONLY)
    assert "Please write what is happening, or add a voice note or a picture below." in again.text
    assert kinds(work) == []


def test_a_minute_fits_and_too_many_forms_in_an_hour_are_told(
    work: Work, page: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(report_form(page), [], voice=note(MOST_SECONDS), **REPORT)
    assert kinds(work) == [["words", "voice"]]
    monkeypatch.setattr(intake_pages, "is_room_for_files", lambda: False)
    again = send(report_form(page), [], 422, voice=NOTE, **SPOKEN_ONLY)
    assert "We could not keep your voice note. Too many came in this hour." in again.text


def test_a_note_comes_with_a_later_message_or_alone(work: Work, page: Reader) -> None:
    receipt = send(report_form(page), [], **REPORT)
    code = " ".join("".join(item.itertext()) for item in receipt.find_all("#code-words li"))
    thread = page("/en/report/follow").form("follow").submit(code=code)
    said = send(thread.form("say"), [], voice=NOTE, what="")
    assert "We have your voice note." in said.text and "Your voice note" in said.text
    assert kinds(work) == [["words", "voice"]]
    said = send(said.form("say"), [], voice=b"x", what="And there.")
    assert "We could not keep your voice note." in said.text


def test_before_note_is_passed_on_police_are_asked_about(app: Portal, work: Work, page: Reader) -> None:
    """No machine hears it, whichever way it came."""
    send(report_form(page), [], voice=NOTE, **REPORT)
    with work() as session:
        make_desk(session, [make_member(session, ("organizer",))], "outreach")
        session.scalars(select(Thread)).one().category = Category.SERVICES
    shown, _address = thread_and_note(work)
    asked = desk_of(app, work)(shown).form_with("what").submit(422, then="pass outreach", readable="They need help.")
    assert "No machine can hear what the voice note says." in asked.text


def test_spoken_complaint_is_heard_by_oversight_alone(app: Portal, work: Work, page: Reader) -> None:
    send(report_form(page), [], voice=NOTE, **(SPOKEN_ONLY | {"category": "conduct"}))
    _shown, address = thread_and_note(work)
    assert desk_of(app, work).client.get(address).status_code == 404
    assert desk_of(app, work, "olga@portal.test").client.get(address).mimetype == "audio/wav"


def test_microphone_is_allowed_only_where_reports_are_written(page: Reader) -> None:
    for path in ("/en/report/", "/es/report/follow"):
        assert page(path).response.headers["Permissions-Policy"] == WITH_MICROPHONE
    assert "microphone=(self)" in WITH_MICROPHONE
    assert page("/en/").response.headers["Permissions-Policy"] == HEADERS["Permissions-Policy"]

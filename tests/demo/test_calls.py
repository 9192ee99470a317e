"""Calls in the demonstration: the stand-in follows the portal's markup over real, signed requests."""

import re
import threading

import pytest
from sqlalchemy import select
from werkzeug.serving import make_server

from portal.core.files.sounds import resounded, seconds_of
from portal.core.jobs.retries import Unreachable
from portal.core.sms.telephone import PictureRefused
from portal.demo.calls import TONE_SECONDS, tone
from portal.demo.provider import Provider
from portal.reports.code import keys_of, read_code
from portal.reports.reports import Thread, ThreadMessage
from portal.sms import voice_jobs
from portal.sms.jobs import open_telephone
from portal.sms.voice_calls import VoiceDeletion
from tests.demo.conftest import free_port
from tests.make import make_desk

ROSA = "+12025550143"


@pytest.fixture
def port():
    return free_port()


@pytest.fixture
def company(port):
    account = {"account_sid": "AC" + "0" * 32, "auth_token": "t" * 32, "number": "+12025550100"}
    with Provider(webhook_url=f"http://127.0.0.1:{port}/sms/twilio/inbound", **account) as provider:
        yield provider


@pytest.fixture
def answering(app, settings, company, port, work):
    """The portal at a real port, with a desk and with a telephone that asks the company."""
    more = {"twilio_api_base": company.url, "public_url": f"http://127.0.0.1:{port}", "sms_sender": "twilio"}
    app.settings = settings.model_copy(update={**more, "voice_number": "+12025550100"})
    app.telephone = open_telephone(app.settings)
    with work() as session:
        make_desk(session)
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield
    server.shutdown()
    thread.join()
    server.server_close()


def kinds(work):
    with work() as session:
        return [row.kind for row in session.scalars(select(ThreadMessage).order_by(ThreadMessage.position))]


def press(page, **data):
    form = page("/en/demo/phone/1/call")
    token = re.findall(r'name="token" type="hidden" value="([^"]+)"', form.response.text)[0]
    return page("/en/demo/phone/1/call", data.pop("status", 200), method="POST", data={"token": token, **data})


def test_a_tone_is_a_recording_as_the_portal_takes_it():
    assert seconds_of(resounded(tone())) == TONE_SECONDS


def test_a_note_is_left_fetched_and_gone_at_the_company_and_its_code_is_keyed_in(app, work, answering, company):
    calls = company.calls
    call = calls.dial(ROSA)
    assert [line.language for line in call.lines] == ["en", "es", "en", "es"]
    calls.act(ROSA, "press", "131")
    assert call.waits == "recording"
    calls.act(ROSA, "speak")
    assert call.waits == "key"
    said = " ".join(line.body for line in call.lines)
    (code,) = read_code(" ".join(re.findall(r"Word \d\. (\w+)\.", said)))
    assert list(calls.recordings)
    with app.app_context():
        voice_jobs.settle_calls()
    assert calls.recordings == {}
    assert kinds(work) == ["words", "voice"]
    calls.act(ROSA, "press", "02" + "".join(f"{keys_of(word)}#" for word in code))
    assert "Nobody has read it yet" in " ".join(line.body for line in call.lines[-5:])


def test_the_record_of_a_call_is_deleted_once_it_is_over(app, work, answering, company):
    company.calls.dial(ROSA)
    telephone = app.telephone
    (sid,) = company.calls.records
    assert not telephone.erase(sid), "the call goes on"
    company.calls.act(ROSA, "hang_up")
    assert telephone.erase(sid)
    assert telephone.erase(sid), "what is gone is gone"
    with work() as session:
        assert session.scalars(select(VoiceDeletion.kind)).one() == "call"


def test_a_recording_is_not_fetched_before_it_is_there(app, answering):

    with pytest.raises(Unreachable):
        app.telephone.fetch_recording("RE" + "0" * 32, 1_000)


def test_a_recording_that_is_too_large_is_refused(app, answering, company):

    company.calls.recordings["RE" + "0" * 32] = b"x" * 2_000
    with pytest.raises(PictureRefused):
        app.telephone.fetch_recording("RE" + "0" * 32, 1_000)
    assert app.telephone.fetch_recording("RE" + "0" * 32, 2_000) == b"x" * 2_000


@pytest.mark.parametrize("how", ["speak_off", "wait", "hang_up"])
def test_who_hangs_up_while_speaking_has_reported_and_who_says_nothing_has_not(work, answering, company, how):
    company.calls.dial(ROSA)
    call = company.calls.act(ROSA, "press", "231")
    company.calls.act(ROSA, how)
    with work() as session:
        assert len(session.scalars(select(Thread)).all()) == (how == "speak_off")
    assert (call.waits == "over") == (how != "wait")


def test_the_page_shows_the_words_and_presses_keys(page, answering):
    assert "Nobody has called yet" in page("/en/demo/phone/1/call").text
    assert "hang up and call 9 1 1" in press(page, do="dial").text
    assert "press 3" in press(page, key="1").text
    shown = press(page, key="2")
    assert "Word 1." in shown.text
    assert "Pressed so far: 62" in press(page, keys="62", do="press").text
    assert "None of our words has these keys" in press(page, key="#").text
    assert "The call has ended" in press(page, do="hang_up").text
    assert "Nobody has called yet" in page("/en/demo/phone/2/call").text


def test_the_page_can_leave_a_note(page, work, answering):
    for done in ({"do": "dial"}, {"key": "1"}, {"key": "3"}, {"key": "1"}):
        press(page, **done)
    assert "We have your voice note" in press(page, do="speak").text
    assert kinds(work) == ["words"]


def test_without_a_company_the_page_says_so(page):
    assert "There is no signal" in page("/en/demo/phone/1/call").text
    assert "There is no signal" in press(page, do="dial", status=503).text


@pytest.mark.parametrize("data", [{"do": "explode"}, {"keys": "1" * 500}])
def test_what_the_page_does_not_offer_is_refused(page, answering, data):
    press(page, **data, status=422)


def test_there_is_no_other_telephone(page):
    page("/en/demo/phone/9/call", 404)

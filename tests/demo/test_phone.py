"""The telephone on a page: what it sends really goes through the telephone company, and nothing typed is lost."""

import io
import re
import threading
from urllib.parse import urlsplit

import pytest
from PIL import Image
from sqlalchemy import func, select
from werkzeug.serving import make_server

from demo import pages
from demo.provider import Provider
from demo.writing import NUMBERS, NoCompany, conversation
from portal.config import SmsSender
from portal.core.contact import telephone
from portal.core.jobs.outbox import OutboundMessage
from portal.reports.reports import Thread, ThreadMessage
from portal.sms import deliveries, outgoing
from portal.sms.deliveries import delete_copies
from tests.demo.conftest import free_port


@pytest.fixture
def company(app, handover, monkeypatch):
    """The telephone company and the portal at a real port, as it needs it, with nobody who sends what it answers."""
    monkeypatch.setattr(pages, "LOOK_TIMES", 1)
    portal = f"http://127.0.0.1:{free_port()}"
    account = {"account_sid": "AC" + "0" * 32, "auth_token": "t" * 32, "number": "+12025550100"}
    with Provider(webhook_url=f"{portal}/sms/twilio/inbound", **account) as company:
        app.settings = app.settings.model_copy(update={"twilio_api_base": company.url, "public_url": portal})
        server = make_server("127.0.0.1", urlsplit(portal).port, app, threaded=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield company
        server.shutdown()
        thread.join()
        server.server_close()


def token(page):
    shown = page("/en/demo/phone/1").response.text
    return re.findall(r'name="token" type="hidden" value="([^"]+)"', shown)[0]


def write(page, words, status=200):
    data = {"token": token(page), "what": words}
    return page("/en/demo/phone/1", status, method="POST", data=data, quotes=(words,))


def test_a_text_becomes_a_report_and_is_shown(page, work, company):
    with work() as session:
        before = set(session.scalars(select(Thread.id)))
        waiting = len(session.scalars(select(OutboundMessage.id)).all())
    shown = write(page, "People sell by the bus stop after dark")
    assert "People sell by the bus stop after dark" in shown.text
    assert shown.path == "/en/demo/phone/1"
    with work() as session:
        new = session.scalars(select(Thread).where(Thread.id.not_in(before))).one()
        assert new.channel == "text"
        assert len(session.scalars(select(OutboundMessage.id)).all()) > waiting


def test_a_picture_goes_with_the_text_and_is_sealed(page, app, work, company):
    stream = io.BytesIO()
    Image.new("RGB", (40, 30), "green").save(stream, "JPEG")
    given = token(page)
    for words in ("Look at the wall", ""):
        stream.seek(0)
        data = {"token": given, "what": words, "picture": (io.BytesIO(stream.getvalue()), "IMG_2041.jpg", "image/jpeg")}
        shown = page("/en/demo/phone/2", method="POST", data=data, quotes=("Look at the wall",))
    assert "Look at the wall With a picture" in shown.text
    assert "(only a picture)" in shown.text
    app.telephone = outgoing.open_telephone(app.settings.model_copy(update={"sms_sender": SmsSender.TWILIO}))
    with work() as session:
        before = session.scalar(select(func.count()).where(ThreadMessage.kind == "picture"))
    with app.app_context():
        deliveries.fetch_pictures()
    with work() as session:
        assert session.scalar(select(func.count()).where(ThreadMessage.kind == "picture")) == before + 2
    with app.app_context():
        delete_copies()
    assert [one for one in company.exchange.everything if one.direction == "inbound"] == []


def test_without_a_company_the_text_is_kept(page, settings):
    assert "There is no signal" in page("/en/demo/phone/1").text
    kept = write(page, "Two lights are out", 503)
    assert "There is no signal" in kept.text
    assert ">\nTwo lights are out</textarea>" in kept.response.text.replace("\r", "")
    assert "Please write something." in write(page, " ", 422).text
    for base in ("", "http://127.0.0.1:1"):
        with pytest.raises(NoCompany):
            conversation(settings.model_copy(update={"twilio_api_base": base}), NUMBERS[0])


def test_no_address_holds_a_number(page):
    shown = page("/es/demo/phone")
    assert not re.search(r"(?:href|action)=\"[^\"]*555", shown.response.text)
    assert all(telephone(number) in shown.text for number in NUMBERS)
    for which in (0, len(NUMBERS) + 1):
        page(f"/en/demo/phone/{which}", 404)

"""The fake provider calls back signed, in the ways its numbers promise, and shows what reached a phone."""

import base64
import json
import threading
from datetime import timedelta
from urllib.error import HTTPError
from urllib.request import Request as Question, urlopen

import pytest
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from demo import exchange
from demo.provider import DEMO_ACCOUNT_SID, DEMO_AUTH_TOKEN, DEMO_NUMBER, Provider
from portal.core.jobs.retries import Failed, Sent
from portal.core.telephone import TwilioTelephone, signature_valid
from tests.patience import HANGS, wait_for

PHONE = "+12025550143"


class Portal:
    """Stands for the portal: keeps what it is called with, and whether it was signed."""

    def __init__(self):
        self.calls = []
        self.promised = 0
        """Bytes of an answer, of which none comes."""
        self.server = make_server("127.0.0.1", 0, Request.application(self.answer), threaded=True)
        self.url = f"http://127.0.0.1:{self.server.port}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def answer(self, request):
        path, signature = request.full_path.rstrip("?"), request.headers.get("X-Twilio-Signature")
        assert signature_valid([DEMO_AUTH_TOKEN], self.url, path, request.form, signature)
        self.calls.append((path, request.form.to_dict()))
        return Response(headers={"Content-Length": str(self.promised)})

    @property
    def texts(self):
        return [form for path, form in self.calls if path == "/sms/in"]

    def statuses(self, wanted):
        wait_for(lambda: len(self.calls) >= wanted)
        return [form["MessageStatus"] for _, form in self.calls]


@pytest.fixture
def provider():
    """The provider; `provider.portal` is what it calls."""
    portal = Portal()
    with Provider(webhook_url=f"{portal.url}/sms/in", late=0.5) as running:
        running.portal = portal
        yield running
    portal.server.shutdown()
    portal.server.server_close()


def send(provider, to=PHONE):
    telephone = TwilioTelephone(DEMO_ACCOUNT_SID, DEMO_AUTH_TOKEN, DEMO_NUMBER, api_base=provider.url, timeout=HANGS)
    return telephone.send(to, "Thank you.", f"{provider.portal.url}/sms/status?id=7", timedelta(hours=1))


def ask(provider, path, token=DEMO_AUTH_TOKEN, data=None):
    basic = base64.b64encode(f"{DEMO_ACCOUNT_SID}:{token}".encode()).decode()
    with urlopen(Question(provider.url + path, data, {"Authorization": f"Basic {basic}"})) as response:
        return json.load(response)


def test_callbacks(provider):
    for number, expected, code in (
        (PHONE, ["sent", "delivered"], None),
        ("+15005550102", ["sent", "undelivered"], "30008"),
        ("+15005550130", ["sent", "sent", "delivered", "delivered"], None),
    ):
        provider.portal.calls.clear()
        outcome = send(provider, number)
        assert provider.portal.statuses(len(expected)) == expected
        path, last = provider.portal.calls[-1]
        assert path == "/sms/status?id=7"
        assert (last["MessageSid"], last["To"], last.get("ErrorCode")) == (outcome.sid, number, code)


def test_texts_arrive_signed_with_what_the_provider_adds(provider):
    assert provider.text_in(PHONE, "están vendiendo 😀", [("image/png", b"png")]) == 200
    [(path, form)] = provider.portal.calls
    assert path == "/sms/in"
    assert (form["From"], form["To"], form["Body"]) == (PHONE, DEMO_NUMBER, "están vendiendo 😀")
    assert form["NumMedia"] == "1"
    assert form["MediaUrl0"].startswith(provider.url)
    assert "FromZip" in form
    assert "OptOutType" not in form
    assert ask(provider, "/_incoming", data=b"From=%2B12025550143&Body=hello") == {"status": 200}
    assert provider.portal.calls[1][1]["Body"] == "hello"


def test_an_unreachable_portal_is_no_answer(provider):
    provider.portal.promised = 59
    assert provider.text_in(PHONE, "hello") == 0, "it broke off"
    provider.webhook_url = "http://127.0.0.1:9/sms/in"
    assert provider.text_in(PHONE, "hello") == 0
    with pytest.raises(HTTPError, match="401"):
        ask(provider, "/_screen?number=1", token="wrong")


def test_the_provider_acts_on_its_own_keywords(provider):
    provider.text_in(PHONE, " Stop ")
    assert provider.portal.texts[-1]["OptOutType"] == "STOP"
    assert send(provider) == Failed("opted out", 21610, opted_out=True)
    provider.text_in(PHONE, "yes")
    assert provider.portal.texts[-1]["OptOutType"] == "START"
    assert isinstance(send(provider), Sent)
    provider.text_in(PHONE, "help")
    assert provider.portal.texts[-1]["OptOutType"] == "HELP"
    # As with CANCEL taken out of its words: only we can ask what it means.
    for ours in ("alto", "cancel"):
        provider.text_in(PHONE, ours)
        assert "OptOutType" not in provider.portal.texts[-1]


def test_every_magic_number_comes_to_an_end():
    for magic in exchange.MAGIC.values():
        message = exchange.ProviderMessage(PHONE, DEMO_NUMBER, "x", magic=magic)
        assert exchange.TERMINAL.intersection(message.states())

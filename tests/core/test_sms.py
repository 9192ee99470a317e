"""The telephone, through the real client of twilio against the fake provider, and the provider's signature."""

import logging
import traceback
from datetime import UTC, datetime, timedelta

import pytest
import requests
import urllib3
from werkzeug.datastructures import MultiDict

from demo.provider import DEMO_ACCOUNT_SID, DEMO_AUTH_TOKEN, DEMO_NUMBER, Provider
from portal.core.jobs.retries import LEASE, Failed, Retry, Sent, Unknown, Unreachable
from portal.core.telephone import PictureRefused, ProviderStatus, TwilioTelephone, _lost, judge, sign, signature_valid
from tests.core.transports import LATE_LOST, LATE_TAKEN, PatientTelephone
from tests.patience import HANGS

TOKEN, OLD_TOKEN = "new-token", "old-token"
SITE = "https://portal.example.org"
FORM = MultiDict([("From", "+15550100"), ("Body", "están vendiendo 😀"), ("Twice", "b"), ("Twice", "a")])
PHONE = "+12025550143"
BODY = "Common Ground: Thank you."
HOUR = timedelta(hours=1)
CUT_TAKEN = "+15005550123"


@pytest.fixture
def telephone(provider):
    return telephone_at(provider.url)


def telephone_at(url, token=DEMO_AUTH_TOKEN):
    return PatientTelephone(DEMO_ACCOUNT_SID, token, DEMO_NUMBER, url)


def send(telephone, to=PHONE, body=BODY):
    return telephone.send(to, body, "", HOUR)


def test_signature_known_from_the_documentation():
    caller = {"CallSid": "CA1234567890ABCDE", "Caller": "+12349013030", "From": "+12349013030"}
    form = {**caller, "Digits": "1234", "To": "+18005551212"}
    known = "0/KCTR6DLpKmkAf8muzZqo1nDgQ="
    for site in ("https://mycompany.com", "https://mycompany.com/"):
        assert signature_valid(["12345"], site, "/myapp.php?foo=1&bar=2", form, known)
    # That of either token is valid while they rotate.
    new, old = (sign(token, f"{SITE}/sms/in?box=1", FORM) for token in (TOKEN, OLD_TOKEN))
    for signature in (new, old):
        assert signature_valid([TOKEN, OLD_TOKEN], SITE, "/sms/in?box=1", FORM, signature)
    assert not signature_valid([TOKEN], SITE, "/sms/in?box=1", FORM, old)


def test_missing_and_wrong_signatures_are_invalid():
    for header in (None, "", "x", "é" * 28, sign("wrong", f"{SITE}/sms/in", FORM)):
        assert not signature_valid([TOKEN], SITE, "/sms/in", FORM, header)
    # A token that is not set opens nothing.
    forged = sign("", f"{SITE}/sms/in", FORM)
    for tokens in ([TOKEN, ""], []):
        assert not signature_valid(tokens, SITE, "/sms/in", FORM, forged)


def test_every_value_of_a_repeated_field_is_signed():
    signature = sign(TOKEN, f"{SITE}/sms/in", FORM)
    assert not signature_valid([TOKEN], SITE, "/sms/in", FORM.to_dict(flat=True), signature)
    changed = MultiDict(FORM)
    changed.add("Twice", "c")
    assert not signature_valid([TOKEN], SITE, "/sms/in", changed, signature)
    assert not signature_valid([TOKEN], SITE, "/sms/in?x=1", FORM, signature)


def test_what_codes_mean():
    for code in (21211, 21408, 21612, 21614, 21617, 30003, 30004, 30005, 30006, 30007, 30034):
        for status in (400, None):
            outcome = judge(status, code)
            assert isinstance(outcome, Failed)
            assert (outcome.code, outcome.opted_out) == (code, False)
    assert judge(400, 21610) == Failed("opted out", 21610, opted_out=True)
    # Of all others, these are worth a second try, and the rest is tried again for long.
    again = [(429, None), (429, 20429), (None, 20429), (500, None), (503, 20503), (401, 20003)]
    for given, few in [((None, 30008), True), ((None, 30500), True), *((one, False) for one in again)]:
        outcome = judge(*given)
        assert isinstance(outcome, Retry) and outcome.few is few, given
    # Gateways leave us ignorant; other refusals are final.
    assert [type(judge(*given)) for given in ((504, None), (502, None), (400, 99999))] == [Unknown, Unknown, Failed]


def test_sent_or_refused_for_good(telephone, provider):
    outcome = telephone.send(PHONE, "¿Qué tal?\n1 Álamo 😀", "", HOUR)
    [message] = provider.exchange.sent
    assert outcome == Sent(message.sid)
    assert (message.to, message.sender, message.body) == (PHONE, DEMO_NUMBER, "¿Qué tal?\n1 Álamo 😀")
    for number, code in (
        *(("+15005550001", 21211), ("+15005550002", 21612), ("+15005550003", 21408), ("+15005550009", 21614)),
        ("+15005550004", 21610),
    ):
        outcome = send(telephone, number)
        assert isinstance(outcome, Failed)
        assert (outcome.code, outcome.opted_out) == (code, code == 21610)
    assert provider.exchange.sent == [message]


def test_refused_for_a_while(telephone, provider):
    with Provider() as stopped:
        url = stopped.url
    assert send(telephone_at(url)) == Retry("no connection")
    assert send(telephone_at(provider.url, token="wrong")) == Retry("credentials refused", 20003)
    for number, code in (("+15005550110", 20429), ("+15005550111", 20500)):
        outcomes = [send(telephone, number) for _ in range(3)]
        assert [type(outcome) for outcome in outcomes] == [Retry, Retry, Sent]
        assert outcomes[0].code == code
    # And one that is slow, but in time.
    assert isinstance(send(telephone, "+15005550122"), Sent)
    assert len(provider.exchange.sent) == 3


def test_only_what_never_left_is_tried_again():
    pool = object()
    for reason, outcome in (
        (urllib3.exceptions.ConnectTimeoutError(pool, "slow"), Retry),
        (urllib3.exceptions.ProxyError("away", OSError()), Retry),
        (urllib3.exceptions.SSLError("another's name"), Retry),
        (urllib3.exceptions.ReadTimeoutError(pool, SITE, "no answer"), Unknown),
        (urllib3.exceptions.ProtocolError("cut off"), Unknown),
    ):
        for error in (requests.ConnectionError(urllib3.exceptions.MaxRetryError(pool, SITE, reason)), OSError(reason)):
            assert type(_lost(error)) is outcome, error
    assert isinstance(_lost(OSError()), Unknown)


def test_without_answer_it_is_found_if_it_was_taken(telephone, provider):
    since = datetime.now(UTC)
    for number, is_taken in ((LATE_TAKEN, True), (CUT_TAKEN, True), (LATE_LOST, False), ("+15005550124", False)):
        assert isinstance(send(telephone, number), Unknown)
        found = telephone.find(number, BODY, since)
        assert found == (provider.exchange.sent[-1].sid if is_taken else None)
        # It is sent once.
        assert is_taken or isinstance(send(telephone, number), Sent)
    assert len(provider.exchange.sent) == 4


def test_find_tells_texts_apart(telephone):
    since = datetime.now(UTC)
    first, second = send(telephone), send(telephone)
    assert telephone.find(PHONE, BODY, since) == second.sid
    assert telephone.find(PHONE, BODY, since, known={second.sid}) == first.sid
    assert telephone.find(PHONE, BODY, since, known={first.sid, second.sid}) is None
    assert telephone.find(PHONE, "another text", since) is None
    assert telephone.find("+12025550199", BODY, since) is None
    assert telephone.find(PHONE, BODY, since + timedelta(hours=1)) is None
    # As a worker asks whose clock is ahead by less than a lease.
    assert telephone.find(PHONE, BODY, since + LEASE) == second.sid


def test_state_and_erasure(telephone, provider):
    sid = send(telephone).sid
    while not provider.exchange.screen(PHONE):
        pass
    assert telephone.state_of(sid) == ProviderStatus("delivered")
    assert telephone.erase(sid)
    assert telephone.state_of(sid) is None
    assert telephone.erase(sid)
    assert provider.exchange.sent == []
    # A text under way cannot be erased yet.
    with Provider(told_after=HANGS) as slow:
        telephone = telephone_at(slow.url)
        assert not telephone.erase(send(telephone).sid)


def test_nothing_that_goes_wrong_holds_number_or_text(provider, caplog):
    caplog.set_level(logging.DEBUG)
    numbers, body = ("+15005550001", "+15005550124", "+15005550111"), "a secret"
    telephone = telephone_at(provider.url)
    shown = [repr(send(telephone, number, body)) for number in numbers]
    provider.close()
    # Questions without an answer raise.
    for question in (
        lambda: telephone.state_of("SM1"),
        lambda: telephone.erase("SM1"),
        lambda: telephone.fetch_picture(f"{provider.url}/x", 10),
        lambda: telephone.find(numbers[0], body, datetime.now(UTC)),
    ):
        with pytest.raises(Unreachable) as raised:
            question()
    assert raised.value.__context__ is None
    everything = "\n".join([*shown, caplog.text, *traceback.format_exception(raised.value)])
    assert not any(hint in everything for hint in ("+1500", "%2B1500", "a secret"))


def test_address_must_be_encrypted_unless_it_is_here():
    with pytest.raises(ValueError, match="https"):
        TwilioTelephone("AC1", "token", DEMO_NUMBER, api_base="http://provider.example.org")
    TwilioTelephone("AC1", "token", DEMO_NUMBER, api_base="http://localhost:1")
    TwilioTelephone("AC1", "token", DEMO_NUMBER)


PNG = b"\x89PNG\r\n" + bytes(2000)


def test_picture_is_fetched_without_credentials_and_erased(telephone, provider):
    message, _ = provider.exchange.come_in(PHONE, DEMO_NUMBER, "", [("image/png", PNG)])
    [media] = message.pictures
    picture = f"{provider.url}/2010-04-01/Accounts/{DEMO_ACCOUNT_SID}/Messages/{message.sid}/Media/{media}"
    # One that is too large is not.
    with pytest.raises(PictureRefused):
        telephone.fetch_picture(picture, len(PNG) - 1)
    # The fake's storage refuses a request that carries credentials.
    assert telephone.fetch_picture(picture, len(PNG)) == PNG
    assert telephone.erase_picture(picture)
    assert telephone.erase_picture(picture)
    with pytest.raises(PictureRefused):
        telephone.fetch_picture(picture, len(PNG))


def test_pictures_elsewhere_are_refused_and_never_asked_for():
    telephone = TwilioTelephone("AC1", "token", DEMO_NUMBER)
    for url in (
        *("https://evil.example.org/a.png", "http://api.twilio.com/a.png", "https://x:y@api.twilio.com/a.png"),
        *("https://api.twilio.com.evil.example.org/a.png", "https://api.twilio.com@evil.example.org/a.png"),
        *("https://api.twilio.com:8443/a.png", "http://127.0.0.1:1/a.png", "http://169.254.169.254/latest"),
        *(
            "https://media.twiliocdn.com/a.png",
            "file:///etc/passwd",
            "https://[bad",
            "https://api.twilio.com:port/",
            "http://api.twilio.com:port/",
            "",
        ),
    ):
        for refused in (lambda url=url: telephone.fetch_picture(url, 10), lambda url=url: telephone.erase_picture(url)):
            with pytest.raises(PictureRefused):
                refused()


def test_redirects_lead_only_to_the_providers_storage():
    telephone = TwilioTelephone("AC1", "token", DEMO_NUMBER)
    for location in ("https://mms.twiliocdn.com/x", "https://s3-external-1.amazonaws.com/media.twiliocdn.com/x"):
        assert telephone._checked(location, with_credentials=False) == location
    for location in (
        *("https://s3-external-1.amazonaws.com/someone-else/x", "http://mms.twiliocdn.com/x"),
        *("https://eviltwiliocdn.com/x", "https://evil.example.org/x"),
    ):
        with pytest.raises(PictureRefused):
            telephone._checked(location, with_credentials=False)

"""A crowd at the sign-in: it is sent away, and neither the public nor those who are known wait behind it."""

import threading
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, as_completed, wait
from itertools import islice

import pytest
from nacl.pwhash import argon2id

from portal.accounts.sign_in import problem_with
from portal.core import crypto
from tests.accounts.doors import password_form
from tests.make import PASSWORD, make_desk, make_market, make_member
from tests.page import Reader
from tests.patience import HANGS

PLACES = 6
REPORT = {"what": "Three people sell by the bus stop.", "category": "selling"}


class SlowArgon2:
    """Takes, for a wrong password, until the test says so."""

    def __init__(self, real):
        self.goes_on, self._real = threading.Event(), real

    def __call__(self, size, password, *terms):
        assert password == PASSWORD.encode() or self.goes_on.wait(60)
        return self._real(size, password, *terms)


def slow_door(work, monkeypatch):
    """Somebody who signs in where wrong passwords take long."""
    with work() as session:
        make_desk(session)
        make_market(session)
        member = make_member(session, email="ana@portal.test")
    slow = SlowArgon2(argon2id.kdf)
    monkeypatch.setattr(argon2id, "kdf", slow)
    monkeypatch.setattr(crypto, "ARGON2_WAIT_SECONDS", HANGS)
    return member, slow


def sign_in(client, email, password="a wrong password", lang="en"):
    return password_form(Reader(client), f"/{lang}/sign-in").send(email=email, password=password)


def browser_at(app, address):
    browser = app.test_client()
    browser.environ_base["REMOTE_ADDR"] = address
    return browser


def ask(crowd, app, addresses):
    """Let one stranger from each address try a wrong password."""
    return [
        crowd.submit(sign_in, browser_at(app, address), f"stranger{number}@portal.test")
        for number, address in enumerate(addresses)
    ]


@pytest.mark.parametrize(
    ("addresses", "let_in"),
    [(["198.51.100.7"], 3), (["2001:db8:1:1::1", "2001:db8:1:2::1"], 4)],
    ids=["address", "ipv6 /48"],
)
def test_wrong_passwords_from_one_network_leave_others_a_place(app, work, monkeypatch, addresses, let_in):
    member, slow = slow_door(work, monkeypatch)
    with ThreadPoolExecutor(25) as crowd:
        asked = ask(crowd, app, (addresses * 24)[:24])
        try:
            refused = [one.result() for one in islice(as_completed(asked, HANGS), 24 - let_in)]
            assert {answer.status_code for answer in refused} == {503}
            hers = crowd.submit(sign_in, browser_at(app, "203.0.113.9"), member.email, PASSWORD)
        finally:
            slow.goes_on.set()
        assert hers.result().status_code == 302
        assert sorted(one.result().status_code for one in asked) == [422] * let_in + [503] * (24 - let_in)


def test_crowd_at_door_is_refused_and_nobody_else_waits(app, page, work, monkeypatch):
    member, slow = slow_door(work, monkeypatch)
    with ThreadPoolExecutor(PLACES + 1) as crowd:
        asked = ask(crowd, app, [f"198.51.{number}.7" for number in range(PLACES + 1)])
        (refused,) = wait(asked, timeout=HANGS, return_when=FIRST_COMPLETED).done
        assert refused.result().status_code == 503
        try:
            answer = sign_in(app.test_client(), "rosa@portal.test", lang="es")
            assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
            assert "Pruebe otra vez" in answer.text
            assert 'value="rosa@portal.test"' in answer.text
            page("/en/")
            assert page("/en/report/").form("/report/").submit(**REPORT).has("#code-words")
            with app.test_request_context():
                assert problem_with(member, PASSWORD) is None, "who is known has a queue of their own"
        finally:
            slow.goes_on.set()
        assert sorted(one.result().status_code for one in asked if one is not refused) == [422] * PLACES
    assert sign_in(app.test_client(), member.email, PASSWORD).status_code == 302

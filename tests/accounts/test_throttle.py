"""Tries that are refused count nowhere, and the page says how long to wait."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.accounts.sign_in import may_pass, retry_after, too_often, wait_of
from portal.accounts.sign_in_rules import DAY, MINUTE, ThrottleWindow
from tests.accounts.doors import give_password, password_form, sign_in
from tests.make import make_member
from tests.page import Reader

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
NARROW, WIDE = ThrottleWindow("try", "one", 2, 5 * MINUTE), ThrottleWindow("try", "all", 4, DAY)
pytestmark = pytest.mark.time_machine(NOON, tick=False)


def test_a_refused_try_counts_in_no_window(app, time_machine):
    with app.app_context():
        for windows in ((NARROW, WIDE), (WIDE, NARROW)):
            assert [may_pass(windows) for _ in range(50)] == [True] * 2 + [False] * 48
            assert [may_pass((WIDE,)) for _ in range(3)] == [True, True, False]
            # Nor does it make the wait longer.
            time_machine.shift(timedelta(minutes=5, seconds=1))
            assert wait_of((NARROW,)) == 0
            time_machine.shift(timedelta(days=1))


def test_the_wait_in_words_and_for_programs(app):
    for seconds, says in (
        *((30, "wait 1 minute and"), (5 * MINUTE, "wait 5 minutes and"), (60 * MINUTE, "wait 1 hour and")),
        *((90 * MINUTE, "wait 2 hours and"), (DAY, "again tomorrow")),
    ):
        window = ThrottleWindow("try", f"for {seconds}", 1, seconds)
        with app.test_request_context("/en/"):
            may_pass((window,))
            assert not may_pass((window,))
            assert says in too_often((window,))
            assert 0 <= seconds - int(retry_after((window,))["Retry-After"]) <= 1


def test_one_device_does_not_keep_its_office_out(app, work):
    with work() as session:
        make_member(session, email="ana@portal.test")
        make_member(session, email="bea@portal.test")
    guess = Reader(app.test_client())
    for _ in range(5):
        give_password(guess, password="wrong", status=422)
    door = password_form(guess)
    answers = [door.send(email="ana@portal.test", password="wrong") for _ in range(50)]
    assert {answer.status_code for answer in answers} == {429}
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 5 * MINUTE
    assert "Please wait 5 minutes" in answers[-1].text
    assert sign_in(Reader(app.test_client()), "bea@portal.test").path != "/en/sign-in"
    home = app.test_client()
    home.environ_base["REMOTE_ADDR"] = "198.51.100.7"
    assert sign_in(Reader(home)).path != "/en/sign-in"


def test_wrong_passwords_lock_nobody_out_who_was_there_today(app, work):
    with work() as session:
        make_member(session, email="ana@portal.test")

    def at(number):
        browser = app.test_client()
        browser.environ_base["REMOTE_ADDR"] = f"2001:db8:1:{number:x}::1"
        return Reader(browser)

    assert give_password(at(1)).path != "/en/sign-in"
    for number in range(2, 102):
        assert password_form(at(number)).send(email="ana@portal.test", password="wrong").status_code == 422
    assert password_form(at(102)).send(email="ana@portal.test", password="wrong").status_code == 429
    assert give_password(at(1)).path != "/en/sign-in"

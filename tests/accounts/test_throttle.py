"""Tries that are refused count nowhere; a signed-in phone in other hands changes not how its owner signs in."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from portal.accounts.sign_in import GOOD_FOR, may_pass, retry_after, too_often, wait_of
from portal.accounts.sign_in_rules import DAY, MINUTE, ThrottleWindow
from portal.accounts.users import Invitation, Member
from tests.accounts.doors import give_password, password_form, sign_in
from tests.make import PASSWORD, make_circle, make_member
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


def test_the_password_is_asked_for_again_after_a_while(page, ana, time_machine):
    sign_in(page)
    for address in ("/en/second-step/set-up/app", "/en/account/codes"):
        assert page(address).path == address, "who signed in a moment ago is not asked"
        time_machine.shift(GOOD_FOR)
        asked = page(address)
        assert asked.path == "/en/account/once-more"
        assert not asked.has("figure svg")
        wrong = asked.form().submit(422, password="wrong")
        assert "This is not your password" in wrong.text
        assert wrong.form().submit(password=PASSWORD).path == address
        time_machine.shift(GOOD_FOR)
        assert page(address).path == "/en/account/once-more"
        page("/en/account/once-more").form().submit(password=PASSWORD)


def test_what_is_sent_from_a_page_left_open_waits(page, ana, work, time_machine):
    sign_in(page)
    account, codes = page("/en/account/"), page("/en/account/codes")
    time_machine.shift(GOOD_FOR + timedelta(minutes=1))
    assert account.form("app/remove").submit().path == "/en/account/once-more"
    assert not codes.form().submit().has("ol.words")
    with work() as session:
        assert session.get_one(Member, ana.id).totp_secret is not None
    # Tries count as at the door.
    asked = page("/en/account/codes")
    for _ in range(5):
        asked.form().submit(422, password="wrong")
    assert "too many tries" in asked.form().submit(422, password=PASSWORD).text


def test_password_comes_before_what_leads_others_in_or_elsewhere(page, work, time_machine):
    with work() as session:
        boss = make_member(session, ("administrator",), email="ana@portal.test")
    sign_in(page)
    for address in ("people/invite", f"people/{boss.id}", f"people/{boss.id}/remove", "team/settings/telephone/"):
        assert page(f"/en/{address}").path == f"/en/{address}"
        time_machine.shift(GOOD_FOR)
        assert page(f"/en/{address}").form().submit(password=PASSWORD).path == f"/en/{address}"
    for address in ("team/settings/exit/", "team/who-runs-this/"):
        time_machine.shift(GOOD_FOR)
        assert page(f"/en/{address}").form().submit(password=PASSWORD).path == f"/en/{address}"
    # An invitation from a page that was left open is kept, and not made.
    left_open = page("/en/people/invite")
    time_machine.shift(GOOD_FOR)
    kept = left_open.form().submit(403, email="eve@portal.test", name="Eve", roles=["administrator"])
    assert "Your password once more" in kept.text
    assert "eve@portal.test" in kept.text
    with work() as session:
        assert session.scalar(select(func.count(Invitation.id))) == 0
    page("/en/account/once-more").form().submit(password=PASSWORD)
    again = kept.form("again").submit()
    assert again.form("/people/invite").values["email"] == "eve@portal.test"


def test_phone_left_open_closes_no_circle_nor_invites(page, work, time_machine):
    with work() as session:
        lead = make_member(session, ("community_lead",), email="ana@portal.test")
        circle_id = make_circle(session, lead).id
    sign_in(page)
    people = page(f"/en/circles/{circle_id}/lead/people")
    time_machine.shift(GOOD_FOR)
    assert page(f"/en/circles/{circle_id}/lead/close").path == "/en/account/once-more"
    form = next(one for one in people.forms("") if "email" in one.values)
    kept = form.submit(403, email="eve@portal.test", name="Eve", role="member")
    assert "Your password once more" in kept.text and "eve@portal.test" in kept.text
    with work() as session:
        assert session.scalar(select(func.count(Invitation.id))) == 0

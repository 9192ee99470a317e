"""A signed-in phone in other hands is not enough to change how its owner signs in."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from portal.accounts.sign_in import GOOD_FOR
from portal.accounts.users import Invitation, Member
from tests.accounts.doors import sign_in
from tests.make import PASSWORD, make_circle, make_member

pytestmark = pytest.mark.time_machine(datetime(2026, 5, 4, 12, tzinfo=UTC), tick=False)


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
        assert session.get_one(Member, ana.id).totp_cipher is not None
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

"""An evening on stage: the tablet opens the plan once, counts down without a network, and follows a word taken back."""

from __future__ import annotations

import re
from datetime import date

import pytest
from playwright.sync_api import expect

from portal.accounts.users import Member
from portal.core.clock import today
from portal.partners.callin import call_in as actions
from portal.partners.callin.call_in import CallInCard, CallInItem, lines
from portal.partners.callin.evening_rules import Consent, give
from portal.partners.circles import Circle, my_seat
from tests.conftest import Work
from tests.journeys.conftest import Hire, Visit
from tests.journeys.test_door import kept
from tests.make import make_circle
from tests.patience import wait_for

VOICE = give({"who": "elder", "name": "Vera Voice", "point": "harm"}, Consent.SPEAK, date(2026, 5, 4))


@pytest.fixture
def lead(hire: Hire) -> Member:
    return hire("community_lead")


@pytest.fixture
def evening(work: Work, lead: Member) -> tuple[int, int, int]:
    """A call-in tonight, whose first voice is somebody's: ids of the circle, the call-in and the voice."""
    with work() as session:
        circle = make_circle(session, lead)
        seat = my_seat(circle.id, lead)
        call_in = actions.plan_call_in(seat, today(), {"begins": "18:30"}, None)
        actions.fill_run(seat, call_in)
        voice = actions.add_line(seat, call_in, CallInCard(), VOICE)
        first = lines(CallInItem, call_in)[1]
        actions.change_line(seat, call_in, first, {"part": "voice", "about": "", "voice": str(voice.id)})
        return circle.id, call_in.id, voice.id


def test_it_counts_down_without_a_network(visit: Visit, lead: Member, evening) -> None:
    circle, call_in, _voice = evening
    page = visit(f"/en/circles/{circle}/call-ins/{call_in}/tonight/", member=lead).page
    wait_for(lambda: len(kept(page)["paths"]) == 4)
    expect(page.locator("[data-now]")).to_have_text("Not begun. First: Welcome and ground rules")
    page.context.set_offline(True)
    page.reload()
    page.get_by_role("button", name="Start, or next").click()
    expect(page.locator("[data-now]")).to_have_text("Welcome and ground rules")
    expect(page.locator("[data-clock]")).to_have_text(re.compile(r"7:5\d"))
    expect(page.locator("[data-then]")).to_have_text("Next: Community voice 1: The harm it does")
    page.get_by_role("button", name="Start, or next").click()
    page.get_by_role("button", name="One minute more").click()
    expect(page.locator("[data-clock]")).to_have_text(re.compile(r"3:5\d|4:00"))
    page.reload()
    expect(page.locator("[data-now]")).to_have_text("Community voice 1: The harm it does")
    assert "Vera" not in page.content()
    page.context.set_offline(False)


def test_a_word_taken_back_reaches_a_stage_that_is_open(visit: Visit, work: Work, lead: Member, evening) -> None:
    circle, call_in, voice = evening
    page = visit(f"/en/circles/{circle}/call-ins/{call_in}/tonight/", member=lead).page
    expect(page.locator("[data-plan] li").nth(1)).to_contain_text("The harm it does")
    with work() as session:
        seat = my_seat(session.get_one(Circle, circle).id, lead)
        actions.take_consent(seat, session.get_one(CallInCard, voice), VOICE, Consent.SPEAK, given=False)
    expect(page.locator("[data-plan] li").nth(1)).to_contain_text("Nobody: go on to the next.")
    expect(page.locator("[data-said]")).to_have_text("The plan has changed.")


def test_without_javascript_it_shows_the_plan_with_hours(visit: Visit, lead: Member, evening) -> None:
    circle, call_in, _voice = evening
    page = visit(f"/en/circles/{circle}/call-ins/{call_in}/tonight/", member=lead, script=False).page
    expect(page.locator("[data-plan]")).to_contain_text("6:38")
    expect(page.locator("[data-clock]")).to_be_hidden()


def test_an_item_is_moved_and_changed_by_touch_without_javascript(visit: Visit, lead: Member, evening) -> None:
    circle, call_in, _voice = evening
    page = visit(f"/en/circles/{circle}/call-ins/{call_in}/run/", member=lead, script=False).page
    rows = page.locator("ol.rows > li")
    rows.nth(1).get_by_role("button", name="Earlier: Community voice 1").click()
    expect(rows.nth(0)).to_contain_text("Community voice 1")
    expect(rows.nth(0)).to_contain_text("6:30")
    rows.nth(0).get_by_role("link", name="Vera Voice").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Vera Voice")
    page.go_back()
    rows.nth(1).get_by_role("link", name="Change: Welcome and ground rules").click()
    page.get_by_label("Minutes").fill("30")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("main")).to_contain_text("85 minutes without the meal")
    expect(page.locator("main")).to_contain_text("longer than 75 minutes")

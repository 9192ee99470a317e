"""Volunteers at the desk: through the door, by keyboard, and two of them at the same report."""

import re

import pyotp
import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from portal.core.clock import now
from portal.reports.reports import Thread
from portal.reports.triage import Channel, Disposition, TriageState
from tests.conftest import Work
from tests.journeys.browsing import DESKTOP, PHONE, Window, follow, give_password, heading, press
from tests.journeys.conftest import Hire, Visit
from tests.make import PASSWORD, TOTP_SECRET, make_meeting, make_report

BY_WEB = "A man sells from a blue cart near the school."
BY_TEXT = "They sell on the stairs of the old depot."
ANSWER = "Thank you. Somebody from the school goes there with us."


@pytest.fixture
def reports(work: Work) -> tuple[int, int]:
    """One report by the web and one by text."""
    with work():
        by_text = make_report(BY_TEXT, channel=Channel.TEXT).thread
        by_text.texts_back = True
        return make_report(BY_WEB).thread.id, by_text.id


@pytest.fixture
def volunteer(visit: Visit, hire: Hire, reports: tuple[int, int]) -> Window:
    """Somebody at the desk with a keyboard."""
    return visit("/en/desk/", member=hire("triage"), size=DESKTOP)


def focused(page: Page) -> str:
    return page.evaluate("document.activeElement.textContent.trim()")


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_from_the_door_to_a_closed_report(visit, hire, work, reports, size) -> None:
    member = hire("triage")
    page = visit("/en/", script=False, size=size).page
    follow(page, "Team sign-in")
    give_password(page, member.email, "not this one")
    assert "do not go together" in page.get_by_role("alert").inner_text()
    give_password(page, member.email, PASSWORD)
    page.get_by_label("Code").fill(pyotp.TOTP(TOTP_SECRET).at(now()))
    press(page, "Sign in")
    assert heading(page) == "Today"
    follow(page, "Desk")
    assert heading(page) == "Desk"

    by_web, by_text = (page.locator(f"[data-row] a[href*='/desk/{report}']") for report in reports)
    assert by_text.inner_text() == BY_TEXT
    by_web.click()
    press(page, "Mark as read")
    assert "Marked as read." in page.get_by_role("main").inner_text()
    page.get_by_label("Answer to the person").fill(ANSWER)
    press(page, "Send")
    page.get_by_label("And then").select_option(label="We checked and acted.")
    press(page, "Send")
    assert heading(page) == "Desk"
    assert by_web.count() == 0
    follow(page, "Closed")
    by_web.click()
    assert ANSWER in page.locator(".talk").inner_text()
    with work() as session:
        thread = session.scalars(select(Thread).where(Thread.id == reports[0])).one()
        assert (thread.state, thread.disposition) == (TriageState.CLOSED, Disposition.ACTED)

    press(page, "Sign out")
    page.goto(f"/en/desk/{reports[0]}")
    assert heading(page) == "Team sign-in"


def test_the_desk_by_keyboard(volunteer: Window) -> None:
    page = volunteer.page
    links = page.locator("[data-row] a").all_inner_texts()
    page.keyboard.press("j")
    assert focused(page) == links[0]
    page.keyboard.press("j")
    assert focused(page) == links[1]
    page.keyboard.press("ArrowUp")
    assert focused(page) == links[0]
    page.keyboard.press("ArrowDown")
    page.keyboard.press("k")
    assert focused(page) == links[0]
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/desk/\d+$"))

    page.keyboard.press("r")
    answer = page.get_by_label("Answer to the person")
    expect(answer).to_be_focused()
    page.keyboard.type("jkr? gd")
    assert answer.input_value() == "jkr? gd"
    answer.evaluate("element => element.blur()")
    # What was typed would be lost: the browser asks first.
    page.once("dialog", lambda asked: asked.accept())
    page.keyboard.press("g")
    page.keyboard.press("d")
    page.wait_for_url(re.compile(r"/desk/$"))


def test_the_keys_can_be_switched_off(volunteer: Window) -> None:
    page = volunteer.page
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keys for this page")
    expect(dialog).to_be_visible()
    dialog.get_by_label("Use these keys in this tab").uncheck()
    dialog.get_by_role("button", name="Close").click()
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.closest('[data-row]')") is None
    page.reload()
    page.keyboard.press("?")
    expect(dialog).to_be_hidden()

    press(page, "Keys for this page")
    dialog.get_by_label("Use these keys in this tab").check()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.closest('[data-row]')") is not None


def listed_keys(page: Page) -> str:
    press(page, "Keys for this page")
    return page.get_by_role("dialog", name="Keys for this page").inner_text()


def test_only_keys_that_do_something_on_the_page_are_listed(
    visit: Visit, hire: Hire, work: Work, volunteer: Window, reports: tuple[int, int]
) -> None:
    with work() as session:
        make_meeting(session)
    page = volunteer.page
    said = listed_keys(page)
    assert ["Next or previous" in said, "Go to the desk" in said, "Write an answer" in said] == [True, True, False]
    page.goto(f"{page.url}{reports[0]}")
    said = listed_keys(page)
    assert ["Next or previous" in said, "Go to the desk" in said, "Write an answer" in said] == [False, True, True]
    organizer = visit("/en/team/meetings/", member=hire("organizer"), size=DESKTOP).page
    said = listed_keys(organizer)
    assert ["Next or previous" in said, "Go to the desk" in said, "Write an answer" in said] == [True, False, False]
    organizer.goto(f"{organizer.url}new")
    expect(organizer.get_by_role("heading", level=1)).to_be_visible()
    expect(organizer.get_by_role("button", name="Keys for this page")).to_be_hidden()


def test_two_at_one_report_lose_nothing(visit, hire, volunteer: Window, reports: tuple[int, int]) -> None:
    other = visit(f"/en/desk/{reports[0]}", member=hire("triage"), size=DESKTOP).page
    page = volunteer.page
    page.goto(f"/en/desk/{reports[0]}")
    page.get_by_label("Answer to the person").fill("From the first of us.")
    other.get_by_label("Answer to the person").fill("From the second of us.")
    other.get_by_label("And then").select_option("ask")
    press(page, "Send")
    press(other, "Send")
    assert "Somebody was here before you" in other.get_by_role("alert").inner_text()
    assert "From the first of us." in other.locator(".talk").inner_text()
    assert other.get_by_label("Answer to the person").input_value() == "From the second of us."
    assert other.get_by_label("And then").input_value() == "ask"
    press(other, "Send")
    talk = other.locator(".talk").inner_text()
    assert talk.index("From the first of us.") < talk.index("From the second of us.")
    expect(other.get_by_role("main")).to_contain_text("We asked for more")

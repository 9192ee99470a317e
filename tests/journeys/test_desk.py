"""Volunteers at the desk: through the door, by keyboard, and two of them at the same report."""

import re

import pyotp
from playwright.sync_api import Page, expect
from sqlalchemy import select

from portal.core.clock import now
from portal.reports.reports import Thread
from portal.reports.triage import Channel, Disposition, TriageState
from tests.conftest import Work
from tests.journeys.browsing import DESKTOP, PHONE, follow, give_password, heading, press
from tests.journeys.conftest import Hire, Visit
from tests.make import PASSWORD, TOTP_SECRET, make_report

BY_WEB = "A man sells from a blue cart near the school."
BY_TEXT = "They sell on the stairs of the old depot."
ANSWER = "Thank you. Somebody from the school goes there with us."


def make_reports(work: Work) -> tuple[int, int]:
    """One report by the web and one by text."""
    with work():
        by_text = make_report(BY_TEXT, channel=Channel.TEXT).thread
        by_text.texts_back = True
        return make_report(BY_WEB).thread.id, by_text.id


def at_desk(visit: Visit, hire: Hire, work: Work) -> Page:
    """What somebody at the desk with a keyboard sees, where two reports wait."""
    make_reports(work)
    return visit("/en/desk/", member=hire("triage"), size=DESKTOP).page


def focused(page: Page) -> str:
    return page.evaluate("document.activeElement.textContent.trim()")


def test_from_the_door_to_a_closed_report(visit: Visit, hire: Hire, work: Work) -> None:
    member, reports = hire("triage"), make_reports(work)
    page = visit("/en/", script=False, size=PHONE).page
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


def test_the_desk_by_keyboard(visit: Visit, hire: Hire, work: Work) -> None:
    page = at_desk(visit, hire, work)
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

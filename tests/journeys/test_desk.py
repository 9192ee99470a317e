"""A volunteer at the desk by keyboard."""

import re

from playwright.sync_api import Page, expect

from tests.conftest import Work
from tests.journeys.browsing import DESKTOP
from tests.journeys.conftest import Hire, Visit
from tests.make import make_report

BY_WEB = "A man sells from a blue cart near the school."
BY_TEXT = "They sell on the stairs of the old depot."


def at_desk(visit: Visit, hire: Hire, work: Work) -> Page:
    """What somebody at the desk with a keyboard sees, where two reports wait."""
    with work():
        for words in (BY_WEB, BY_TEXT):
            make_report(words)
    return visit("/en/desk/", member=hire("triage"), size=DESKTOP).page


def focused(page: Page) -> str:
    return page.evaluate("document.activeElement.textContent.trim()")


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


def test_one_key_ends_a_report_another_leads_back(visit: Visit, hire: Hire, work: Work) -> None:
    page = at_desk(visit, hire, work)
    heading, answer = page.get_by_role("heading", level=1), page.get_by_label("Answer to the person")

    def press(*keys: str, told: str) -> None:
        # The script that hears keys is there once all is loaded.
        page.wait_for_load_state()
        for key in keys:
            page.keyboard.press(key)
        expect(page.get_by_text(told)).to_be_visible()
        expect(heading).to_be_focused()

    press("j", "x", "j", "x", "e", told="2 reports are closed.")
    press("z", told="2 reports are open again.")
    press("j", "Enter", told="What was said")
    press("e", told="It is closed, and nobody is told.")
    page.wait_for_load_state()
    page.keyboard.press("5")
    expect(answer).to_be_focused()
    press("Control+Enter", told="Done.")

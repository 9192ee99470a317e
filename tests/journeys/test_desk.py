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


def test_one_key_ends_a_report_and_opens_the_next(visit: Visit, hire: Hire, work: Work) -> None:
    page = at_desk(visit, hire, work)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/desk/\d+$"))
    first = page.url
    page.keyboard.press("e")
    page.wait_for_url(lambda url: url != first)
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    expect(page.get_by_text("It is closed, and nobody is told.")).to_be_visible()
    second = page.url
    page.keyboard.press("5")
    expect(page.get_by_label("Answer to the person")).to_be_focused()
    page.keyboard.press("Control+Enter")
    page.wait_for_url(lambda url: url != second)
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    expect(page.get_by_text("Done.")).to_be_visible()


def test_several_are_chosen_and_ended_by_keyboard_and_opened_again(visit: Visit, hire: Hire, work: Work) -> None:
    page = at_desk(visit, hire, work)
    for _row in range(2):
        page.keyboard.press("j")
        page.keyboard.press("x")
    page.keyboard.press("e")
    expect(page.get_by_text("2 reports are closed.")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    page.keyboard.press("z")
    expect(page.get_by_text("2 reports are open again.")).to_be_visible()

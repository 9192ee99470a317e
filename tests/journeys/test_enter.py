"""Enter in a form with several buttons saves, in a real browser, with and without its scripts."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page
from sqlalchemy import select

from portal.accounts.users import Member
from portal.meetings.meeting import Meeting
from portal.news.posts import Post, PostState
from tests.conftest import Work
from tests.journeys.conftest import Hire, Visit
from tests.make import make_meeting

EITHER_WAY = pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
DAY = (date.today() + timedelta(days=24)).isoformat()
EVENING = datetime.combine(date.fromisoformat(DAY), time(19), ZoneInfo("America/New_York"))


def press_enter(page: Page, field: str) -> None:
    """As somebody does who has typed the last word."""
    page.locator(field).press("Enter")
    page.wait_for_load_state()


@EITHER_WAY
def test_a_meeting_is_kept_as_it_was_typed(visit: Visit, hire: Hire, work: Work, script: bool) -> None:
    organizer = hire("organizer")
    with work() as session:
        make_meeting(session, session.get_one(Member, organizer.id), starts_at=EVENING)
    page = visit("/en/team/meetings/new", script=script, member=organizer).page
    title = f"Enter {script}"
    page.locator("#held_on").fill(DAY)
    page.locator("#starts").fill("19:00")
    page.locator("#ends").fill("20:30")
    # It is not, so that free evenings are now on the page, each a button.
    page.get_by_role("button", name="Is this evening free?").click()
    page.locator("#evening .notice").wait_for()
    assert page.locator("#evening [value^='day:']").count()
    page.locator("#title_en").fill(title)
    press_enter(page, "#title_en")
    page.get_by_text("Saved as a draft.").wait_for()
    typed = [page.locator(field).input_value() for field in ("#title_en", "#held_on", "#starts")]
    assert typed == [title, DAY, "19:00"]
    with work() as session:
        assert [one.is_draft for one in session.scalars(select(Meeting)) if one.title.en == title] == [True]

    later = (date.fromisoformat(DAY) + timedelta(days=3)).isoformat()
    page.locator("#held_on").fill(later)
    press_enter(page, "#title_en")
    page.get_by_text("Saved as a draft.").wait_for()
    page.goto(page.url)
    assert page.locator("#held_on").input_value() == later


@EITHER_WAY
def test_a_post_stays_a_draft(visit: Visit, hire: Hire, work: Work, script: bool) -> None:
    page = visit("/es/team/news/new", script=script, member=hire("organizer", language="es")).page
    title = f"Aún no {script}"
    for lang in ("en", "es"):
        for name in ("summary", "body"):
            page.locator(f"#{name}_{lang}").fill(f"Words {lang}")
        page.locator(f"#title_{lang}").fill(title)
    press_enter(page, "#title_es")
    page.get_by_text("Se guardó como borrador.").wait_for()
    with work() as session:
        states = [one.state for one in session.scalars(select(Post)) if one.title.es == title]
    assert states == [PostState.DRAFT]


@EITHER_WAY
def test_nobody_meets_the_button_for_enter(visit: Visit, hire: Hire, script: bool) -> None:
    page = visit("/en/team/news/new", script=script, member=hire("organizer")).page
    names = page.get_by_role("main").get_by_role("button").all_inner_texts()
    assert names and all(names)
    box = page.locator("[data-enter]").bounding_box()
    assert box and box["width"] <= 1 and box["height"] <= 1
    page.locator("#title_en").focus()
    page.keyboard.press("Shift+Tab")
    assert page.evaluate("document.activeElement.hasAttribute('data-enter')") is False

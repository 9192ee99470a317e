"""What somebody finds before they scroll, and what is left of a page on paper."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page
from sqlalchemy import update

from portal.core.page_cache import renew_cache_version
from portal.meetings.meeting import Meeting
from tests.conftest import Work
from tests.journeys.browsing import DESKTOP, PHONE, turn_to
from tests.journeys.conftest import Visit
from tests.journeys.test_everyone import rows

__all__ = ("rows",)
LANGUAGES = pytest.mark.parametrize("lang", ["en", "es"])
STREET = "48 Chapel Street, Alder Falls"
PAPER = "/ /places/ /places/walnut-street/ /meetings/walnut-evening /promises/walnut-lamps /progress/ /who-runs-this/"
ONLY_ON_SCREEN = "nav, form, .button, .exit, .seek, .language, .tabs, .js-only, .pager"


def is_on_first_screen(found: Locator) -> bool:
    """Whether it stands in the window as a whole, unscrolled."""
    box = found.bounding_box()
    return bool(box) and box["y"] >= 0 and box["y"] + box["height"] <= PHONE["height"]


@LANGUAGES
def test_a_phone_shows_at_once_how_to_report_and_where_meetings_and_promises_are(
    visit: Visit, rows: dict[str, int], lang: str
) -> None:
    page = visit(f"/{lang}/", script=False).page
    assert is_on_first_screen(page.locator(f'main a.button[href="/{lang}/report/"]'))
    assert is_on_first_screen(page.locator(f'header a[href="/{lang}/meetings/"]'))
    page.goto(f"/{lang}/places/walnut-street/")
    assert is_on_first_screen(page.locator("main a.button").first)
    for part in ("meetings", "promises"):
        link = page.locator(f'main a[href="#{part}"]')
        assert is_on_first_screen(link), part
        link.click()
        assert is_on_first_screen(page.locator(f"#{part} h2")), part
        page.evaluate("scrollTo(0, 0)")


@LANGUAGES
def test_the_street_address_is_on_the_first_screen_of_a_meeting_and_in_lists(
    visit: Visit, work: Work, rows: dict[str, int], lang: str
) -> None:
    with work() as session:
        session.execute(update(Meeting).where(Meeting.slug == "walnut-evening").values(address=STREET))
        renew_cache_version()
    page = visit(f"/{lang}/meetings/walnut-evening", script=False).page
    assert is_on_first_screen(page.get_by_text(STREET).first)
    for path in ("meetings/", "places/walnut-street/"):
        page.goto(f"/{lang}/{path}")
        turn_to(page, STREET)
        assert page.locator(".card").filter(has_text=STREET).count(), path


def visible(page: Page, selector: str) -> list[str]:
    found: list[str] = page.locator(selector).evaluate_all(
        "all => all.filter(one => one.checkVisibility()).map(one => one.outerHTML.slice(0, 80))"
    )
    return found


@LANGUAGES
def test_on_paper_nothing_is_left_that_only_a_screen_can_do(visit: Visit, rows: dict[str, int], lang: str) -> None:
    page = visit(f"/{lang}/", size=DESKTOP).page
    page.emulate_media(media="print")
    for path in PAPER.split():
        page.goto(f"/{lang}{path}")
        assert visible(page, ONLY_ON_SCREEN) == [], path
        folded = page.locator("details > :not(summary)")
        assert all(folded.nth(at).is_visible() for at in range(folded.count())), path
        # Browsers print no backgrounds: a number or a word in white would be gone.
        pale = page.locator("main .badge, main .map-badge").evaluate_all(
            "all => all.map(one => getComputedStyle(one).color).filter(color => color !== 'rgb(0, 0, 0)')"
        )
        assert pale == [], path

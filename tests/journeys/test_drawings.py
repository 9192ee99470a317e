"""A page of progress in a real browser: nothing on it moves when its drawings come, however late."""

from __future__ import annotations

from urllib.request import urlopen

import pytest
from playwright.sync_api import Page, Route, ViewportSize

from portal.core.web import Portal
from portal.indicators.charts import draw_latest
from tests.journeys.browsing import DESKTOP, PHONE
from tests.journeys.conftest import Visit
from tests.journeys.test_everyone import rows
from tests.journeys.town import Town
from tests.patience import wait_for

__all__ = ("rows",)
PATH = "/{}/places/walnut-street/progress/"
TOPS = "() => [...document.querySelectorAll('main section, footer')].map(one => one.getBoundingClientRect().top)"


def positions(page: Page) -> list[float]:
    found: list[float] = page.evaluate(TOPS)
    return found


@pytest.mark.parametrize("lang", ["en", "es"])
def test_on_paper_the_numbers_lie_open(visit: Visit, rows: dict[str, int], lang: str) -> None:
    page = visit(PATH.format(lang), size=DESKTOP).page
    numbers = page.locator(".folds details table")
    assert numbers.count() and not numbers.first.is_visible()
    page.emulate_media(media="print")
    assert all(numbers.nth(at).is_visible() for at in range(numbers.count()))


@pytest.mark.parametrize(("lang", "size"), [("en", DESKTOP), ("es", PHONE)])
def test_nothing_moves_when_the_drawings_come(
    visit: Visit, town: Town, app: Portal, rows: dict[str, int], lang: str, size: ViewportSize
) -> None:
    with app.app_context():
        draw_latest()
    path = PATH.format(lang)
    wait_for(lambda: b"-wide.svg" in urlopen(f"{town.url}{path}").read())
    page, held = visit(f"/{lang}/", size=size).page, []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/*-narrow.svg", hold)
    page.route("**/*-wide.svg", hold)
    page.goto(path)
    drawn = page.locator("figure img").count()
    while len(held) < drawn:
        page.wait_for_timeout(20)
    before = positions(page)
    for route in held:
        route.continue_()
    page.wait_for_function("() => [...document.images].every(one => one.complete && one.naturalWidth)")
    assert drawn
    assert positions(page) == before
    page.unroute_all()

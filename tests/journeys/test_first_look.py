"""What somebody finds before they scroll, and what is left of a page on paper."""

from datetime import date, datetime, time, timedelta
from urllib.request import urlopen
from zoneinfo import ZoneInfo

from playwright.sync_api import Locator, Page, Route
from sqlalchemy import select

from portal.accounts.users import Member
from portal.core.web import Portal
from portal.indicators.charts import draw_latest
from portal.meetings.meeting import Meeting
from tests.conftest import Work
from tests.journeys.browsing import DESKTOP, PHONE
from tests.journeys.conftest import IN_CITY, Hire, Visit
from tests.journeys.town import Town
from tests.make import make_meeting
from tests.patience import wait_for
from tests.wall.city import City

PAPER = "/ /places/ /places/elm-street/ /meetings/porch-evening /promises/umber-pledge /progress/ /who-runs-this/"
ONLY_ON_SCREEN = "nav, form, .button, .exit, .seek, .language, .tabs, .js-only, .pager"


def is_on_first_screen(found: Locator) -> bool:
    """Whether it stands in the window as a whole, unscrolled."""
    box = found.bounding_box()
    return bool(box) and box["y"] >= 0 and box["y"] + box["height"] <= PHONE["height"]


@IN_CITY
def test_a_phone_shows_at_once_how_to_report(city: City, visit: Visit) -> None:
    page = visit("/es/", script=False).page
    assert is_on_first_screen(page.locator('main a.button[href="/es/report/"]'))
    assert is_on_first_screen(page.locator('header a[href="/es/meetings/"]'))
    page.goto("/es/places/elm-street/")
    assert is_on_first_screen(page.locator("main a.button").first)


def visible(page: Page, selector: str) -> list[str]:
    found: list[str] = page.locator(selector).evaluate_all(
        "all => all.filter(one => one.checkVisibility()).map(one => one.outerHTML.slice(0, 80))"
    )
    return found


@IN_CITY
def test_on_paper_nothing_only_for_screens_is_left(city: City, visit: Visit) -> None:
    page = visit("/es/", size=DESKTOP).page
    page.emulate_media(media="print")
    for path in PAPER.split():
        page.goto(f"/es{path}")
        assert visible(page, ONLY_ON_SCREEN) == [], path
        folded = page.locator("details > :not(summary)")
        assert all(folded.nth(at).is_visible() for at in range(folded.count())), path
        # Browsers print no backgrounds: a number or a word in white would be gone.
        pale = page.locator("main .badge, main .map-badge").evaluate_all(
            "all => all.map(one => getComputedStyle(one).color).filter(color => color !== 'rgb(0, 0, 0)')"
        )
        assert pale == [], path


# --- A page of progress in a real browser: nothing on it moves when its drawings come, however late ---


PATH = "/{}/places/elm-street/progress/"
TOPS = "() => [...document.querySelectorAll('main section, footer')].map(one => one.getBoundingClientRect().top)"


def positions(page: Page) -> list[float]:
    found: list[float] = page.evaluate(TOPS)
    return found


@IN_CITY
def test_nothing_moves_when_the_drawings_come(city: City, visit: Visit, town: Town, app: Portal) -> None:
    with app.app_context():
        draw_latest()
    path = PATH.format("es")
    wait_for(lambda: b"-wide.svg" in urlopen(f"{town.url}{path}").read())
    page, held = visit("/es/", size=PHONE).page, []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/*-narrow.svg", hold)
    page.route("**/*-wide.svg", hold)
    page.goto(path, wait_until="domcontentloaded")
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


# --- Enter in a form with several buttons saves ---


DAY = (date.today() + timedelta(days=24)).isoformat()
EVENING = datetime.combine(date.fromisoformat(DAY), time(19), ZoneInfo("America/New_York"))


def press_enter(page: Page, field: str) -> None:
    """As somebody does who has typed the last word."""
    page.locator(field).press("Enter")
    page.wait_for_load_state()


def test_a_meeting_is_kept_as_it_was_typed(visit: Visit, hire: Hire, work: Work) -> None:
    organizer = hire("organizer")
    with work() as session:
        make_meeting(session, session.get_one(Member, organizer.id), starts_at=EVENING)
    page = visit("/en/team/meetings/new", member=organizer).page
    title = "Enter keeps it"
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
    # The page before says "Saved" too.
    with page.expect_navigation():
        press_enter(page, "#title_en")
    page.get_by_text("Saved as a draft.").wait_for()
    page.goto(page.url)
    assert page.locator("#held_on").input_value() == later


def test_nobody_meets_the_button_for_enter(visit: Visit, hire: Hire) -> None:
    page = visit("/en/team/news/new", member=hire("organizer")).page
    names = page.get_by_role("main").get_by_role("button").all_inner_texts()
    assert names and all(names)
    box = page.locator("[data-enter]").bounding_box()
    assert box and box["width"] <= 1 and box["height"] <= 1
    page.locator("#title_en").focus()
    page.keyboard.press("Shift+Tab")
    assert page.evaluate("document.activeElement.hasAttribute('data-enter')") is False

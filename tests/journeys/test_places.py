"""A place from its first day to the hour in which a resident finds it; until then it is nowhere."""

import re
import time

import requests
from playwright.sync_api import Page, expect
from sqlalchemy import select

from portal.accounts.users import Member
from portal.core.clock import now
from portal.core.page_cache import LOOK_SECONDS
from portal.core.web import Portal
from portal.markets.gate import announce_releases
from portal.markets.places import Market
from portal.news.posts import draft_post, publish_post
from tests.conftest import Work
from tests.journeys.browsing import DESKTOP, PHONE, follow, heading, press
from tests.journeys.conftest import Hire, Visit
from tests.journeys.town import Town
from tests.make import PASSWORD, both, make_meeting
from tests.patience import HANGS

NAME = {"en": "Wisteria Bend", "es": "Recodo de las Glicinas"}
MEETING = {"en": "Soup in the yard", "es": "Sopa en el patio"}
POST = {"en": "The benches are painted", "es": "Pintaron las bancas"}
SECRET = re.compile("wisteria|glicinas|soup in the yard|sopa en el patio|benches are painted|pintaron", re.IGNORECASE)
BOTH = ("en", "es")
PAGES = ("", "places/", "meetings/", "meetings/past/", "meetings.ics", "news/", "news.atom", "report/", "how-it-works/")


def is_nowhere(town: Town, slug: str) -> bool:
    """Whether no public page tells of it, and its address is one of nothing."""
    time.sleep(LOOK_SECONDS)
    texts = [requests.get(f"{town.url}/{lang}/{path}", timeout=HANGS).text for lang in BOTH for path in PAGES]
    told = [(ask(town, f"/{lang}/places/{slug}/"), ask(town, f"/{lang}/places/{slug[::-1]}/")) for lang in BOTH]
    return not any(SECRET.search(text) for text in texts) and all(ours == never for ours, never in told)


def ask(town: Town, path: str) -> tuple[int, dict[str, str], bytes]:
    answer = requests.get(town.url + path, timeout=HANGS)
    headers = {name: value for name, value in answer.headers.items() if name.lower() != "date"}
    return answer.status_code, headers, answer.content


def choose(page: Page, label: str, name: str) -> None:
    """Choose the option that says this, perhaps among other words."""
    field = page.get_by_label(label)
    value = field.locator("option").filter(has_text=name).first.get_attribute("value")
    assert value
    field.select_option(value)


def begin(page: Page, *admitted: str) -> None:
    """The lead begins the place and admits the others."""
    follow(page, "Begin a place")
    for lang in BOTH:
        page.locator(f"#name_{lang}").fill(NAME[lang])
        page.locator(f"#about_{lang}").fill(f"Walk {lang}")
    press(page, "Begin the place")
    for name in admitted:
        choose(page, "Who may know of this place too", name)
        press(page, "Admit")
        page.get_by_role("listitem").filter(has_text=name).wait_for()


def test_two_people_release_a_place(visit: Visit, hire: Hire, town: Town, work: Work, app: Portal) -> None:
    lead = visit("/en/team/places/", size=DESKTOP, member=hire("community_lead", name="Lena Lead")).page
    organizer = hire("organizer", name="Olga Organizer", language="es")
    liaison = hire("police_liaison", name="Leo Liaison", language="es")
    begin(lead, organizer.name, liaison.name)
    with work() as session:
        market_id = next(one.id for one in session.scalars(select(Market)) if one.name.en == NAME["en"])

    with work() as session:
        words = both(MEETING["en"], MEETING["es"])
        make_meeting(session, session.get_one(Member, organizer.id), title=words, market_id=market_id)
        texts = dict.fromkeys(("title", "summary", "body"), both(POST["en"], POST["es"]))
        publish_post(draft_post({**texts, "market_id": market_id}, organizer.id), organizer.id)
    stranger = visit(f"/es/team/places/{market_id}/", member=hire("community_lead", language="es")).page
    assert NAME["es"] not in stranger.content()

    lead.goto(f"/en/team/places/{market_id}/")
    lead.locator("#reason").fill("The families have been told.")
    lead.locator("#password").fill(PASSWORD)
    press(lead, "Turn my key")
    lead.get_by_text("One of two keys is turned.").wait_for()

    officer = visit(f"/es/team/places/{market_id}/", member=liaison).page
    expect(officer.get_by_text("The families have been told.")).to_be_visible()
    officer.locator("#reason").fill("Estamos listos.")
    officer.locator("#early").check()
    officer.locator("#password").fill(PASSWORD)
    press(officer, "Girar mi llave")
    officer.locator("#gate").get_by_text("Las dos llaves están giradas.").wait_for()
    with work() as session:
        assert is_nowhere(town, session.get_one(Market, market_id).slug)

    # The hour of the release comes.
    with work() as session:
        found = session.get(Market, market_id)
        assert found
        assert found.released_at
        assert now() < found.released_at
        found.released_at = now()
    with app.app_context():
        announce_releases()
    time.sleep(LOOK_SECONDS)

    resident = visit("/es/", script=False, size=PHONE)
    resident.page.get_by_role("navigation", name="Principal").get_by_role("link", name="Lugares").click()
    follow(resident.page, NAME["es"])
    assert heading(resident.page) == NAME["es"]
    for text in ("Walk es", MEETING["es"], POST["es"]):
        expect(resident.page.get_by_role("main").get_by_text(text).first).to_be_visible()
    assert resident.page.evaluate("document.scrollingElement.scrollWidth") <= PHONE["width"]
    follow(resident.page, "English")
    assert heading(resident.page) == NAME["en"]
    resident.expect_no_cookie()


def test_on_paper_nothing_is_wasted(visit: Visit) -> None:
    page = visit("/es/how-it-works/").page
    assert len(re.findall(rb"/Type\s*/Page\b", page.pdf(format="Letter"))) <= 2
    page.emulate_media(media="print")
    expect(page.locator("main a.button").last).to_be_hidden()
    expect(page.locator("footer")).to_contain_text("911")

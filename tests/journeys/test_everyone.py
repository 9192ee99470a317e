"""Everybody can read it: axe finds nothing on any page, in light and dark, and nothing leaves a narrow window."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, ViewportSize, expect
from sqlalchemy import select

from portal.accounts.models import Member
from portal.core.clock import now
from portal.core.web import Portal
from portal.markets.models import Market
from portal.meetings.models import Meeting
from portal.meetings.report_back.queries import published_versions
from portal.news.library.models import Guide
from portal.news.models import Post
from portal.reports.rules.triage import Channel
from tests.conftest import Work
from tests.journeys.browsing import DESKTOP, PHONE
from tests.journeys.conftest import Hire, Visit
from tests.make import PASSWORD, make_guide, make_market, make_meeting, make_post, make_report, make_report_back

NARROW: ViewportSize = {"width": 320, "height": 640}
PUBLIC = """
    / /places/ /places/walnut-street/ /meetings/ /meetings/past/
    /meetings/month/{month}/ /meetings/walnut-evening /meetings/walnut-past /news/ /news/walnut-news
    /guides/ /guides/evidence/ /guides/read/walnut-guide /how-it-works/ /other-cities/ /who-can-see/ /sms
    /report/ /report/follow /sign-in /invitation/made-up /nowhere/
    /demo/ /demo/codes /demo/phone/4 /styleguide/
""".split()
TEAM = """
    /desk/ /desk/?view=closed /desk/{web} /desk/{text} /colleagues/ /account/ /account/password /account/codes
    /second-step/set-up /second-step/set-up/app /second-step/set-up/passkey
    /team/meetings/ /team/meetings/new /team/meetings/{meeting} /team/meetings/{meeting}/cancel
    /team/meetings/{past}/report-back/ /team/meetings/{past}/report-back/heads
    /team/news/ /team/news/new /team/news/{post} /team/guides/ /team/guides/new /team/guides/{guide}
""".split()
ADMINISTRATION = "/people/ /people/invite /people/{member} /audit/".split()
ELSEWHERE = """
    home.choose home.robots health.no_icon health.check demo_phone.first news.feed
    meetings.calendar meetings.entry meetings.place_calendar desk.show_picture
    second_step.ask second_step.give_code second_step.give_passkey
    desks.new_phrase desks.use_phrase people.give_roles people.reset people.remove
""".split()
"""No pages, or asked for by the journeys that lead there."""
THIS_MONTH = f"{date.today():%Y-%m}"
COLOURS_ONLY = {"resultTypes": ["violations"], "runOnly": ["color-contrast"]}
LONG = f"See https://example.org/{'a' * 90} and what goes on there every night. " * 3
AXE = Axe()


def problems(page: Page) -> list[str]:
    """Everything that is wrong with the page on show, at every width and in light and dark."""
    found = []
    for size in (PHONE, DESKTOP):
        page.set_viewport_size(size)
        for scheme, options in (("light", {"resultTypes": ["violations"]}), ("dark", COLOURS_ONLY)):
            page.emulate_media(color_scheme=scheme)
            found += [f"{size['width']} {scheme}: {problem}" for problem in _violations(page, options)]
    page.set_viewport_size(NARROW)
    width = page.evaluate("document.scrollingElement.scrollWidth")
    if width > NARROW["width"]:
        found.append(f"{width} pixels wide in a window of {NARROW['width']}")
    return [f"{page.url}: {problem}" for problem in found]


def _violations(page: Page, options: dict[str, Any]) -> list[str]:
    results = AXE.run(page, options=options).response["violations"]
    return [f"{one['id']} {[node['target'] for node in one['nodes']]}" for one in results]


def problems_of(page: Page, lang: str, paths: list[str]) -> list[str]:
    found: list[str] = []
    for path in paths:
        page.goto(f"/{lang}{path}".replace("{month}", THIS_MONTH))
        found += problems(page)
    return found


@pytest.fixture
def rows(work: Work, hire: Hire) -> dict[str, int]:
    """Something to see on every page, by what it is called in the addresses above."""
    author = hire("organizer")
    with work() as session:
        market = session.scalar(select(Market).where(Market.slug == "walnut-street"))
        market = market or make_market(session, "Walnut Street")
        meeting = session.scalar(select(Meeting).where(Meeting.slug == "walnut-evening"))
        meeting = meeting or make_meeting(session, author, slug="walnut-evening", market_id=market.id)
        past = session.scalar(select(Meeting).where(Meeting.slug == "walnut-past"))
        past = past or make_meeting(session, author, slug="walnut-past", starts_at=now() - timedelta(days=20))
        if not published_versions(past.id):
            make_report_back(session, past)
        post = session.scalar(select(Post).where(Post.slug == "walnut-news"))
        post = post or make_post(session, author, slug="walnut-news", market_id=market.id)
        guide = session.scalar(select(Guide).where(Guide.slug == "walnut-guide"))
        guide = guide or make_guide(session, "evidence", slug="walnut-guide", author_id=author.id)
        web, text = (make_report(LONG, channel=channel).thread for channel in (Channel.WEB, Channel.TEXT))
        made = {
            "meeting": meeting,
            "past": past,
            "post": post,
            "guide": guide,
            "member": author,
            "web": web,
            "text": text,
        }
        return {name: row.id for name, row in made.items()}


def test_no_page_is_left_out(app: Portal) -> None:
    rows = dict.fromkeys(("web", "text", "meeting", "past", "post", "guide", "member"), 1) | {"month": THIS_MONTH}
    paths = [f"/en{path}".format(**rows).partition("?")[0] for path in (*PUBLIC, *TEAM, *ADMINISTRATION)]
    known = app.url_map.bind("localhost")
    looked_at = {known.match(path)[0] for path in paths if path != "/en/nowhere/"}
    pages = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    assert pages - looked_at == set(ELSEWHERE)


def test_axe_sees_what_is_wrong(browser: Browser) -> None:
    page = browser.new_page()
    page.set_content("<h1>x</h1><input><p style='color:#ddd; background:#fff'>Pale words</p><p style='width:400px'>x")
    found = " ".join(problems(page))
    page.close()
    for word in ("light: color-contrast", "dark: color-contrast", "label", "html-has-lang", "408 pixels"):
        assert word in found


@pytest.mark.parametrize("lang", ["en", "es"])
def test_public_pages(visit: Visit, rows: dict[str, int], lang: str) -> None:
    assert problems_of(visit(f"/{lang}/").page, lang, PUBLIC) == []


@pytest.mark.parametrize("lang", ["en", "es"])
def test_pages_of_the_team(visit: Visit, hire: Hire, rows: dict[str, int], lang: str) -> None:
    member = hire("triage", "organizer", language=lang)
    paths = [path.format(**rows) for path in TEAM]
    assert problems_of(visit(f"/{lang}/account/", member=member).page, lang, paths) == []


@pytest.mark.parametrize("lang", ["en", "es"])
def test_pages_of_the_administration(visit: Visit, hire: Hire, rows: dict[str, int], lang: str) -> None:
    member = hire("administrator", language=lang)
    paths = [path.format(**rows) for path in ADMINISTRATION]
    assert problems_of(visit(f"/{lang}/account/", member=member).page, lang, paths) == []


@pytest.mark.parametrize("lang", ["en", "es"])
def test_pages_on_the_way_of_a_resident(visit: Visit, lang: str) -> None:
    page = visit(f"/{lang}/report/").page
    found = []

    def send() -> None:
        page.locator("main form [type=submit]").first.click()
        expect(page.locator("[aria-busy]")).to_have_count(0)
        found.extend(problems(page))

    send()
    page.locator("#what").fill("Call 336-555-0142, they sell again. Somebody is not breathing.")
    page.locator("[name=category]").first.check()
    page.locator("#market").select_option("elsewhere")
    send()
    page.locator("#sure").check()
    send()
    code = " ".join(page.locator("#code-words li").all_inner_texts())
    page.locator("#code").fill("house one two")
    send()
    page.goto(f"/{lang}/report/follow")
    page.locator("#code").fill(code)
    send()
    send()
    assert found == []


@pytest.mark.parametrize("lang", ["en", "es"])
def test_pages_at_the_door(visit: Visit, hire: Hire, lang: str) -> None:
    member: Member = hire("organizer", language=lang)
    page = visit(f"/{lang}/sign-in").page
    page.locator("#email").fill(member.email)
    page.locator("#password").fill("wrong")
    page.locator("main form [type=submit]").first.click()
    found = problems(page)
    page.locator("#password").fill(PASSWORD)
    page.locator("main form [type=submit]").first.click()
    page.wait_for_url("**/second-step/**")
    assert [*found, *problems(page)] == []

"""Every page in a real browser, looked over by axe: WCAG 2.2 AA, in both languages, by day and by night, on a phone."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page
from werkzeug.serving import make_server

from portal.accounts.rules.roles import Role
from portal.core.web import Portal
from tests.conftest import Work
from tests.house.test_access import MACHINES, PUBLIC, WHO
from tests.house.test_pages import address, put_up
from tests.journeys.browsing import PHONE
from tests.make import make_desk, make_market, make_member, make_report, sign_in

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
LOOKS = [("en", "light"), ("es", "dark")]
NOT_A_PAGE = {"home.choose", "home.robots", "meetings.calendar", "meetings.entry", "news.feed"}


@pytest.fixture
def served(app: Portal) -> Iterator[str]:
    """The address of the app under test, over real HTTP."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def looked_over(page: Page, url: str) -> list[str]:
    page.goto(url)
    page.locator("h1").first.wait_for()
    found = Axe().run(page, options={"resultTypes": ["violations"], **RULES}).response["violations"]
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    problems = [f"{url}: {one['id']}: {one['nodes'][0]['html'][:200]}" for one in found]
    return [*problems, *([f"{url}: {wide} pixels too wide for a phone"] if wide > 0 else [])]


def test_axe_sees_what_is_wrong(browser: Browser, served: str) -> None:
    page = browser.new_page()
    page.route(
        "**/*", lambda route: route.fulfill(body="<h1>x</h1><input><p style='color:#ddd'>x", content_type="text/html")
    )
    found = " ".join(looked_over(page, served + "/en/"))
    page.close()
    assert all(rule in found for rule in ("label", "color-contrast", "html-has-lang"))


@pytest.mark.parametrize(("lang", "scheme"), LOOKS)
def test_public_pages(app: Portal, work: Work, browser: Browser, served: str, lang: str, scheme) -> None:
    put_up(work)
    page = browser.new_page(viewport=PHONE, color_scheme=scheme)
    problems = [
        problem
        for rule in app.url_map.iter_rules()
        if WHO[rule.endpoint] == PUBLIC and "GET" in (rule.methods or ()) and rule.endpoint not in NOT_A_PAGE
        for problem in looked_over(page, served + address(rule, lang))
    ]
    page.close()
    assert problems == []


def bring_in(page: Page, client: FlaskClient, served: str) -> None:
    """Give the browser the cookie of somebody who is signed in."""
    cookie = client.get_cookie("portal")
    assert cookie
    page.context.add_cookies([{"name": "portal", "value": cookie.value, "url": served}])


@pytest.mark.parametrize(("lang", "scheme"), LOOKS)
def test_pages_of_the_team(
    app: Portal, client: FlaskClient, work: Work, browser: Browser, served: str, lang: str, scheme
) -> None:
    with work() as session:
        member = make_member(session, Role)
        make_desk(session, [member])
        market = make_market(session)
        filed = make_report(market_id=market.id)
        session.flush()
        thread_id = filed.thread.id
    sign_in(client, member)
    page = browser.new_page(viewport=PHONE, color_scheme=scheme)
    bring_in(page, client, served)
    urls = [f"/{lang}/desk/{thread_id}", f"/{lang}/people/{member.id}"]
    urls += [
        rule.rule.replace("<lang:lang>", lang)
        for rule in app.url_map.iter_rules()
        if WHO[rule.endpoint] not in (PUBLIC, MACHINES)
        and "GET" in (rule.methods or ())
        and rule.arguments <= {"lang"}
        and rule.endpoint not in NOT_A_PAGE
    ]
    problems = [problem for url in urls for problem in looked_over(page, served + url)]
    page.close()
    assert problems == []
    assert len(urls) > 8

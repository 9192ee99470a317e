"""Everybody can read it: axe finds nothing on any page, in light and dark, and nothing leaves a narrow window."""

import pytest
from playwright.sync_api import Browser, Page, expect
from werkzeug.routing import Rule

from portal.accounts.users import Member
from portal.core.web import Portal
from tests.house.test_surfaces import PUBLIC
from tests.journeys.axe import problems
from tests.journeys.browsing import give_password
from tests.journeys.conftest import IN_CITY, Hire, Visit
from tests.make import PASSWORD
from tests.page import SAME_ORIGIN
from tests.wall.city import City
from tests.wall.table import WALL
from tests.wall.walk import Walker, addresses, asked, lets_in, who_opens

ELSEWHERE = """
    home.choose health.no_icon metrics.show meetings_short.short meetings_short.short_in
    follow.confirm follow.mine follow.leave alerts_leave.leave meetings_rsvp.mine meetings_remind.ask sign_in.accept
    when.by_link own_part.by_link own_part_inside.show
    progress.picture studies.plan_text demo_phone.first demo_phone.screen
    meetings_paper.sheet meetings_door.count
    desk.search desk.show_file desk.cover saved_answers.edit
    figures_import.undo figures_incidents.columns
    second_step.ask second_step.give_code second_step.give_passkey account.unlock
    desks.ask_anew desks.answer_anew people.give_roles people.reset
""".split()
"""No pages, or asked for by the journeys that lead there."""
ALSO = {
    "public": "/search/?q=elm /search/?q=zzzz /nowhere/ /invitation/made-up /promises/due/ /demo/phone/4".split(),
    "outside: administrator": [
        f"/team/settings/{name}/" for name in "name notes telephone exit days-off figures limits".split()
    ],
    "outside: triage": ["/desk/?view=closed"],
}
"""Pages that look otherwise with other rows on them; as does the one of a hidden place."""
CIRCLES = "signed in"


def pages_of(app: Portal, city: City) -> dict[str, dict[str, str]]:
    """By person, the pages that nobody before them was shown, each once: the address by the endpoint."""
    rules = (rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ()))
    left = {rule.endpoint: rule for rule in rules if rule.endpoint not in ELSEWHERE}
    found: dict[str, dict[str, str]] = {}
    for who in (*WALL, "witness"):
        walker = Walker(app, city, who)
        mine = [rule for rule in asked(app, "GET", who) if rule.endpoint in left and lets_in(rule, who)]
        shown = {rule.endpoint: page for rule in mine if (page := first_shown(walker, rule)) is not None}
        left = {endpoint: rule for endpoint, rule in left.items() if endpoint not in shown}
        found[who] = {endpoint: page for endpoint, page in shown.items() if page}
    assert left == {}
    return found


def first_shown(walker: Walker, rule: Rule) -> str | None:
    """The first address of a rule that shows them something; "" if that is no page."""
    for address in addresses(rule, walker.holes):
        answer = walker.client.get(address, headers=SAME_ORIGIN)
        if answer.status_code == 200:
            return address.removeprefix("/en") if answer.mimetype == "text/html" else ""
    return None


_pages: dict[int, dict[str, dict[str, str]]] = {}


@IN_CITY
@pytest.mark.parametrize("room", [PUBLIC, CIRCLES, "rooms of roles"])
def test_every_page(app: Portal, city: City, visit: Visit, room: str) -> None:
    if id(city) not in _pages:
        _pages[id(city)] = pages_of(app, city)
    found = []
    for who, pages in _pages[id(city)].items():
        also = ALSO.get(who, []) if (room == PUBLIC) == (who == PUBLIC) and room != CIRCLES else []
        paths = [page for endpoint, page in pages.items() if room_of(endpoint) == room] + also
        if paths:
            found += problems_of(visit("/es/how-it-works/", member=city.people.get(who)).page, paths)
    assert found == []


def room_of(endpoint: str) -> str:
    return room if (room := who_opens(endpoint)) in (PUBLIC, CIRCLES) else "rooms of roles"


def problems_of(page: Page, paths: list[str]) -> list[str]:
    found: list[str] = []
    for path in paths:
        page.goto(f"/es{path}")
        found += problems(page)
    return found


def test_axe_sees_what_is_wrong(browser: Browser) -> None:
    page = browser.new_page()
    page.set_content("<h1>x</h1><input><p style='color:#ddd; background:#fff'>Pale words</p><p style='width:400px'>x")
    found = " ".join(problems(page))
    page.close()
    for word in ("light: color-contrast", "dark: color-contrast", "label", "html-has-lang", "408 pixels"):
        assert word in found


@pytest.mark.parametrize(
    "look", ["p { color: #ddd }", "main { background: #222 }", "p::before { content: '' } p { color: #aaa }"]
)
def test_what_was_measured_before_hides_nothing_that_looks_otherwise(browser: Browser, look: str) -> None:
    page = browser.new_page()
    for style, found in (("", False), (look, True), (look, True)):
        page.set_content(f"<style>{style}</style><main><h1>A title</h1><p>Dark words</p></main>")
        assert any("color-contrast" in problem for problem in problems(page)) == found
    page.close()


def test_pages_on_the_way_of_a_resident(visit: Visit) -> None:
    page = visit("/es/report/").page
    found = []

    def send() -> None:
        page.locator("main form .button:not(.link)[type=submit]").first.click()
        expect(page.locator("[aria-busy]")).to_have_count(0)
        found.extend(problems(page))

    send()
    page.locator("#what").fill("Call 336-555-0142, they sell again. Somebody is not breathing.")
    page.locator("[name=category]").first.check()
    page.locator("#market").select_option("_elsewhere")
    send()
    page.locator("#sure").check()
    send()
    code = " ".join(page.locator("#code-words li").all_inner_texts())
    page.locator("#code").fill("house one two")
    send()
    page.goto("/es/report/follow")
    page.locator("#code").fill(code)
    send()
    send()
    assert found == []


def test_pages_at_the_door(visit: Visit, hire: Hire) -> None:
    member: Member = hire("organizer", language="es")
    page = visit("/es/sign-in").page
    found = problems(page)
    way = "Con correo y contraseña"
    give_password(page, member.email, "wrong", way)
    found += problems(page)
    give_password(page, member.email, PASSWORD, way)
    page.wait_for_url("**/second-step/**")
    assert [*found, *problems(page)] == []

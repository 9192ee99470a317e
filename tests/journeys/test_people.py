"""How somebody becomes part of the team, with a passkey, and how they leave it again."""

import pyotp
from playwright.sync_api import Page, expect

from portal.core.clock import now
from tests.conftest import Work
from tests.journeys.browsing import DESKTOP, Window, follow, give_passkeys, give_password, heading, press
from tests.journeys.conftest import Hire, Visit
from tests.journeys.town import Town
from tests.make import make_report

PASSWORD = "violin harbor under nine maples"
OLD = "It began before anybody new came to the desk."
NEW = "It goes on after somebody left the desk."


def accept(window: Window, name: str) -> None:
    """Take an invitation up to the choice of the second factor."""
    page = window.page
    page.get_by_label("Your name, as colleagues see it").fill(name)
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_label("The same password again").fill(PASSWORD)
    press(page, "Go on")
    assert heading(page) == "Choose your second step"


def make_passkey(window: Window) -> list[str]:
    """Set a passkey up; returns the recovery codes."""
    page = window.page
    follow(page, "Set up a passkey")
    page.get_by_label("A name for this passkey").fill("My phone")
    press(page, "Make a passkey")
    expect(page.locator("h1")).to_have_text("Recovery codes")
    press(page, "Show me my codes")
    codes = page.locator("#recovery-codes li").all_inner_texts()
    follow(page, "I have them. Go on")
    return codes


def set_up_app(window: Window) -> str:
    """Set an authenticator app up; returns its secret."""
    page = window.page
    follow(page, "Set up an app")
    secret = page.locator("main code").first.inner_text().replace(" ", "")
    page.get_by_role("textbox", name="Code").fill(pyotp.TOTP(secret).at(now()))
    press(page, "Go on")
    assert heading(page) == "Recovery codes"
    return secret


def invite_volunteer(page: Page, email: str, name: str) -> str:
    """Invite somebody to the desk; returns the link."""
    page.goto("/en/people/")
    follow(page, "Invite somebody")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("English").check()
    page.get_by_label("Triage: reads reports").check()
    press(page, "Make the link")
    return page.locator("#link").inner_text()


def test_from_the_first_administrator_to_a_volunteer_who_leaves(
    visit: Visit, hire: Hire, work: Work, town: Town
) -> None:
    with work():
        old = make_report(OLD).thread.id

    link = town.flask("user", "invite", "dana@portal.test", "--role", "administrator", "--name", "Dana")
    assert link.startswith(f"{town.url}/en/invitation/")
    hers = visit(link, script=False, size=DESKTOP)
    accept(hers, "Dana Park")
    set_up_app(hers)

    dana = hers.page
    link = invite_volunteer(dana, "vic@portal.test", "Vic Lund")

    his = visit(link)
    give_passkeys(his)
    accept(his, "Vic Lund")
    codes = make_passkey(his)
    assert len(codes) == len(set(codes)) == 10
    vic = his.page
    vic.goto("/en/desk/")
    assert "You cannot open this desk yet" in vic.get_by_role("main").inner_text()
    vic.goto(f"/en/desk/{old}")
    assert OLD not in vic.content()

    colleague = visit("/en/colleagues/", member=hire("triage"), size=DESKTOP).page
    press(colleague, "Admit Vic Lund")
    vic.reload()
    assert OLD in vic.locator(".talk").inner_text()

    # He comes back another day, with his passkey; the link works no second time.
    press(vic, "Sign out")
    give_password(vic, "vic@portal.test", PASSWORD)
    press(vic, "Use my passkey")
    expect(vic.locator("h1")).to_have_text("Today")
    assert visit(link).page.get_by_label("New password").count() == 0

    dana.goto("/en/people/")
    follow(dana, "Vic Lund")
    follow(dana, "Remove Vic Lund")
    press(dana, "Remove Vic Lund")
    vic.goto(f"/en/desk/{old}")
    assert heading(vic) == "Team sign-in"
    give_password(vic, "vic@portal.test", PASSWORD)
    assert "do not go together" in vic.get_by_role("alert").inner_text()

    with work():
        new = make_report(NEW).thread.id
    for report, words in ((old, OLD), (new, NEW)):
        colleague.goto(f"/en/desk/{report}")
        assert words in colleague.locator(".talk").inner_text()

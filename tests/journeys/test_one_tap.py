"""Signing in on a phone: one tap, and what is left without a passkey, without its key, and without scripts."""

import re

import pyotp
from playwright.sync_api import Page, expect

from portal.accounts.users import Member
from portal.core.clock import now
from tests.conftest import Work
from tests.journeys.browsing import Window, act, follow, give_passkeys, press
from tests.journeys.conftest import Hire, Visit
from tests.make import PASSWORD, TOTP_SECRET, make_report

WORDS = "They sell beside the school when it is out."
PHONE_BUTTON = {"en": "Sign in with this phone", "es": "Entrar con este teléfono"}


class Taps:
    """Counts what a thumb does: buttons, links and fields; nothing is typed into any of them in one tap."""

    def __init__(self, page: Page) -> None:
        self.page, self.made, self.typed = page, 0, 0

    def on(self, selector: str) -> None:
        """Press what is there."""
        self.made += 1
        act(self.page, self.page.locator(selector).first)

    def type(self, selector: str, text: str) -> None:
        """Tap a field and type."""
        self.made += 1
        self.typed += len(text)
        self.page.locator(selector).fill(text)


def make_volunteer(hire: Hire, work: Work) -> Member:
    """Somebody at the desk who has not been asked about passkeys, and a report that waits."""
    member = hire("triage", passkey_offered_on=None)
    with work():
        make_report(WORDS)
    return member


def to_first_report(taps: Taps) -> None:
    """From Today to the words of the report that waits longest."""
    taps.page.wait_for_url("**/team/today/")
    taps.on("main a[href*='/desk/']:not([href*='view'])")
    taps.on("main [data-row] a")
    expect(taps.page.locator(".talk").first).to_be_visible()


def enroll(window: Window, member: Member, lang: str = "en") -> Taps:
    """Sign in with password and code, read a first report, and take the offer that comes once."""
    page, taps = window.page, Taps(window.page)
    taps.on("details[data-other-way] summary")
    taps.type("#email", member.email)
    taps.type("#password", PASSWORD)
    taps.on("details[data-other-way] form button[type=submit]")
    taps.type("#code", pyotp.TOTP(TOTP_SECRET).at(now()))
    taps.on("form[action*='/code'] button")
    page.wait_for_url(re.compile("/set-up/passkey"))
    act(page, page.locator("form[data-passkey-register] button"))
    page.wait_for_url("**/account/codes")
    act(page, page.locator("main form button"))
    act(page, page.locator("main a.button"))
    to_first_report(taps)
    page.goto(f"/{lang}/account/")
    act(page, page.locator("form.sign-out button"))
    page.wait_for_url("**/sign-in")
    return taps


def test_one_tap_opens_the_desk(visit: Visit, hire: Hire, work: Work) -> None:
    volunteer = make_volunteer(hire, work)
    window = visit("/es/sign-in")
    give_passkeys(window)
    window.page.reload()
    before = enroll(window, volunteer, "es")
    page, after = window.page, Taps(window.page)
    after.on(f"button:text-is('{PHONE_BUTTON['es']}')")
    to_first_report(after)
    assert (before.made, after.made) == (8, 3)
    assert before.typed > 40 and after.typed == 0
    assert WORDS in page.locator("main").inner_text() or page.locator(".talk").count()
    page.goto("/es/account/")
    assert ("con ella entra y abre") in page.locator("main").inner_text()
    # From here on only the passkey opens them.
    follow(page, "Abrir los avisos y las notas solo con mi llave de acceso")
    page.locator("#password").fill(PASSWORD)
    press(page, "Continuar")
    press(page, "Sí, con mi llave de acceso")
    expect(page.locator("main")).to_contain_text("Ahora los avisos y las notas se abren solo con su llave de acceso.")


def test_where_the_phone_computes_nothing_the_password_opens_it(visit: Visit, hire: Hire, work: Work) -> None:
    volunteer = make_volunteer(hire, work)
    window = visit("/en/sign-in")
    give_passkeys(window, computes=False)
    window.page.reload()
    enroll(window, volunteer)
    page = window.page
    press(page, PHONE_BUTTON["en"])
    page.wait_for_url(re.compile("/account/unlock"))
    follow(page, "Not now")
    follow(page, "Reports and notes are locked here. Open them")
    page.locator("#password").fill(PASSWORD)
    press(page, "Show what I type")
    assert page.locator("#password").get_attribute("type") == "text"
    press(page, "Hide what I type")
    assert page.locator("#password").get_attribute("type") == "password"
    press(page, "Open")
    page.wait_for_url("**/team/today/")
    to_first_report(Taps(page))


def test_what_was_written_while_signed_out_is_sent(visit: Visit, hire: Hire, work: Work) -> None:
    window = visit("/en/team/news/new", member=hire("organizer"))
    page = window.page
    page.locator("#title_en").fill("Cleanup on Saturday")
    cookies = window.context.cookies()
    window.context.clear_cookies()
    page.locator("#title_en").press("Enter")
    expect(page.locator("h1")).to_have_text("You were signed out")
    # Chromium calls the page that says so an error.
    assert "403" in window.complaints.pop()
    # She signs in in another tab.
    window.context.add_cookies(cookies)
    press(page, "Done. Go on with what I wrote")
    press(page, "Send it")
    expect(page.locator("#title_en")).to_have_value("Cleanup on Saturday")

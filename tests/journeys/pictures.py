"""Takes the pictures of the README anew, or those named.

    python -m tests.journeys.pictures [progress-es desk-en …]

Shows the demonstration city in a portal of its own, which is gone afterwards. Look at what has changed before you
commit it: dates and code words always do.
"""

import io
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyotp
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, StorageState, ViewportSize, sync_playwright

from demo.sign_ins import SIGN_INS_FILE
from portal.config import ROOT
from portal.core.clock import now
from tests.journeys.browsing import OPTIONS, PHONE, follow, give_password
from tests.journeys.town import Town, running

LEAD = "ruth"
PATIENCE = 90
TABLE: ViewportSize = {"width": 1100, "height": 760}
WORDS = {
    "en": "They sell again by the bus stop, most evenings.",
    "es": "Otra vez venden junto a la parada del autobús, casi todas las noches.",
}
BELOW_BAR = 50
"""The bar with which one leaves stays on top of a phone."""
FOLDER = ROOT / "docs" / "screenshots"
MOST_BYTES = 60_000
QUALITIES = (85, 75, 65, 50)


@dataclass(frozen=True)
class SignIns:
    """What the demonstration wrote down: the password, and the secrets by the first name."""

    password: str
    secrets: Mapping[str, str]


def down_to(there: Locator, above: int = 16) -> None:
    """Scroll until so many pixels are left above something."""
    there.evaluate("(it, above) => scrollTo(0, it.getBoundingClientRect().top + scrollY - above)", above)


def front(page: Page, lang: str) -> None:
    page.goto(f"/{lang}/")


def place(page: Page, lang: str) -> None:
    page.goto(f"/{lang}/places/mercer-park/")


def report_form(page: Page, lang: str) -> None:
    page.goto(f"/{lang}/report/?place=linden-corner")
    page.locator("#what").fill(WORDS[lang])
    page.locator("[name=category]").first.check()
    page.evaluate("document.activeElement.blur()")
    down_to(page.locator("h1"), BELOW_BAR)


def receipt(page: Page, lang: str) -> None:
    report_form(page, lang)
    page.get_by_role("button", name={"en": "Send", "es": "Enviar"}[lang], exact=True).click()
    page.locator("#code-words").wait_for()
    down_to(page.locator("main .code"), BELOW_BAR)


def telephone(page: Page, lang: str) -> None:
    page.goto(f"/{lang}/demo/phone/4")
    page.locator("textarea").fill(WORDS[lang])
    page.locator("main form [type=submit]").click()
    page.locator(".phone .bubble:not(.ours)").nth(1).wait_for()
    down_to(page.locator(".phone"), BELOW_BAR)


def desk(page: Page, lang: str) -> None:
    page.goto(f"/{lang}/desk/")


def thread(page: Page, lang: str) -> None:
    page.goto(f"/{lang}/desk/?view=open")
    page.locator("[data-row] a").filter(has_text=re.compile("lavander|laundr", re.IGNORECASE)).first.click()
    page.locator("[data-reply]").fill("Gracias. El jueves vamos a caminar por ahí; venga si quiere.")
    down_to(page.locator("main h2").first)


def meeting_editor(page: Page, lang: str) -> None:
    page.goto(f"/{lang}/team/meetings/")
    page.locator("[data-row]").filter(has_text="Published").first.get_by_role("link").click()
    down_to(page.locator("label").first)


def gate(page: Page, lang: str) -> None:
    page.goto(f"/{lang}/team/places/")
    page.locator("[data-row]").filter(has_text="Hidden").first.get_by_role("link").first.click()
    page.locator("#gate").wait_for()


def board(page: Page, lang: str) -> None:
    page.goto(f"/{lang}/team/board/")
    page.locator("main a").filter(has_text="Laundry Row").first.click()
    down_to(page.locator("main .facts").first)


def today(page: Page, lang: str) -> None:
    page.goto(f"/{lang}/team/today/")


def weeks(page: Page, lang: str) -> None:
    page.goto(f"/{lang}/team/meetings/week/")


def promise(page: Page, lang: str) -> None:
    page.goto(f"/{lang}/promises/late/")
    page.locator(".card a").first.click()


def circle(page: Page, lang: str) -> None:
    page.goto(f"/{lang}/circles/")
    page.locator("[data-row] a").first.click()


def progress(page: Page, lang: str) -> None:
    # A worker computes, freezes and draws first.
    for _look in range(PATIENCE):
        page.goto(f"/{lang}/places/the-old-depot/progress/")
        if page.locator("main figure img").count():
            break
        page.wait_for_timeout(2_000)
    down_to(page.locator("main section h2").first, BELOW_BAR)
    page.locator("main figure img").first.evaluate("img => img.decode()")


SHOTS: tuple[tuple[str, Callable[[Page, str], None], ViewportSize, str], ...] = (
    ("front-es", front, PHONE, ""),
    ("place-en", place, PHONE, ""),
    ("report-en", report_form, PHONE, ""),
    ("code-words-es", receipt, PHONE, ""),
    ("phone-en", telephone, PHONE, ""),
    ("desk-en", desk, TABLE, "ana"),
    ("thread-en", thread, TABLE, "ana"),
    ("meeting-editor-en", meeting_editor, TABLE, "marta"),
    ("today-es", today, PHONE, "marta"),
    ("weeks-es", weeks, PHONE, "marta"),
    ("promise-es", promise, PHONE, ""),
    ("circle-en", circle, TABLE, "elias"),
    ("gate-en", gate, TABLE, LEAD),
    ("board-en", board, TABLE, LEAD),
    ("progress-es", progress, PHONE, ""),
)
"""File, way there, window, and who is signed in."""


@contextmanager
def demonstration() -> Iterator[tuple[Town, SignIns]]:
    """The demonstration city, running, and how its people sign in."""
    folder = Path(tempfile.mkdtemp())
    try:
        with running(folder, "demo", "prepare") as town:
            yield town, read_sign_ins((folder / SIGN_INS_FILE).read_text(encoding="utf-8"))
    finally:
        shutil.rmtree(folder)


def read_sign_ins(text: str) -> SignIns:
    """The file that the demonstration writes for whoever tries it."""
    password = re.search(r"password +(\S+)", text)
    assert password
    secrets = re.findall(r"^ +(\w+)@\S+ .* ([A-Z2-7]{32})$", text, re.MULTILINE)
    return SignIns(password[1], dict(secrets))


def sign_in(page: Page, sign_ins: SignIns, who: str) -> None:
    """Through the door, as anybody."""
    page.goto("/en/sign-in")
    give_password(page, f"{who}@alderfalls.example", sign_ins.password)
    page.locator("#code").fill(pyotp.TOTP(sign_ins.secrets[who]).at(now()))
    page.get_by_role("button", name="Sign in", exact=True).click()
    # Asked once whether to sign in with one tap.
    if "/set-up/passkey" in page.url:
        follow(page, "Not now")
    page.get_by_role("button", name="Sign out").wait_for()


def keep(shot: bytes, path: Path) -> None:
    """Write a small picture."""
    picture = Image.open(io.BytesIO(shot)).convert("RGB")
    for quality in QUALITIES:
        picture.save(path, "WEBP", quality=quality, method=6)
        if path.stat().st_size <= MOST_BYTES:
            return
    raise ValueError(f"{path.name} is larger than {MOST_BYTES} bytes")


def take(browser: Browser, town: Town, sign_ins: SignIns, wanted: list[str]) -> None:
    """Take these pictures, or every one; somebody who is needed twice signs in once."""
    signed_in: dict[str, StorageState] = {"": {"cookies": [], "origins": []}}
    for name, go, size, who in [shot for shot in SHOTS if not wanted or shot[0] in wanted]:
        scale = 1.5 if size is PHONE else 1
        state = signed_in.get(who)
        context = browser.new_context(base_url=town.url, viewport=size, device_scale_factor=scale, storage_state=state)
        page = context.new_page()
        if state is None:
            sign_in(page, sign_ins, who)
            signed_in[who] = context.storage_state()
        go(page, name[-2:])
        keep(page.screenshot(animations="disabled", caret="hide"), FOLDER / f"{name}.webp")
        context.close()


def main() -> None:
    """Start everything, take the pictures, stop everything."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    program = shutil.which("chromium")
    assert program, "no chromium"
    with demonstration() as (town, sign_ins), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=OPTIONS)
        take(browser, town, sign_ins, sys.argv[1:])
        browser.close()


if __name__ == "__main__":
    main()

"""A window of a real browser that notes what it does, and the few moves that every journey makes."""

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import (
    BrowserContext,
    ConsoleMessage,
    FilePayload,
    Locator,
    Page,
    Request,
    Response,
    ViewportSize,
    WebError,
)

from tests.core.test_files_apart import picture

# Some of the 2,048 code words stand in addresses of ours, whole.
OWN_WORDS = re.compile(r"//localhost\b|/(?:ask|asset|confirm|follow|news|portal)(?=[/.?]|$)")
PHONE: ViewportSize = {"width": 360, "height": 740}
DESKTOP: ViewportSize = {"width": 1280, "height": 800}
OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    # Scripts run a few times on each page: compiled at once, and with memory enough to be cleaned up seldom.
    "--js-flags=--always-sparkplug --min-semi-space-size=64",
    # A microphone that beeps, and a person who allows it.
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    # Nothing leaves this machine, whatever a page asks for.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
)
# A form with errors is a 422, one that came too late a 409; Chromium calls each of them an error, and a bad line too.
EXPECTED = re.compile(
    r"Failed to load resource: (the server responded with a status of (404|409|422)|net::ERR_INTERNET_DISCONNECTED)"
)


@dataclass
class Window:
    """One browser of one person: nothing is shared with another, and everything is noted."""

    context: BrowserContext
    page: Page
    allowed: tuple[str, ...]
    """The portal's address and the one where people are led who leave fast."""
    complaints: list[str] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    responses: list[Response] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.context.on("request", self._request)
        self.context.on("response", self._response)
        self.context.on("console", self._console)
        self.context.on("weberror", self._error)

    @property
    def addresses(self) -> list[str]:
        """Every address that was asked for."""
        return [request.url for request in self.requests]

    def text(self) -> str:
        """What the window shows just now, without waiting for anything."""
        found = self.page.locator("main").all_inner_texts()
        return "\n".join(line for text in found for line in text.splitlines() if line.strip())

    def posts(self, path: str) -> int:
        """How often a form was sent there."""
        return sum(request.method == "POST" and urlsplit(request.url).path == path for request in self.requests)

    def expect_no_cookie(self) -> None:
        """Fail if any answer of the portal set a cookie."""
        assert self.context.cookies() == []
        assert [found.url for found in self.responses if found.header_value("set-cookie")] == []

    def expect_nowhere(self, *secrets: str) -> None:
        """Fail if one of these words stands in any address; *tree* does not stand in *street*."""
        addresses = [OWN_WORDS.sub("", address) for address in self.addresses]
        for secret in secrets:
            whole = re.compile(rf"(?<![^\W_]){re.escape(secret)}(?![^\W_])")
            assert not [address for address in addresses if whole.search(address)], secret

    def _request(self, request: Request) -> None:
        self.requests.append(request)
        if not request.url.startswith((*(f"{start}/" for start in self.allowed), "data:")):
            self.complaints.append(f"asks for {request.url}")

    def _response(self, response: Response) -> None:
        self.responses.append(response)

    def _error(self, error: WebError) -> None:
        self.complaints.append(str(error.error))

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not EXPECTED.match(message.text):
            self.complaints.append(message.text)


def press(page: Page, name: str) -> None:
    """Press the button that says exactly this."""
    act(page, page.get_by_role("button", name=name, exact=True))


def act(page: Page, on: Locator) -> None:
    """Click what may lead to another page, and be there with its scripts and looks before anything else is done."""
    page.wait_for_load_state()
    # Returns when the other page begins to come.
    on.click()
    page.wait_for_load_state()


def give_passkeys(window: Window, *, computes: bool = True, offers: bool = False) -> None:
    """Give the browser a place for passkeys that a finger opens.

    `computes`: it has the extension `prf`. `offers`: the browser offers a passkey by itself; the one that stands in for
    it here then takes it at once.
    """
    session = window.context.new_cdp_session(window.page)
    session.send("WebAuthn.enable", {"enableUI": False})
    kind = {
        "protocol": "ctap2",
        "ctap2Version": "ctap2_1",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "hasPrf": computes,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": kind})
    if not offers:
        window.context.add_init_script("PublicKeyCredential.isConditionalMediationAvailable = async () => false;")


def give_password(page: Page, email: str, password: str, way: str = "With e-mail and password") -> None:
    """Take the first step without a passkey; the form is folded."""
    if not page.locator("details[data-other-way][open]").count():
        page.get_by_text(way, exact=True).click()
    page.locator("#email").fill(email)
    page.locator("#password").fill(password)
    act(page, page.locator("details[data-other-way] form button[type=submit]"))


def follow(page: Page, name: str) -> None:
    """Press the first link that says exactly this; rooms of the team are in a menu on a phone, many of them folded."""
    link, menu = page.get_by_role("link", name=name, exact=True), page.locator(".menu:not([open]) > summary")
    if not link.count() and menu.is_visible():
        menu.click()
    fold = page.locator("header nav details").filter(has_text=name)
    if not link.count() and fold.count():
        fold.first.locator("summary").click()
    act(page, link.first)


def heading(page: Page) -> str:
    """What the page is about."""
    return page.locator("h1").inner_text()


def code_words(page: Page) -> list[str]:
    """The words of a receipt, as she reads them."""
    # Nothing else waits: a list that is not there yet is an empty one.
    page.locator("#code-words").wait_for()
    return page.locator("#code-words li").all_inner_texts()


def photo(name: str, content: bytes = b"") -> FilePayload:
    """A file to choose: a picture, unless it has another content."""
    return {"name": name, "mimeType": "image/jpeg", "buffer": content or picture("JPEG")}

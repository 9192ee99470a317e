"""A first visit: how many requests a browser makes for a page, and how many bytes come over the wire."""

from __future__ import annotations

import shutil
from dataclasses import dataclass

from playwright.sync_api import BrowserContext, sync_playwright

ICON = "/favicon.ico"


@dataclass(frozen=True)
class Visit:
    """What one page cost somebody who had never been here."""

    requests: int
    """Without the one for an icon, which browsers send unbidden, once."""
    bytes: int
    """Of all answers, compressed, headers included, as the browser counts what it received."""


def first_visits(urls: list[str]) -> list[Visit]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        try:
            return [_first_visit(browser.new_context(), url) for url in urls]
        finally:
            browser.close()


def _first_visit(context: BrowserContext, url: str) -> Visit:
    page = context.new_page()
    wire = context.new_cdp_session(page)
    asked: list[str] = []
    sizes: list[int] = []
    wire.send("Network.enable")
    wire.on("Network.requestWillBeSent", lambda event: asked.append(event["request"]["url"]))
    wire.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.goto(url, wait_until="networkidle")
    context.close()
    return Visit(sum(not each.endswith(ICON) for each in asked), sum(sizes))

"""A first visit: how many requests a browser makes for a page, and how many bytes come over the wire."""

from __future__ import annotations

import shutil
from dataclasses import dataclass

from playwright.sync_api import sync_playwright


@dataclass(frozen=True)
class Visit:
    """What one page cost somebody who had never been here."""

    requests: int
    bytes: int
    """Compressed, headers included, as the browser counts what it received."""


def first_visits(urls: list[str]) -> list[Visit]:
    """Visit each page with an empty cache."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        try:
            visits = []
            for url in urls:
                context = browser.new_context()
                page = context.new_page()
                wire = context.new_cdp_session(page)
                sizes: list[int] = []
                wire.send("Network.enable")
                wire.on("Network.loadingFinished", lambda event, sizes=sizes: sizes.append(event["encodedDataLength"]))
                page.goto(url, wait_until="networkidle")
                visits.append(Visit(len([size for size in sizes if size]), int(sum(sizes))))
                context.close()
            return visits
        finally:
            browser.close()

"""Extract the words of a PDF. Runs in `program`, never in a process of the portal."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from io import BytesIO

from pypdf import PdfReader

MOST_PAGES = 200
MOST_SIGNS = 200_000


def lines(content: bytes) -> Iterator[bytes]:
    """Yield the words of each page, of limited total length."""
    left = MOST_SIGNS
    for text in pages(content):
        yield text[:left].encode("utf-8", "replace") + b"\n"
        left -= len(text)
        if left <= 0:
            return


def pages(content: bytes) -> Iterator[str]:
    """Yield the words of each page, at most `MOST_PAGES`; a page that cannot be read is skipped."""
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    reader = PdfReader(BytesIO(content))
    for number in range(min(len(reader.pages), MOST_PAGES)):
        # A failure of the library on one page says nothing about the next.
        with contextlib.suppress(Exception):
            yield reader.pages[number].extract_text()

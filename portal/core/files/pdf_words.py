"""A program: a PDF on the standard input, its words on the standard output. It imports nothing of the portal.

`reading` runs it. What was read before a bound was reached is written all the same.
"""

from __future__ import annotations

import contextlib
import logging
import resource
import sys
from collections.abc import Iterator
from io import BytesIO

from pypdf import PdfReader

MOST_PAGES = 200
MOST_SIGNS = 200_000
SECONDS = 8
MEMORY = 1 << 30


def confine() -> None:
    """Take little time and memory, open no file for writing; a system that cannot say so goes without."""
    for what, most in (
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(what, (most, most))


def pages(content: bytes) -> Iterator[str]:
    """The words of each page, at most `MOST_PAGES`; a page that cannot be read is skipped."""
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    reader = PdfReader(BytesIO(content))
    for number in range(min(len(reader.pages), MOST_PAGES)):
        # Whatever the library stumbles over on one page says nothing of the next.
        with contextlib.suppress(Exception):
            yield reader.pages[number].extract_text()


def main() -> None:
    """Write the words of a PDF, page by page."""
    confine()
    left = MOST_SIGNS
    for text in pages(sys.stdin.buffer.read()):
        sys.stdout.buffer.write(text[:left].encode("utf-8", "replace") + b"\n")
        sys.stdout.buffer.flush()
        left -= len(text)
        if left <= 0:
            return


if __name__ == "__main__":
    main()

"""The process that reads an uploaded file: the file on its standard input, a result on its standard output.

`apart` runs it with the task as argument. The output begins with `=` and the result, or is `!` and why the file is not
accepted. Every error ends the process, and `apart` learns no more of it than that. Loads only the library that the task
needs.
"""

from __future__ import annotations

import contextlib
import logging
import resource
import signal
import sys
from collections.abc import Iterator
from io import BytesIO

from portal.core.files.apart import FileTask, NotTaken

SECONDS = 8
"""Seconds of processor time."""
MEMORY = {
    FileTask.WORDS: 1 << 30,
    FileTask.CLEAN: 1 << 29,
    FileTask.SHRINK: 1 << 29,
    FileTask.COVER: 1 << 29,
}


def confine(memory: int) -> None:
    """Limit time and memory, and forbid writing files; systems without such limits go without."""
    # A worker of the web server, which starts this, has them blocked.
    signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGTERM, signal.SIGINT))
    for what, most, end in (
        # The system kills at the hard limit; at the soft one the signal tells a hopeless file from a busy machine.
        (resource.RLIMIT_CPU, SECONDS, SECONDS + 1),
        (resource.RLIMIT_AS, memory, memory),
        (resource.RLIMIT_FSIZE, 0, 0),
        (resource.RLIMIT_CORE, 0, 0),
    ):
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(what, (most, end))


def main(name: str) -> None:
    task = FileTask(name)
    confine(MEMORY[task])
    content, out = sys.stdin.buffer.read(), sys.stdout.buffer
    if task is FileTask.WORDS:
        # Flushed page by page: text read before a limit was reached is worth having.
        out.write(b"=")
        for words in words_of_pages(content):
            out.write(words)
            out.flush()
        return
    from portal.core.files import rewriting

    work = {
        FileTask.SHRINK: rewriting.shrunk,
        FileTask.COVER: rewriting.with_cover,
        FileTask.CLEAN: rewriting.rewritten,
    }
    try:
        out.write(b"=" + work[task](content))
    except NotTaken as reason:
        out.write(b"!" + reason.trouble.value.encode())


MOST_PAGES = 200
MOST_SIGNS = 200_000


def words_of_pages(content: bytes) -> Iterator[bytes]:
    """Yield the words of each page of a PDF, of limited total length; a page that cannot be read is skipped."""
    from pypdf import PdfReader

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    reader, left = PdfReader(BytesIO(content)), MOST_SIGNS
    for number in range(min(len(reader.pages), MOST_PAGES)):
        # A failure of the library on one page says nothing about the next.
        with contextlib.suppress(Exception):
            text = reader.pages[number].extract_text()
            yield text[:left].encode("utf-8", "replace") + b"\n"
            left -= len(text)
        if left <= 0:
            return

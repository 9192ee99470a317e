"""The process that reads an uploaded file: the file on its standard input, a result on its standard output.

`apart` runs it with the task as argument. The output begins with `=` and the result, or is `!` and why the file is not
accepted. Every error ends the process, and `apart` learns no more of it than that. Loads only the library that the task
needs.
"""

from __future__ import annotations

import contextlib
import resource
import signal
import sys

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
    """Run a task on the file from standard input."""
    task = FileTask(name)
    confine(MEMORY[task])
    content, out = sys.stdin.buffer.read(), sys.stdout.buffer
    if task is FileTask.WORDS:
        from portal.core.files.pdf_words import lines

        # Flushed line by line: text read before a limit was reached is worth having.
        out.write(b"=")
        for line in lines(content):
            out.write(line)
            out.flush()
        return
    try:
        made = _made(task, content)
    except NotTaken as reason:
        out.write(b"!" + reason.trouble.value.encode())
    else:
        out.write(b"=" + made)


def _made(task: FileTask, content: bytes) -> bytes:
    if task is FileTask.SHRINK:
        from portal.core.files.rewriting import shrunk

        return shrunk(content)
    if task is FileTask.COVER:
        from portal.core.files.rewriting import with_cover

        return with_cover(content)
    from portal.core.files.rewriting import rewritten

    return rewritten(content)

"""The words of a file, for the search and for the warning about hidden places."""

from __future__ import annotations

from portal.core.files.apart import NotTaken, Task, run
from portal.core.files.kinds import Kind, told


def words_in(kind: str, content: bytes) -> str:
    """What a file says; nothing for a picture, and nothing for what cannot be read in time."""
    match Kind(kind):
        case Kind.TEXT:
            return told(content.decode("utf-8", "replace"))
        case Kind.PDF:
            return told(_words_of_pdf(content))
        case _:
            return ""


def _words_of_pdf(content: bytes) -> str:
    try:
        # However it ended: what was read before a bound was reached is worth having.
        _code, said = run(Task.WORDS, content)
    except NotTaken:
        return ""
    return said[1:].decode("utf-8", "replace")

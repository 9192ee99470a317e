"""Files made clean: only four kinds, known by their content, without a word on who made them or with what.

Somebody's file may come from anybody. What it carries besides its pages (an author, a place where a picture was taken,
a program) could point to a person or harm a reader, so it is written anew and only what is shown is taken over.
"""

from __future__ import annotations

from portal.core.files.apart import NotTaken, Task, Trouble, done_apart
from portal.core.files.kinds import MOST_FILE_BYTES, CleanFile, Kind, is_called, kind_of


def clean(content: bytes, name: str = "") -> CleanFile:
    """The same file without what nobody sees. `name` is what it came with, and is not kept. Raises `NotTaken`."""
    if len(content) > MOST_FILE_BYTES:
        raise NotTaken(Trouble.TOO_LARGE)
    kind = kind_of(content)
    if kind is None:
        raise NotTaken(Trouble.OTHER_KIND)
    if not is_called(kind, name):
        raise NotTaken(Trouble.OTHER_NAME)
    if kind is Kind.TEXT:
        return CleanFile(kind.value, content.removeprefix(b"\xef\xbb\xbf"))
    return CleanFile(kind.value, done_apart(Task.CLEAN, content))

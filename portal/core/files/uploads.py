"""Which files the portal takes and gives: four kinds, known by their content, whatever their names say.

Somebody's file may come from anybody. What it carries besides its pages (an author, a place where a picture was taken,
a program) could point to a person or harm a reader, so it is written anew and only what is shown is taken over.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b

from flask import Response, request
from flask_babel import lazy_gettext as _l

from portal.core.files.apart import FileTask, FileTrouble, NotTaken, done_apart, run

MOST_FILE_BYTES = 5 * 1024 * 1024
MOST_SIGNS = 200_000
"""So much of what stands in a file can be found."""


class UploadKind(StrEnum):
    """What a file may be. No office formats: they carry names, earlier versions and programs; a PDF says the same."""

    PDF = "pdf"
    PNG = "png"
    JPEG = "jpg"
    TEXT = "txt"


CONTROL = re.compile(r"[\x00-\x08\x0b-\x0c\x0e-\x1f\x7f-\x9f]")
KINDS = tuple(kind.value for kind in UploadKind)
MEDIA_TYPES = {
    UploadKind.PDF: "application/pdf",
    UploadKind.PNG: "image/png",
    UploadKind.JPEG: "image/jpeg",
    UploadKind.TEXT: "text/plain; charset=utf-8",
}


def kind_of(content: bytes) -> UploadKind | None:
    """What a file is by what it begins with, whatever its name says; None for anything else than the four."""
    if content.startswith(b"%PDF-"):
        return UploadKind.PDF
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return UploadKind.PNG
    if content.startswith(b"\xff\xd8\xff"):
        return UploadKind.JPEG
    return UploadKind.TEXT if content and is_plain_text(content) else None


ENDINGS = {
    UploadKind.PDF: {"pdf"},
    UploadKind.PNG: {"png", "jpg", "jpeg", "jpe", "jfif"},
    UploadKind.JPEG: {"png", "jpg", "jpeg", "jpe", "jfif"},
    UploadKind.TEXT: {"txt", "text", "md", "csv"},
}
"""What the name of a file may end in. A picture is made anew, so one that is called the other kind does no harm."""


def is_called(kind: UploadKind, name: str) -> bool:
    """Whether a name that somebody gave a file goes with what it is; one without an ending goes with everything."""
    _name, dot, ending = name.rpartition(".")
    is_ending = bool(dot) and len(ending) <= 5 and ending.isalnum() and not ending.isdigit()
    return not is_ending or ending.lower() in ENDINGS[kind]


def is_plain_text(content: bytes) -> bool:
    """Whether this is UTF-8 without signs that steer a terminal or belong to another format."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return False
    return CONTROL.search(text) is None


def told(text: str) -> str:
    """What a file says in one line, of bounded length, without signs that are not seen: for a database and a search."""
    seen = "".join(sign if sign.isprintable() else " " for sign in text[: 2 * MOST_SIGNS])
    return " ".join(seen.split())[:MOST_SIGNS]


@dataclass(frozen=True)
class CleanFile:
    """A file that tells nothing of who made it: only `files.cleaning` makes these."""

    kind: str
    content: bytes

    @property
    def digest(self) -> str:
        """What it is known by."""
        return blake2b(self.content, digest_size=16).hexdigest()


def words_in(kind: str, content: bytes) -> str:
    """What a file says; nothing for a picture, and nothing for what cannot be read in time."""
    match UploadKind(kind):
        case UploadKind.TEXT:
            return told(content.decode("utf-8", "replace"))
        case UploadKind.PDF:
            return told(_words_of_pdf(content))
        case _:
            return ""


def _words_of_pdf(content: bytes) -> str:
    try:
        # However it ended: what was read before a bound was reached is worth having.
        _code, said = run(FileTask.WORDS, content)
    except NotTaken:
        return ""
    return said[1:].decode("utf-8", "replace")


def clean(content: bytes, name: str = "") -> CleanFile:
    """The same file without what nobody sees. `name` is what it came with, and is not kept. Raises `NotTaken`."""
    if len(content) > MOST_FILE_BYTES:
        raise NotTaken(FileTrouble.TOO_LARGE)
    kind = kind_of(content)
    if kind is None:
        raise NotTaken(FileTrouble.OTHER_KIND)
    if not is_called(kind, name):
        raise NotTaken(FileTrouble.OTHER_NAME)
    if kind is UploadKind.TEXT:
        return CleanFile(kind.value, content.removeprefix(b"\xef\xbb\xbf"))
    return CleanFile(kind.value, done_apart(FileTask.CLEAN, content))


# Whatever it holds may do nothing, should a browser open it all the same.
NOTHING_RUNS = "default-src 'none'; sandbox; frame-ancestors 'none'"


def download(name: str, kind: str, content: bytes) -> Response:
    """The file, called `name` and the ending of its kind. The name it came with is unknown here."""
    answer = Response(content, content_type=MEDIA_TYPES[UploadKind(kind)])
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    answer.headers["Content-Security-Policy"] = NOTHING_RUNS
    return answer


def for_everybody(answer: Response, digest: str) -> Response:
    """The same for the public: browsers may keep it and ask whether it is still the same."""
    answer.headers["Cache-Control"] = "public, no-cache"
    answer.set_etag(digest)
    answer.make_conditional(request)
    return answer


NOT_TAKEN = {
    FileTrouble.TOO_LARGE: _l("This file is too large. The most is 5 MB."),
    FileTrouble.TOO_MANY_DOTS: _l("This picture is too large. The most is 40 million dots."),
    FileTrouble.OTHER_KIND: _l(
        "Only PDF, PNG and JPEG pictures, and plain text. Save an office document as PDF first."
    ),
    FileTrouble.OTHER_NAME: _l(
        "This file is not what its name says. Save it again as PDF, PNG, JPEG or plain text (.txt)."
    ),
    FileTrouble.LOCKED: _l("This PDF is locked with a password. Save it without one."),
    FileTrouble.BROKEN: _l("This file cannot be read. Perhaps it is damaged; save it again and try once more."),
    FileTrouble.UNFINISHED: _l("We could not look at this file in time. It may be fine. Please choose it again."),
}
KIND_NAMES = {
    UploadKind.PDF: "PDF",
    UploadKind.PNG: _l("picture"),
    UploadKind.JPEG: _l("picture"),
    UploadKind.TEXT: _l("plain text"),
}


def facts_of(kind: str, size: int) -> str:
    """What a file is and how large."""
    return f"{KIND_NAMES[UploadKind(kind)]}, {max(1, round(size / 1024))} KB"

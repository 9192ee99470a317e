"""Which files the portal takes and gives: four kinds, known by their content, whatever their names say."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b

MOST_FILE_BYTES = 5 * 1024 * 1024
MOST_SIGNS = 200_000
"""So much of what stands in a file can be found."""


class Kind(StrEnum):
    """What a file may be. No office formats: they carry names, earlier versions and programs; a PDF says the same."""

    PDF = "pdf"
    PNG = "png"
    JPEG = "jpg"
    TEXT = "txt"


CONTROL = re.compile(r"[\x00-\x08\x0b-\x0c\x0e-\x1f\x7f-\x9f]")
KINDS = tuple(kind.value for kind in Kind)
MEDIA_TYPES = {
    Kind.PDF: "application/pdf",
    Kind.PNG: "image/png",
    Kind.JPEG: "image/jpeg",
    Kind.TEXT: "text/plain; charset=utf-8",
}


def kind_of(content: bytes) -> Kind | None:
    """What a file is by what it begins with, whatever its name says; None for anything else than the four."""
    if content.startswith(b"%PDF-"):
        return Kind.PDF
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return Kind.PNG
    if content.startswith(b"\xff\xd8\xff"):
        return Kind.JPEG
    return Kind.TEXT if content and is_plain_text(content) else None


ENDINGS = {
    Kind.PDF: {"pdf"},
    Kind.PNG: {"png", "jpg", "jpeg", "jpe", "jfif"},
    Kind.JPEG: {"png", "jpg", "jpeg", "jpe", "jfif"},
    Kind.TEXT: {"txt", "text", "md", "csv"},
}
"""What the name of a file may end in. A picture is made anew, so one that is called the other kind does no harm."""


def is_called(kind: Kind, name: str) -> bool:
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

"""What a guide must say before it is published, which addresses it may lead to, and which files it may have."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Protocol
from urllib.parse import urlsplit

TEXTS = ("title", "about")
LANGUAGES = ("en", "es")
MOST_FILE_BYTES = 5 * 1024 * 1024
MOST_SIGNS = 200_000
"""So much of what stands in a file can be found."""
EARLIEST_YEAR, LATEST_YEAR = 1900, 2100


class WrittenIn(StrEnum):
    """The language of the document itself, which readers must know before they open it."""

    ENGLISH = "en"
    SPANISH = "es"
    BOTH = "both"


class Kind(StrEnum):
    """What a file may be. No office formats: they carry names, earlier versions and programs; a PDF says the same."""

    PDF = "pdf"
    PNG = "png"
    JPEG = "jpg"
    TEXT = "txt"


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


def is_plain_text(content: bytes) -> bool:
    """Whether this is UTF-8 without signs that steer a terminal or belong to another format."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return False
    return not any(ord(sign) < 32 and sign not in "\t\n\r" for sign in text) and "\x7f" not in text


def told(text: str) -> str:
    """What a file says in one line, of bounded length, without signs that are not seen: for a database and a search."""
    seen = "".join(sign if sign.isprintable() else " " for sign in text[: 2 * MOST_SIGNS])
    return " ".join(seen.split())[:MOST_SIGNS]


class Text(Protocol):
    """A text in both languages."""

    @property
    def en(self) -> str: ...
    @property
    def es(self) -> str: ...


class Told(Protocol):
    """A guide, or what somebody typed for one."""

    @property
    def body(self) -> Text: ...
    @property
    def url(self) -> str: ...


def missing(guide: Told, has_file: bool = False) -> tuple[str, ...]:
    """What keeps it from being published, by the names of the fields: titles, descriptions, something to read."""
    gaps = [name for text in TEXTS for name in _gaps(text, getattr(guide, text))]
    without_body = _gaps("body", guide.body)
    if len(without_body) == 1:
        return (*gaps, *without_body)
    return (*gaps, "url") if without_body and not guide.url and not has_file else tuple(gaps)


def _gaps(name: str, text: Text) -> list[str]:
    return [f"{name}_{lang}" for lang in LANGUAGES if not getattr(text, lang).strip()]


def is_address(text: str) -> bool:
    """Whether this is a whole address of a web page; a password inside one or another scheme could be a trap."""
    if re.search(r"[\s\x00-\x1f\"'<>\\]", text):
        return False
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("https", "http") and "." in (parts.hostname or "") and "@" not in parts.netloc


def year_of(text: str) -> int | None:
    """The year that was typed; None when nothing was. Raises ValueError for anything else than a likely year."""
    if not text:
        return None
    if re.fullmatch(r"[0-9]{4}", text) is None or not EARLIEST_YEAR <= int(text) <= LATEST_YEAR:
        raise ValueError(text)
    return int(text)

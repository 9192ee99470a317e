"""What a guide must say before it is published, and which addresses it may lead to."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Protocol
from urllib.parse import urlsplit

TEXTS = ("title", "about")
LANGUAGES = ("en", "es")
EARLIEST_YEAR, LATEST_YEAR = 1900, 2100


class WrittenIn(StrEnum):
    """The language of the document itself, which readers must know before they open it."""

    ENGLISH = "en"
    SPANISH = "es"
    BOTH = "both"


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

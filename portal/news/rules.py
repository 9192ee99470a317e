"""What a post must say before it is published, when that is, how it stands until then, and how names are sorted."""

from __future__ import annotations

import unicodedata
from datetime import datetime
from enum import StrEnum
from typing import Protocol

TEXTS = ("title", "summary", "body")


class State(StrEnum):
    DRAFT = "draft"
    SCHEDULED = "scheduled"
    PUBLISHED = "published"


class Text(Protocol):
    """A text in both languages."""

    @property
    def en(self) -> str: ...
    @property
    def es(self) -> str: ...


def missing(post: object) -> tuple[str, ...]:
    """What keeps a post from being published, by the names of the fields; empty when both languages are whole."""
    return tuple(f"{name}_{lang}" for name in TEXTS for lang in ("en", "es") if not _said(getattr(post, name), lang))


def state_of(published_at: datetime | None, now: datetime) -> State:
    """How it stands: out from the very moment that was set."""
    if published_at is None:
        return State.DRAFT
    return State.PUBLISHED if published_at <= now else State.SCHEDULED


def is_ahead(moment: datetime | None, now: datetime) -> bool:
    """Whether something can be set to go out then."""
    return moment is not None and moment > now


def alphabetical(name: str) -> tuple[str, str]:
    """A key to sort names as a dictionary does: «¿Funciona?» stands under F and «Útil» under U."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    return "".join(sign for sign in plain if sign.isalnum() or sign == " ").strip(), name


def _said(text: Text, lang: str) -> bool:
    said: str = getattr(text, lang)
    return bool(said.strip())

"""What a post must say before it is published."""

from __future__ import annotations

from typing import Protocol

TEXTS = ("title", "summary", "body")


class Text(Protocol):
    """A text in both languages."""

    @property
    def en(self) -> str: ...
    @property
    def es(self) -> str: ...


def missing(post: object) -> tuple[str, ...]:
    """What keeps a post from being published, by the names of the fields; empty when both languages are whole."""
    return tuple(f"{name}_{lang}" for name in TEXTS for lang in ("en", "es") if not _said(getattr(post, name), lang))


def _said(text: Text, lang: str) -> bool:
    said: str = getattr(text, lang)
    return bool(said.strip())

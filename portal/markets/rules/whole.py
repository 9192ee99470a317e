"""What of a place must be said in both languages before anybody outside may read it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Protocol

NEEDED = ("name", "about")
BOTH_OR_NEITHER = ("own_name", "services", "why_here")
TEXTS = (*NEEDED, *BOTH_OR_NEITHER)
CALL_IN = ("message", "services", "tonight")


class Pair(Protocol):
    """A text in both languages."""

    @property
    def en(self) -> str: ...

    @property
    def es(self) -> str: ...


def gaps(place: object) -> list[str]:
    """The fields of a place that lack a language, as `about_es`; what may be empty is so in both or in neither."""
    return [*missing(place, NEEDED), *half(place, BOTH_OR_NEITHER)]


def missing(thing: object, names: Iterable[str]) -> list[str]:
    """The halves of texts that are empty, by the names of their fields."""
    return [f"{name}_{lang}" for name in names for lang in ("en", "es") if not _half(thing, name, lang)]


def half(thing: object, names: Iterable[str]) -> list[str]:
    """The empty halves of texts whose other half is there."""
    begun = [name for name in names if any(_half(thing, name, lang) for lang in ("en", "es"))]
    return missing(thing, begun)


def mark_of(place: object, call_in: object | None) -> str:
    """A fingerprint of all that two keys confirm, in hexadecimal: who turns one says which texts they read."""
    said = [(place, TEXTS), *([(call_in, CALL_IN)] if call_in is not None else [])]
    texts = [_half(thing, name, lang) for thing, names in said for name in names for lang in ("en", "es")]
    return hashlib.sha256(json.dumps(texts).encode()).hexdigest()


def differ(before: object, after: object, names: Iterable[str]) -> bool:
    """Whether any of these texts says something else; white space alone says nothing."""
    return any(
        _half(before, name, lang).split() != _half(after, name, lang).split() for name in names for lang in ("en", "es")
    )


def _half(thing: object, name: str, lang: str) -> str:
    pair: Pair = getattr(thing, name)
    return (pair.es if lang == "es" else pair.en).strip()

"""The night of the call-in: from when on the public may read of it, and what it may say before the place is shown."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta

from portal.markets.rules.gate import Confirmation, is_agreed, is_public

NEW_FOR = timedelta(days=14)
"""How long a night has a page of its own, without the name of its place."""


def is_over(
    ended_at: datetime | None, given: Collection[Confirmation], released_at: datetime | None, now: datetime
) -> bool:
    """Whether the public may read of a call-in: it has ended, and two people have agreed that the place is shown.

    A place that is shown already was agreed on.
    """
    return ended_at is not None and ended_at <= now and (is_agreed(given) or is_public(released_at, now))


def first_day(released_on: date, ended_on: date | None) -> date:
    """The first day on which the public could know of a place; an earlier date would tell when work began."""
    return released_on if ended_on is None else min(released_on, ended_on)


def without_names(text: str, names: Iterable[str]) -> str:
    """A text without the paragraphs in which one of the names stands, however it is written.

    Who writes about a night is asked not to name the place before it is shown; this is for the night they forget.
    """
    told = [f" {name} " for name in map(_words, names) if name]
    paragraphs = re.split(r"\n\s*\n", text)
    return "\n\n".join(one for one in paragraphs if not any(name in f" {_words(one)} " for name in told))


def _words(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return " ".join(re.findall(r"[^\W_]+", letters))

"""Hooks between features that may not import each other: one asks, another answers, and neither knows which."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, Protocol

from portal.core.portal import Hook
from portal.core.texted import SlipKind


class HeldThen(Protocol):
    """Returns sentences about events of congregations, schools and others at that time that this member may know."""

    def __call__(self, begins: datetime, ends: datetime, member_id: int, /) -> list[str]: ...


HELD_THEN: Hook[HeldThen] = Hook("what others hold in a time")


class PagesForSitemap(Protocol):
    """Yields public pages: endpoint, the values of its URL, and the day of its last change if known."""

    def __call__(self) -> Iterable[tuple[str, dict[str, Any], date | None]]: ...


PAGES_OF_OTHERS: Hook[PagesForSitemap] = Hook("public pages for the sitemap")

SLIP_KINDS: Hook[SlipKind] = Hook("slips that are answered by text")

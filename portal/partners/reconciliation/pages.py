"""The public pages about sessions, for the sitemap."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from portal.partners.reconciliation.queries.public import open_notices, public_acknowledgements


def acknowledged_pages() -> Iterator[tuple[str, dict[str, Any], date | None]]:
    """What the public may read: endpoint, what stands in its address, and the day of its last change.

    An open question has no day: when it was published would tell when a session was planned.
    """
    yield "acknowledgements.index", {}, None
    yield "listening.index", {}, None
    for notice in open_notices():
        yield "listening.ask", {"slug": notice.slug}, None
    for one in public_acknowledgements():
        yield "acknowledgements.show", {"slug": one.slug}, one.answered_on or one.published_on

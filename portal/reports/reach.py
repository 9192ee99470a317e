"""Places at which nobody reads what is passed on, in sentences for those who look after them."""

from __future__ import annotations

from portal.reports.queries.readers import unreached
from portal.reports.texts import UNREACHED


def nobody_reads(market_id: int) -> list[str]:
    """Whom of this place nothing reaches that is passed on to them, and what to do about it."""
    return [str(UNREACHED[to]) for to in unreached(market_id)]

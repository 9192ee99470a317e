"""What is counted of offers, and what must add up."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

MADE, CONNECTED, LASTING = "offers_made", "offers_connected", "offers_lasting"
COUNTED = (MADE, CONNECTED, LASTING)
Offers = Mapping[str, int | None]
"""By measure; None for what is not known yet: whether help lasts 90 days shows after 90 days."""


def adds_up(offers: Offers) -> bool:
    """Whether these can be true: no more began than were made, no more last than began."""
    known = [value for value in (offers[key] for key in COUNTED) if value is not None]
    return all(value >= 0 for value in known) and all(one >= other for one, other in pairwise(known))

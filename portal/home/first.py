"""The pages that people ask for first."""

from __future__ import annotations

from collections.abc import Iterator

from portal.core.addresses import public_address
from portal.core.i18n import LANGUAGES
from portal.markets.queries import some_public_markets

FIRST = ("home.front", "markets.places", "meetings.upcoming", "news.posts", "reports.intake")


def asked_first() -> Iterator[str]:
    """Their addresses in one language, and that of one place if there is one; of the others only the front page.

    Pages of two languages share what is slow to make, but for the words and dates that every page has.
    """
    first, *others = LANGUAGES
    places, _more = some_public_markets(1)
    for endpoint in FIRST:
        yield public_address(endpoint, lang=first)
    for place in places:
        yield public_address("markets.place", lang=first, slug=place.slug)
    for lang in others:
        yield public_address(FIRST[0], lang=lang)

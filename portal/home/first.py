"""The pages that people ask for first."""

from __future__ import annotations

from collections.abc import Iterator

from portal.core.addresses import public_address
from portal.core.i18n import LANGUAGES
from portal.markets.queries import some_public_markets

FIRST = ("home.front", "markets.places", "meetings.upcoming", "news.posts", "reports.intake")


def asked_first() -> Iterator[str]:
    """Their addresses in each language, and that of one place if there is one."""
    places, _more = some_public_markets(1)
    for lang in LANGUAGES:
        for endpoint in FIRST:
            yield public_address(endpoint, lang=lang)
        for place in places:
            yield public_address("markets.place", lang=lang, slug=place.slug)

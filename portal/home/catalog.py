"""The catalog of the open data files at /data.json, in the words of DCAT: files that the site publishes anyway."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask_babel import lazy_gettext as _l

from portal.core.i18n import LANGUAGES, speaking
from portal.core.portal import current_portal
from portal.core.slugs import address_here
from portal.home.operator import LICENSE_ADDRESS, operator
from portal.indicators.snapshots import latest
from portal.markets.places import public_markets

CSV, JSON, ATOM = "text/csv", "application/json", "application/atom+xml"
SNAPSHOTS = _l("Snapshots of the numbers")
CITY, TOGETHER = _l("Numbers of the whole city"), _l("All places together")
PLACE = _l("Numbers of a place: %(place)s")
ALWAYS = (
    (SNAPSHOTS, "data.snapshots", JSON),
    (SNAPSHOTS, "open_data.feed", ATOM),
    (_l("Boundaries of our places"), "data.places", "application/geo+json"),
    (_l("Promises"), "commitments.table", CSV),
    (_l("Promises"), "commitments.feed", ATOM),
    (_l("Meetings"), "meetings.calendar", "text/calendar"),
    (_l("Meetings"), "meetings.feed", ATOM),
)
NUMBERS = (
    (SNAPSHOTS, "data.latest_document", JSON),
    (CITY, "data.city_table", CSV),
    (TOGETHER, "data.pooled", JSON),
    (TOGETHER, "data.pooled_table", CSV),
)


def catalog() -> dict[str, Any]:
    """Return the catalog; a hidden place has no entry."""
    facts, site = operator(), current_portal.settings.site_name
    publisher = {"@type": "Organization", "name": facts.name.en or site}
    found = [_file(*one, lang) | {"license": LICENSE_ADDRESS} for lang in LANGUAGES for one in _files(lang)]
    return {"@type": "Catalog", "title": site, "publisher": publisher, "dataset": found}


def _files(lang: str) -> Iterator[tuple[str, str, str]]:
    newest = latest()
    with speaking(lang):
        for title, endpoint, kind in (*ALWAYS, *(NUMBERS if newest else ())):
            yield str(title), address_here(endpoint), kind
        counted = {place.slug for place in newest.document.places} if newest else set()
        for market in public_markets():
            if market.slug in counted:
                yield PLACE % {"place": market.name[lang]}, address_here("data.place_table", slug=market.slug), CSV


def _file(title: str, address: str, kind: str, lang: str) -> dict[str, Any]:
    file = {"@type": "Distribution", "downloadURL": address, "mediaType": kind}
    return {"@type": "Dataset", "title": title, "language": lang, "distribution": [file]}

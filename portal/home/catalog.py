"""The catalog of the open data files for search engines and data portals: DCAT-US 3 as JSON, at /data.json.

It lists files that the site publishes anyway, by the same queries: a place that is hidden has no entry.
https://github.com/DOI-DO/dcat-us
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any, NamedTuple

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from portal.core.i18n import LANGUAGES, Bilingual, speaking
from portal.core.portal import current_portal
from portal.core.slugs import address_here
from portal.home.operator import LICENSE_ADDRESS, OperatorFacts, operator
from portal.indicators.snapshots.snapshots import Frozen, latest
from portal.markets.places import public_markets

CONTEXT = "https://raw.githubusercontent.com/DOI-DO/dcat-us/main/context/dcat-us-3.0.jsonld"
CSV, JSON, GEOJSON, ATOM = "text/csv", "application/json", "application/geo+json", "application/atom+xml"
CALENDAR, XML = "text/calendar", "text/xml"
MEDIA_TYPES = "https://www.iana.org/assignments/media-types/"
LANGUAGE = "http://id.loc.gov/vocabulary/iso639-1/"
Json = dict[str, Any]


class DataFile(NamedTuple):
    """A file by its endpoint and the values of its URL; `by_language`: there is one in each language."""

    endpoint: str
    media_type: str
    values: Json = {}
    by_language: bool = False


class DataSet(NamedTuple):
    """A set of files with the same content. `page` is the endpoint of the page for people."""

    key: str
    title: Bilingual
    about: Bilingual
    page: str
    files: tuple[DataFile, ...]
    changed_on: date | None = None


NUMBERS, NUMBERS_ABOUT = _l("Numbers of the whole city"), _l("What was counted in each month, with what is hidden.")
TOGETHER = _l("All places together")
TOGETHER_ABOUT = _l("One result for all places that are public and had a plan, and the part of each.")
SNAPSHOTS = _l("Snapshots of the numbers")
SNAPSHOTS_ABOUT = _l("Everything on our pages of progress, frozen once a month and never changed afterwards.")
PLACE_NUMBERS = _l("Numbers of a place: %(place)s")
BOUNDARIES, BOUNDARIES_ABOUT = _l("Boundaries of our places"), _l("The outlines of the places that are public.")
PROMISES, PROMISES_ABOUT = _l("Promises"), _l("Which office promised what, by when, and what came of it.")
MEETINGS, MEETINGS_ABOUT = (
    _l("Meetings"),
    _l("Public meetings to come and of the last year, and what was canceled."),
)
KINDS, KINDS_ABOUT = _l("What people can write to us about"), _l("Kinds of reports (Open311). No report is in it.")


def catalog() -> Json:
    """Return the catalog."""
    facts = operator()
    site = current_portal.settings.site_name
    title = _both(lambda: _l("Open data of %(site)s", site=site))
    about = _both(lambda: _l("Everything on our pages of progress, for programs."))
    found: Json = {"@context": CONTEXT, "@id": address_here("catalog.data_json"), "@type": "Catalog"}
    found |= _texts(title, about) | _who(facts)
    return found | {"dataset": [_entry(one, facts) for one in data_sets()]}


def data_sets() -> Iterator[DataSet]:
    """Yield every set of files that is public now."""
    newest = latest()
    if newest:
        yield from _numbers(newest)
    listed = (
        DataFile("data.snapshots", JSON),
        *((DataFile("data.latest_document", JSON),) if newest else ()),
        DataFile("open_data.feed", ATOM, by_language=True),
    )
    frozen_on = date.fromisoformat(newest.document.frozen_on) if newest else None
    yield _set("snapshots", SNAPSHOTS, SNAPSHOTS_ABOUT, "progress.city", listed, frozen_on)
    yield _set("boundaries", BOUNDARIES, BOUNDARIES_ABOUT, "markets.places", (DataFile("data.places", GEOJSON),))
    promises = (
        DataFile("commitments.table", CSV, by_language=True),
        DataFile("commitments.feed", ATOM, by_language=True),
    )
    yield _set("promises", PROMISES, PROMISES_ABOUT, "commitments.index", promises)
    meetings = (
        DataFile("meetings.calendar", CALENDAR, by_language=True),
        DataFile("meetings.feed", ATOM, by_language=True),
    )
    yield _set("meetings", MEETINGS, MEETINGS_ABOUT, "meetings.upcoming", meetings)
    kinds = (
        DataFile("open311.listed", JSON, {"form": "json"}),
        DataFile("open311.listed", XML, {"form": "xml"}),
    )
    yield _set("kinds", KINDS, KINDS_ABOUT, "open_data.index", kinds)


def _numbers(newest: Frozen) -> Iterator[DataSet]:
    day = date.fromisoformat(newest.document.frozen_on)
    yield _set("city", NUMBERS, NUMBERS_ABOUT, "progress.city", (DataFile("data.city_table", CSV),), day)
    together = (DataFile("data.pooled", JSON), DataFile("data.pooled_table", CSV))
    yield _set("all-places", TOGETHER, TOGETHER_ABOUT, "progress.city", together, day)
    counted = {place.slug for place in newest.document.places}
    for market in public_markets():
        if market.slug in counted:
            title = Bilingual(*(_in(lang, PLACE_NUMBERS) % {"place": market.name[lang]} for lang in LANGUAGES))
            files = (DataFile("data.place_table", CSV, {"slug": market.slug}),)
            about = _both(lambda: NUMBERS_ABOUT)
            yield DataSet(f"place-{market.slug}", title, about, "progress.city", files, day)


def _set(
    key: str,
    title: LazyString,
    about: LazyString,
    page: str,
    files: tuple[DataFile, ...],
    changed_on: date | None = None,
) -> DataSet:
    return DataSet(key, _both(lambda: title), _both(lambda: about), page, files, changed_on)


def _in(lang: str, text: LazyString) -> str:
    with speaking(lang):
        return str(text)


def _both(text: Callable[[], LazyString]) -> Bilingual:
    return Bilingual(*(_in(lang, text()) for lang in LANGUAGES))


def _texts(title: Bilingual, about: Bilingual) -> Json:
    return {
        "title": title.en,
        "titleMap": {lang: title[lang] for lang in LANGUAGES},
        "description": about.en,
        "descriptionMap": {lang: about[lang] for lang in LANGUAGES},
    }


def _who(facts: OperatorFacts) -> Json:
    """Return publisher and contact point; the standard knows no contact without an e-mail address."""
    name = facts.name.en or current_portal.settings.site_name
    found: Json = {"publisher": {"@type": "Organization", "name": name, "prefLabel": name}}
    if facts.email:
        found["contactPoint"] = [{"@type": "Kind", "fn": name, "hasEmail": f"mailto:{facts.email}"}]
    return found


def _entry(one: DataSet, facts: OperatorFacts) -> Json:
    found: Json = {"@type": "Dataset", "identifier": [f"{address_here('catalog.data_json')}#{one.key}"]}
    found |= _texts(one.title, one.about) | _who(facts)
    found["landingPage"] = address_here(one.page, lang="en")
    if one.changed_on:
        found["modified"] = one.changed_on.isoformat()
    return found | {"distribution": [entry for file in one.files for entry in _files(file)]}


def _files(file: DataFile) -> Iterator[Json]:
    for lang in LANGUAGES if file.by_language else ("",):
        values = file.values | ({"lang": lang} if lang else {})
        told = {"language": [f"{LANGUAGE}{lang}"]} if lang else {}
        yield {
            "@type": "Distribution",
            "downloadURL": address_here(file.endpoint, **values),
            "mediaType": f"{MEDIA_TYPES}{file.media_type}",
            "license": LICENSE_ADDRESS,
            **told,
        }

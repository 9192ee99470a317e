"""The city's own names: no person is asked about when they stand in a text."""

from __future__ import annotations

from flask import current_app

from portal.config import Settings
from portal.core.i18n import LANGUAGES
from portal.markets.map.queries import names_on_map
from portal.markets.queries import public_markets
from portal.organisations.queries import organisations


def names_of_the_city() -> set[str]:
    """What places that the public knows, streets, offices and the city itself are called, in both languages."""
    settings: Settings = current_app.extensions["settings"]
    names = [name for market in public_markets() for name in (market.name, market.own_name)]
    names += names_on_map() + [house.name for house in organisations()]
    return {settings.site_name, settings.city_en, settings.city_es, *(one[lang] for one in names for lang in LANGUAGES)}

"""What the desk begins with when it passes a report on: the resident's words, without what gives somebody away.

And the names of the city's own, which are asked about no more when they stand in what is passed on.
"""

from __future__ import annotations

from collections.abc import Iterable

from flask import current_app

from portal.config import Settings
from portal.core.i18n import LANGUAGES, speaking
from portal.markets.map.queries import names_on_map
from portal.markets.queries import public_markets
from portal.organisations.queries import organisations
from portal.reports.queries import Said
from portal.reports.rules.care import masked
from portal.reports.rules.words import Words
from portal.reports.texts import MARK, PARTS


def masked_words(messages: Iterable[Said], language: str, longest: int) -> str:
    """What a resident wrote, masked, for a person to go on with; in `language`, and whole messages only."""
    kept: list[str] = []
    with speaking(language):
        for said in messages:
            if said.author != "resident" or said.words is None:
                continue
            text = _masked(said.words)
            if sum(len(one) + 2 for one in (*kept, text)) > longest:
                break
            kept.append(text)
    return "\n\n".join(kept)


def names_of_the_city() -> set[str]:
    """What places that the public knows, streets, offices and the city itself are called, in both languages."""
    settings: Settings = current_app.extensions["settings"]
    names = [name for market in public_markets() for name in (market.name, market.own_name)]
    names += names_on_map() + [house.name for house in organisations()]
    return {settings.site_name, settings.city_en, settings.city_es, *(one[lang] for one in names for lang in LANGUAGES)}


def _masked(words: Words) -> str:
    parts = [(PARTS[name], masked(text, str(MARK))) for name, text in words.parts]
    return "\n\n".join(f"{label}: {text}" if label else text for label, text in parts)

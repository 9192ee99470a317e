"""The names that everybody here knows, and so nobody's password: of the city, the portal, its places and roles."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from flask import current_app

from portal.accounts.texts import ROLES
from portal.core.i18n import LANGUAGES, speaking


def names_here() -> tuple[str, ...]:
    """All of them, in both languages. Features add theirs in the app's extensions; a hidden place must not be there."""
    settings = current_app.extensions["settings"]
    others: Iterable[Callable[[], Iterable[str]]] = current_app.extensions.get("names_here", ())
    names = [settings.site_name, settings.city_en, settings.city_es, *(name for found in others for name in found())]
    for lang in LANGUAGES:
        with speaking(lang):
            names += [str(name) for name in ROLES.values()]
    return tuple(dict.fromkeys(names))

"""Places as a form offers them."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l
from wtforms import SelectChoice

from portal.core.i18n import language
from portal.markets.models import Market


def place_choices(markets: Sequence[Market]) -> list[SelectChoice]:
    """None, and the places by their names in the reader's language."""
    return [SelectChoice("", _l("None")), *(SelectChoice(market.slug, market.name[language()]) for market in markets)]

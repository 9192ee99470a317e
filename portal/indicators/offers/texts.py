"""The words for offers."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from portal.indicators.offers.rules import CONNECTED, LASTING, MADE

COLUMNS = {
    MADE: _l("Offers made"),
    CONNECTED: _l("Help began within 30 days"),
    LASTING: _l("Help still goes on after 90 days"),
}
REFUSALS = {
    "offers_early": _l("Only months since the place is public can be written down."),
    "offers_sums": _l("More help began or lasts than was offered. Please check the numbers."),
}
AUDITED = {"market.offers_written": _l("wrote down offers of help")}

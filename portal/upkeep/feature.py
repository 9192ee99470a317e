"""Everything that the feature upkeep brings to the portal."""

from flask_babel import lazy_gettext as _l

from portal.accounts.today import WAITS
from portal.core.feature import Feature
from portal.markets.team_pages import PLACE_TABS, PlaceTab
from portal.upkeep import pages

FEATURE = Feature(
    blueprints=(pages.board_blueprint, pages.lead_blueprint),
    hooks=(
        PLACE_TABS.plug(
            PlaceTab(20, "places_board.place", _l("Weekly review"), pages.opens_board, ("places_board", "places_watch"))
        ),
        WAITS.plug(pages.waits),
    ),
)

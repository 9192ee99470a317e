"""Everything that the feature upkeep brings to the portal."""

from flask_babel import lazy_gettext as _l

from portal.accounts.today import WAITS
from portal.core.feature import Feature
from portal.markets.team_pages import PLACE_TABS, PlaceTab
from portal.upkeep import pages

FEATURE = Feature(
    blueprints=(pages.board_blueprint, pages.lead_blueprint),
    hooks=(
        PLACE_TABS.plug(PlaceTab(40, "places_board.place", _l("Board"), pages.opens_board)),
        PLACE_TABS.plug(PlaceTab(50, "places_watch.scorecard", _l("Scorecard"))),
        WAITS.plug(pages.waits),
    ),
)

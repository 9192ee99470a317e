"""Everything that the feature upkeep brings to the portal."""

from flask_babel import lazy_gettext as _l

from portal.accounts import navigation
from portal.accounts.roles import Role
from portal.core.feature import Feature, NavigationItem
from portal.markets.team_pages import PLACE_TABS, PlaceTab
from portal.upkeep import pages, upkeep

FEATURE = Feature(
    blueprints=(pages.board_blueprint, pages.handover_blueprint, pages.lead_blueprint),
    audited=(upkeep.AUDITED,),
    navigation=(
        NavigationItem(
            40,
            "places_board.index",
            _l("Board"),
            navigation.PLACES - {Role.FACILITATOR},
            navigation.PLACES_AND_PROMISES,
            rooms=("places_handover",),
        ),
    ),
    hooks=(
        PLACE_TABS.plug(PlaceTab(40, "places_board.place", _l("Board"), pages.opens_board)),
        PLACE_TABS.plug(PlaceTab(50, "places_watch.scorecard", _l("Scorecard"))),
        PLACE_TABS.plug(PlaceTab(70, "places_handover.pack", _l("Handover pack"), pages.opens_handover)),
    ),
)

"""Everything that the feature markets brings to the portal."""

from flask_babel import lazy_gettext as _l
from sqlalchemy import String, and_, cast, literal

from portal.accounts import navigation
from portal.accounts.texts import NAMES_HERE
from portal.accounts.today import WAITS
from portal.accounts.users import AUDIT_CONDITIONS
from portal.core.clock import today
from portal.core.feature import Feature, FixedPage, NavigationItem
from portal.core.jobs.engine import Timed
from portal.core.jobs.retries import HOUR, MINUTE
from portal.core.purge import RetentionRule
from portal.markets import cli, found, gate, lead_pages, team_pages, texts, watch
from portal.markets.gate_rules import SOURCE_KEPT
from portal.markets.places import Signal, about_public_places, words_of_public_names
from portal.markets.team_pages import PLACE_TABS, PlaceTab, is_inside

FORGOTTEN = "forgotten "

FEATURE = Feature(
    blueprints=(team_pages.blueprint, lead_pages.evening_blueprint, lead_pages.lead_blueprint),
    timetable=(
        Timed("releases", MINUTE, gate.announce_releases),
        Timed("reviews", HOUR, watch.open_due_reviews),
    ),
    refusals=(texts.REFUSALS, watch.REFUSALS),
    audited=(texts.AUDITED, watch.AUDITED),
    retention=(
        RetentionRule(
            "sources of signals",
            "5 weeks after the week in which something was noticed at a place",
            "the keyed hash of who noticed it; that it was noticed stays in the weekly table",
            Signal,
            lambda _now: and_(Signal.week_on <= today() - SOURCE_KEPT, Signal.source.not_like(f"{FORGOTTEN}%")),
            # The row's own random number: unique, and never equal to a hash.
            instead={"source": literal(FORGOTTEN) + cast(Signal.id, String)},
        ),
    ),
    kept=(("signals, weeks of outreach, reviews", "as long as their place: counts by week, and what a review found"),),
    navigation=(
        NavigationItem(
            30,
            "places_team.index",
            _l("Places"),
            navigation.PLACES,
            navigation.PLACES_AND_PROMISES,
            rooms=("places_lead", "places_evening", "places_board", "places_watch"),
        ),
    ),
    findable=found.FOUND,
    pages=(
        FixedPage(
            70,
            "markets.places",
            _l("Places"),
            _l(
                "Neighbors and the team look at each place again and again."
                " Here is how each one stands, since when, and when it is reviewed next."
            ),
        ),
    ),
    hooks=(
        AUDIT_CONDITIONS.plug(about_public_places),
        NAMES_HERE.plug(words_of_public_names),
        WAITS.plug(team_pages.waits),
        PLACE_TABS.plug(PlaceTab(10, "places_team.place", _l("Overview"))),
        # For members admitted by name, even if the place is public.
        PLACE_TABS.plug(PlaceTab(20, "places_team.steps", _l("Nine steps"), is_inside)),
        PLACE_TABS.plug(PlaceTab(30, "places_team.call_in_page", _l("Call-in"), is_inside)),
    ),
    commands=(cli.commands,),
    start=gate.start,
)

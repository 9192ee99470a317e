"""Everything that the feature indicators brings to the portal."""

from flask_babel import lazy_gettext as _l

from portal.accounts import navigation
from portal.accounts.roles import Role
from portal.core.feature import SLIP_KINDS, Feature, NavigationItem
from portal.core.jobs.engine import Timed
from portal.core.jobs.retries import DAY, HOUR, MINUTE
from portal.indicators import (
    areas,
    charts,
    counts,
    figures_pages,
    freezing,
    imports_pages,
    incidents_pages,
    offers,
    studies,
    studies_pages,
    studies_texts,
    surveys,
    surveys_pages,
    uploads,
)
from portal.markets.places import knows_places
from portal.markets.team_pages import PLACE_TABS, PlaceTab

FEATURE = Feature(
    blueprints=(
        figures_pages.room_blueprint,
        figures_pages.blueprint,
        imports_pages.blueprint,
        incidents_pages.blueprint,
        surveys_pages.public_blueprint,
        surveys_pages.team_blueprint,
        offers.blueprint,
        studies_pages.blueprint,
    ),
    jobs={areas.DRAW_RINGS: areas.draw_rings, uploads.READ_FILE: uploads.read_file, studies.JOB: studies.compute},
    timetable=(
        Timed("rings", MINUTE, areas.draw_rings),
        Timed("files of incidents", MINUTE, uploads.read_files),
        Timed("drawings", MINUTE, charts.draw_latest),
        Timed("surveys", HOUR, surveys.count_all),
        Timed("studies", HOUR, studies.compute_stale),
        Timed("monthly counts", DAY, counts.count_months),
        Timed("snapshot", HOUR, freezing.freeze_what_is_due),
    ),
    refusals=(areas.REFUSALS, imports_pages.REFUSALS, surveys.REFUSALS, offers.REFUSALS, studies_texts.REFUSALS),
    audited=(areas.AUDITED, imports_pages.AUDITED, surveys.AUDITED, offers.AUDITED, studies_texts.AUDITED),
    retention=uploads.ERASED_OF_FIGURES,
    kept=(
        (
            "monthly figures and snapshots",
            "as long as the portal runs: counts; what is small of them is never published",
        ),
        (
            "studies: plans, deviations, results",
            "as long as their place: a plan that could be erased would prove nothing",
        ),
        (
            "placebo areas of studies: outlines and monthly counts of recorded crime and calls",
            "as long as their place; nothing of an incident",
        ),
    ),
    navigation=(
        NavigationItem(
            50, "studies.index", _l("Studies"), navigation.STATISTICIANS, navigation.FIGURES, is_useful=knows_places
        ),
        NavigationItem(
            90,
            "figures_room.index",
            _l("Figures"),
            navigation.STATISTICIANS | {Role.ORGANIZER},
            navigation.FIGURES,
            rooms=("figures", "surveys_team", "offers"),
        ),
        NavigationItem(
            110,
            "offers.index",
            _l("Offers of help"),
            frozenset({Role.SERVICES}),
            navigation.FIGURES,
            is_useful=knows_places,
        ),
    ),
    hooks=(
        freezing.BEFORE_SNAPSHOT.plug(studies.compute_stale),
        SLIP_KINDS.plug(surveys.SURVEY_SLIPS),
        PLACE_TABS.plug(PlaceTab(40, "figures.place", _l("Figures"), rooms=("figures",))),
    ),
    commands=(freezing.COMMANDS,),
)

"""Everything that the feature indicators brings to the portal."""

from flask_babel import lazy_gettext as _l

from portal.accounts import navigation
from portal.accounts.roles import Role
from portal.core.feature import SLIP_KINDS, Feature, NavigationItem, Timed
from portal.core.jobs.retries import DAY, HOUR, MINUTE
from portal.indicators import (
    areas,
    areas_pages,
    charts,
    counts,
    measures_pages,
    offers,
    offers_pages,
    surveys,
    surveys_pages,
)
from portal.indicators.evaluation import pages, running, texts
from portal.indicators.evaluation.studies import JOB
from portal.indicators.imports import incident_pages, taking
from portal.indicators.imports import pages as imports_pages
from portal.indicators.imports import texts as imports_texts
from portal.indicators.imports.uploads import ERASED_OF_FIGURES
from portal.indicators.snapshots import freezing
from portal.indicators.snapshots.drafting import PUBLISHED_FINDINGS
from portal.indicators.snapshots.freezing import BEFORE_SNAPSHOT
from portal.markets.places import knows_places
from portal.markets.team_pages import PLACE_TABS, PlaceTab

FEATURE = Feature(
    blueprints=(
        areas_pages.blueprint,
        measures_pages.blueprint,
        freezing.blueprint,
        imports_pages.blueprint,
        incident_pages.blueprint,
        surveys_pages.public_blueprint,
        surveys_pages.team_blueprint,
        offers_pages.blueprint,
        pages.blueprint,
    ),
    jobs={areas.DRAW_RINGS: areas.draw_rings, taking.READ_FILE: taking.read_file, JOB: running.compute},
    timetable=(
        Timed("rings", MINUTE, areas.draw_rings),
        Timed("files of incidents", MINUTE, taking.read_files),
        Timed("drawings", MINUTE, charts.draw_latest),
        Timed("surveys", HOUR, surveys.count_all),
        Timed("studies", HOUR, running.compute_stale),
        Timed("monthly counts", DAY, counts.count_months),
        Timed("snapshot", HOUR, freezing.freeze),
    ),
    refusals=(areas.REFUSALS, imports_texts.REFUSALS, surveys.REFUSALS, offers.REFUSALS, texts.REFUSALS),
    audited=(areas.AUDITED, imports_texts.AUDITED, surveys.AUDITED, offers.AUDITED, texts.AUDITED),
    retention=ERASED_OF_FIGURES,
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
            "figures.index",
            _l("Figures"),
            navigation.STATISTICIANS,
            navigation.FIGURES,
            # Members who have surveys or offers in their navigation reach them as separate pages.
            rooms=("figures_measures", "figures_snapshots", "surveys_team", "offers"),
        ),
        NavigationItem(100, "surveys_team.index", _l("Surveys"), frozenset({Role.ORGANIZER}), navigation.FIGURES),
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
        BEFORE_SNAPSHOT.plug(running.compute_stale),
        PUBLISHED_FINDINGS.plug(running.published_findings),
        SLIP_KINDS.plug(surveys.SURVEY_SLIPS),
        PLACE_TABS.plug(PlaceTab(60, "studies.show", _l("Study"))),
        PLACE_TABS.plug(PlaceTab(80, "figures.place", _l("Figures"))),
    ),
    commands=(freezing.COMMANDS,),
)

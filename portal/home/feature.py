"""Everything that the feature home brings to the portal."""

from flask_babel import lazy_gettext as _l

from portal.accounts import navigation
from portal.accounts.today import WAITS
from portal.core.contact import CONTACT
from portal.core.feature import Feature, FixedPage, NavigationItem, Reader
from portal.core.jobs.engine import Timed
from portal.core.jobs.retries import DAY
from portal.core.stored_settings import PUT_IN_FORCE, store_settings
from portal.core.web import ERRORS_FOR_PROGRAMS
from portal.home import (
    demands,
    open_data,
    operator,
    pages,
    progress_pages,
    records_pages,
    role_guides,
    search,
    settings_pages,
)

FEATURE = Feature(
    blueprints=(
        pages.front_blueprint,
        pages.about_blueprint,
        pages.places_blueprint,
        progress_pages.blueprint,
        pages.search_blueprint,
        progress_pages.annual_blueprint,
        open_data.data_blueprint,
        open_data.open_data_blueprint,
        open_data.catalog_blueprint,
        pages.posters_blueprint,
        operator.public_blueprint,
        operator.team_blueprint,
        role_guides.blueprint,
        settings_pages.blueprint,
        records_pages.blueprint,
        pages.health_blueprint,
    ),
    timetable=(Timed("search, form 3", DAY, search.fill),),
    pages=(
        FixedPage(10, "about.how_it_works", _l("How this works"), template="home/how_it_works.html"),
        FixedPage(20, "home.who_can_see", _l("Who can see this"), template="home/who_can_see.html"),
        FixedPage(
            45,
            "operator.about",
            _l("Who runs this"),
            _l(
                "Office, address, phone number and e-mail, the press, complaints, privacy, accessibility, demands for "
                "records, terms of the data."
            ),
        ),
        FixedPage(
            40,
            "about.other_cities",
            _l("What other cities found"),
            template="home/other_cities.html",
            values={"results": progress_pages.RESULTS},
        ),
        FixedPage(
            52,
            "home.who_can_see",
            _l("About the police: who reads what you tell us"),
            _l("Who reads it, on this website and by text message, and who never does."),
            readers=Reader.REPORTING,
        ),
    ),
    audited=(operator.AUDITED, demands.AUDITED),
    kept=(
        ("who runs the site", "as long as the portal runs: what an administrator states in public"),
        ("counts of demands for records", "as long as the portal runs: numbers and kinds, no name and no place"),
    ),
    navigation=(
        NavigationItem(
            155,
            "settings.index",
            _l("Settings"),
            navigation.ADMINISTRATORS,
            navigation.ACCOUNTS,
            rooms=("operator_team", "status"),
        ),
        NavigationItem(166, "records.index", _l("Demands for records"), navigation.ADMINISTRATORS, navigation.ACCOUNTS),
    ),
    sitemap=pages.listed_pages,
    hooks=(
        ERRORS_FOR_PROGRAMS.plug(pages.error_for_programs),
        CONTACT.plug(operator.contact),
        PUT_IN_FORCE.plug(("setting", store_settings)),
        PUT_IN_FORCE.plug(("operator", operator.state_operator)),
        WAITS.plug(settings_pages.waits_for_administrators),
    ),
    commands=(search.commands,),
    start=search.start,
)

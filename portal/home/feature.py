"""Everything that the feature home brings to the portal."""

from portal.core.feature import Feature, Timed
from portal.core.jobs.retries import DAY
from portal.core.web import ERRORS_FOR_PROGRAMS
from portal.home import data_pages, embed_pages, pages, poster_pages, progress_pages, site_pages
from portal.home.search import index
from portal.home.search.rules import FORM

FEATURE = Feature(
    blueprints=(
        pages.front_blueprint,
        pages.about_blueprint,
        pages.places_blueprint,
        progress_pages.blueprint,
        pages.search_blueprint,
        pages.annual_blueprint,
        data_pages.data_blueprint,
        data_pages.open311_blueprint,
        data_pages.open_data_blueprint,
        embed_pages.blueprint,
        poster_pages.blueprint,
        site_pages.health_blueprint,
    ),
    development_blueprints=(site_pages.styleguide_blueprint,),
    timetable=(Timed(f"search, form {FORM}", DAY, index.fill),),
    hooks=(ERRORS_FOR_PROGRAMS.plug(site_pages.error_for_programs),),
    commands=(index.commands,),
    start=index.start,
)

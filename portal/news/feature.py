"""Everything that the feature news brings to the portal."""

from flask_babel import lazy_gettext as _l

from portal.accounts import navigation
from portal.accounts.users import AUDIT_CONDITIONS
from portal.core.feature import Feature, NavigationItem
from portal.core.jobs.engine import Timed
from portal.core.jobs.retries import MINUTE
from portal.following.notices import NEWS_SOURCES
from portal.news import found, library, library_pages, posts, posts_pages

FEATURE = Feature(
    blueprints=(
        posts_pages.public_blueprint,
        posts_pages.editor_blueprint,
        library_pages.public_blueprint,
        library_pages.editor_blueprint,
    ),
    timetable=(
        Timed("scheduled news", MINUTE, posts.announce),
        Timed("files of the library", MINUTE, library.read_files),
    ),
    refusals=(posts.REFUSALS, library.REFUSALS),
    audited=(posts.AUDITED,),
    navigation=(
        NavigationItem(120, "news_editor.index", _l("News"), navigation.EDITORS, navigation.MEETINGS_AND_NEWS),
        NavigationItem(130, "guides_editor.index", _l("Guides"), navigation.EDITORS, navigation.MEETINGS_AND_NEWS),
    ),
    findable=found.FOUND,
    pages=found.FIXED,
    sitemap=found.listed_pages,
    hooks=(AUDIT_CONDITIONS.plug(posts.about_shown_posts), NEWS_SOURCES.plug(posts.news_of_places)),
    commands=(library.guides,),
)

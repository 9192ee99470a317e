"""Everything that the feature following brings to the portal."""

from flask_babel import lazy_gettext as _l

from portal.accounts import navigation
from portal.accounts.today import WAITS
from portal.accounts.users import AUDIT_CONDITIONS
from portal.core.feature import Feature, NavigationItem
from portal.core.jobs.delivery import WITHDRAWN
from portal.core.jobs.engine import Timed
from portal.core.jobs.retries import MINUTE
from portal.following import announcements, announcements_pages, following, following_pages, notices, texts

FEATURE = Feature(
    blueprints=(following_pages.blueprint, announcements_pages.blueprint),
    timetable=(
        Timed("news for followers", MINUTE, notices.collect_news),
        Timed("telling followers", MINUTE, notices.tell_followers),
    ),
    refusals=(texts.REFUSALS,),
    audited=(texts.AUDITED,),
    retention=(*following.ERASED_OF_FOLLOWERS, *notices.ERASED_OF_NOTICES),
    kept=(
        ("wordings of following", "as long as the portal runs: what people read when they agreed to get news"),
        ("announcements", "as long as the portal runs: words that were sent, and nobody they went to"),
    ),
    navigation=(
        NavigationItem(125, "announcements.index", _l("Announcements"), navigation.EDITORS, navigation.TELL_PEOPLE),
    ),
    hooks=(
        AUDIT_CONDITIONS.plug(announcements.about_shown_announcements),
        WITHDRAWN.plug(notices.is_withdrawn),
        WAITS.plug(announcements_pages.waits),
    ),
)

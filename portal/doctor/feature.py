"""Everything that the doctor brings to the portal beside its commands: a page, its checks each hour, and gauges."""

from flask_babel import lazy_gettext as _l

from portal.accounts import navigation
from portal.core.feature import Feature, NavigationItem, Timed
from portal.core.jobs.retries import HOUR
from portal.core.metrics import GAUGES
from portal.doctor import status, status_pages

FEATURE = Feature(
    blueprints=(status_pages.blueprint,),
    jobs={"check now": status.check_all},
    timetable=(Timed("checks", HOUR, status.check_all),),
    kept=(("checks of the installation", "the last results: good or not, nothing of a person"),),
    navigation=(
        NavigationItem(156, "status.index", _l("Is all well?"), navigation.ADMINISTRATORS, navigation.ACCOUNTS),
    ),
    hooks=(GAUGES.plug(status.gauges),),
)

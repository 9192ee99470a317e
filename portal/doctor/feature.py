"""Everything that the doctor brings to the portal beside its commands: a page, its checks each hour, and gauges."""

from portal.accounts.today import WAITS
from portal.core.feature import Feature
from portal.core.health import GAUGES
from portal.core.jobs.engine import Timed
from portal.core.jobs.retries import HOUR
from portal.doctor import status

FEATURE = Feature(
    blueprints=(status.blueprint,),
    jobs={"check now": status.check_all},
    timetable=(Timed("checks", HOUR, status.check_all, whatever_the_date=True),),
    kept=(("checks of the installation", "the last results: good or not, nothing of a person"),),
    hooks=(GAUGES.plug(status.gauges), WAITS.plug(status.waits_for_administrators)),
)

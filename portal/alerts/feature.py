"""Everything that the feature alerts brings to the portal."""

from portal.alerts import alerts
from portal.core.feature import Feature
from portal.core.jobs.engine import Timed
from portal.core.jobs.retries import DAY
from portal.reports.intake_pages import ALERTS
from portal.reports.threads import ANSWER_POSTED, THREAD_OPENED

FEATURE = Feature(
    blueprints=(alerts.blueprint, alerts.leave_blueprint),
    timetable=(Timed("word of verdicts", DAY, alerts.tell_of_verdicts),),
    retention=alerts.ERASED_OF_ALERTS,
    hooks=(ALERTS.plug(alerts.part), ANSWER_POSTED.plug(alerts.tell), THREAD_OPENED.plug(alerts.note_look)),
)

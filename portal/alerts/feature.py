"""Everything that the feature alerts brings to the portal."""

from portal.alerts import alert_pages, alerts
from portal.core.feature import Feature, Timed
from portal.core.jobs.retries import DAY
from portal.reports.intake_pages import ALERTS

FEATURE = Feature(
    blueprints=(alert_pages.blueprint, alert_pages.leave_blueprint),
    timetable=(Timed("word of verdicts", DAY, alerts.tell_of_verdicts),),
    retention=alerts.ERASED_OF_ALERTS,
    hooks=(ALERTS.plug(alert_pages.part),),
    start=alerts.start,
)

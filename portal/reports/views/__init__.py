"""The public's rooms, the desk's, and the one of those to whom reports are passed on."""

from portal.reports.views.desk import room as desk
from portal.reports.views.follow import room as follow
from portal.reports.views.intake import room as intake
from portal.reports.views.received import room as received

ROOMS = (intake, follow, desk, received)

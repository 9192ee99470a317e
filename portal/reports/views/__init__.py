"""The public's rooms and the desk's."""

from portal.reports.views.desk import room as desk
from portal.reports.views.follow import room as follow
from portal.reports.views.intake import room as intake

ROOMS = (intake, follow, desk)

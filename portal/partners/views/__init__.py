"""The rooms of circles."""

from portal.partners.views.circles import room as circles
from portal.partners.views.founding import room as founding
from portal.partners.views.handover import room as handover
from portal.partners.views.lead import room as lead
from portal.partners.views.notebook import room as notebook

ROOMS = (circles, founding, lead, notebook, handover)

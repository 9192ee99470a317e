"""The rooms of circles and of organisations."""

from portal.partners.views.circles import room as circles
from portal.partners.views.founding import room as founding
from portal.partners.views.handover import room as handover
from portal.partners.views.lead import room as lead
from portal.partners.views.notebook import room as notebook
from portal.partners.views.organisations import room as organisations

ROOMS = (circles, founding, lead, notebook, handover, organisations)

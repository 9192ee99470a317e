"""The rooms of call-ins."""

from portal.partners.callin.views.help import room as help_room
from portal.partners.callin.views.paper import room as paper
from portal.partners.callin.views.plan import room as plan
from portal.partners.callin.views.run import room as run
from portal.partners.callin.views.voices import room as voices

ROOMS = (plan, run, voices, help_room, paper)

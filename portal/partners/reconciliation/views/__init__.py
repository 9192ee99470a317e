"""The rooms of sessions: in a circle, at the facilitator's table, and the two that are open to everybody."""

from portal.partners.reconciliation.views.acknowledgements import room as acknowledgements
from portal.partners.reconciliation.views.listening import room as listening
from portal.partners.reconciliation.views.planning import room as planning
from portal.partners.reconciliation.views.table import room as table
from portal.partners.reconciliation.views.words import room as words

ROOMS = (planning, table, words, listening, acknowledgements)

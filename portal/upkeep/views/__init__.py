"""The rooms of those who look after places."""

from portal.upkeep.views.board import room as board
from portal.upkeep.views.handover import room as handover
from portal.upkeep.views.lead import room as lead

ROOMS = (board, lead, handover)

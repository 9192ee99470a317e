"""The rooms of surveys."""

from portal.indicators.surveys.views.public import room as public
from portal.indicators.surveys.views.team import room as team

ROOMS = (public, team)

"""The rooms of measures and areas."""

from portal.indicators.areas.views.areas import room as areas
from portal.indicators.areas.views.measures import room as measures

ROOMS = (areas, measures)

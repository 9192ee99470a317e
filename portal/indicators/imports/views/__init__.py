"""The rooms in which figures are imported."""

from portal.indicators.imports.views.incidents import room as incidents
from portal.indicators.imports.views.months import room as months
from portal.indicators.imports.views.sources import room as sources

ROOMS = (months, incidents, sources)

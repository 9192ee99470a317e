"""The room of evaluators and community leads who study places."""

from portal.indicators.evaluation.views.studies import room as studies

ROOMS = (studies,)

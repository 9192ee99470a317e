"""The words in a drawing."""

from __future__ import annotations

from flask_babel import gettext as _

from portal.indicators.charts.specs import Labels
from portal.indicators.panels.reading import Panel
from portal.indicators.panels.texts import panel_title


def labels_of(panel: Panel) -> Labels:
    """In the language that is spoken."""
    return Labels(
        title=panel_title(panel),
        here=str(_("Here")),
        similar=str(_("Similar areas, same level")),
        expected=str(_("What was to be expected")),
        by_areas=str(_("As in similar areas")),
        message=str(_("The message")),
    )

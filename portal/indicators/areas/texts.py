"""The words for measures and areas."""

from __future__ import annotations

from datetime import date

from flask_babel import format_date
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.core.i18n import language
from portal.indicators.models import Area
from portal.indicators.rules.measures import Direction, Kind, Part

KIND_NAMES = {
    Kind.CRIME: _l("Recorded by the police"),
    Kind.CALLS: _l("Calls for help"),
    Kind.SURVEY: _l("Survey of residents"),
    Kind.SERVICE: _l("Help offered and taken"),
    Kind.PORTAL: _l("This site and the team"),
}
DIRECTION_NAMES = {
    Direction.DOWN: _l("Fewer is better"),
    Direction.UP: _l("More is better"),
    Direction.NEITHER: _l("Neither is better by itself"),
}
PART_NAMES = {
    Part.PLACE: _l("The place itself"),
    Part.COMPARISON: _l("Comparison area"),
    Part.RING: _l("Ring around the place"),
    Part.COMPARISON_RING: _l("Ring around a comparison area"),
    Part.CITY: _l("The whole city"),
}
CHANNEL_NAMES = {"": _l("All"), "web": _l("Web"), "sms": _l("Text message"), "paper": _l("Paper")}
LANGUAGE_NAMES = {"": _l("All"), "en": _l("English"), "es": _l("Spanish")}
NO_KEY = _l("Small letters from a to z, digits and _, at least two, beginning with a letter.")
KEY_TAKEN = _l("There is a measure with this name already.")
PART_OF_A_PART = _l("That measure is itself a part of another one.")
REFUSALS = {
    "area_no_more": _l("There can be no more areas of this kind here. A ring needs the area that it goes around."),
    "area_has_figures": _l(
        "There are figures for this area, so it stays. A part of a series must not be lost without a trace."
    ),
}
AUDITED = {
    "measure.defined": _l("added a measure"),
    "measure.changed": _l("changed a measure"),
    "market.area_added": _l("added an area to a place"),
    "market.area_changed": _l("changed an area of a place"),
    "market.area_dropped": _l("erased an area of a place"),
    "city.area_added": _l("added the whole city as an area"),
}


def month_words(month: date) -> str:
    """A month in words: "March 2026"."""
    return str(format_date(month, "MMMM 'de' y" if language() == "es" else "MMMM y"))


def area_name(area: Area) -> str:
    """What an area is within its place: "Comparison area 2: blocks like it"."""
    if area.part in (Part.PLACE, Part.CITY, Part.RING):
        name = str(PART_NAMES[Part(area.part)])
    elif area.part == Part.COMPARISON:
        name = _("Comparison area %(number)s", number=area.rank)
    else:
        name = _("Ring around comparison area %(number)s", number=area.rank)
    said = area.name[language()]
    return f"{name}: {said}" if said else name

"""The words for series and templates: how often, and why something is refused."""

from __future__ import annotations

from datetime import datetime

from babel.dates import get_day_names
from flask_babel import format_date, get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.meetings.series.models import Series
from portal.meetings.series.rules import LAST, Frequency, Rhythm, Scope

WHICH = {
    1: _l("first %(day)s"),
    2: _l("second %(day)s"),
    3: _l("third %(day)s"),
    4: _l("fourth %(day)s"),
    LAST: _l("last %(day)s"),
}
SCOPES = {
    Scope.THIS: _l("Only this date"),
    Scope.LATER: _l("This date and all later ones"),
    Scope.ALL: _l("All dates that are still to come"),
}
REFUSALS = {
    "series_no_start": _l(
        "This meeting needs a day and its hours first, and it must not be canceled or part of a series."
    ),
    "series_in_past": _l("Please choose a first day that is still to come."),
    "series_names_hidden": _l("One of these dates names a place that is not public yet. Publish it on its own page."),
    "template_hidden": _l(
        "This meeting is at a place that is not public yet, or names one. Every organizer would see the template."
    ),
}
AUDITED = {
    "meeting.repeated": _l("let a meeting repeat"),
    "meeting.template_kept": _l("kept a meeting as a template"),
}


def rhythm_words(rhythm: Rhythm) -> str:
    """How often, as people say it: every 2 weeks on Tuesday, every month on the first Monday."""
    day = get_day_names(locale=get_locale())[rhythm.weekday]
    if rhythm.frequency is Frequency.WEEKLY:
        if rhythm.interval == 1:
            return str(_("Every week on %(day)s", day=day))
        return str(_("Every %(number)s weeks on %(day)s", number=rhythm.interval, day=day))
    which = str(WHICH[rhythm.which]) % {"day": day}
    if rhythm.interval == 1:
        return str(_("Every month on the %(which)s", which=which))
    return str(_("Every %(number)s months on the %(which)s", number=rhythm.interval, which=which))


def day_of_month(moment: datetime) -> str:
    """A day, short, for a list of several."""
    return str(format_date(moment, "medium"))


def repeats(series: Series) -> str:
    """How often a series is held."""
    return rhythm_words(series.rhythm)

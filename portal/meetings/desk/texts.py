"""The words of the desk: fields that are empty, what people need against what there is."""

from __future__ import annotations

from datetime import date, datetime

from babel.dates import format_skeleton
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.core.clock import zone
from portal.meetings.desk.glance import Glance
from portal.meetings.forms import MeetingForm
from portal.meetings.rsvp.texts import LANGUAGE_NAMES
from portal.meetings.texts import NEED_NAMES

EVENING_TAKEN = _l(
    "Saved as a draft. Something else is on that evening, see below. Press “Publish” again if it is fine."
)


def day_name(day: date | datetime) -> str:
    """A day without its year, as a heading or on a button."""
    name = format_skeleton("MMMMEEEEd", _local(day), locale=get_locale())
    return name[:1].upper() + name[1:]


def _local(day: date | datetime) -> date:
    return day.astimezone(zone()).date() if isinstance(day, datetime) else day


def field_name(name: str) -> str:
    """What a field of the form for meetings is called."""
    field = getattr(MeetingForm, name)
    return str(field.args[0] if field.args else field.kwargs["label"])


def need_name(need: str) -> str:
    """What a need is called."""
    return str(NEED_NAMES[need])


def coming_line(glance: Glance) -> str:
    """How many people come, of how many seats, and how many wait."""
    sums = glance.sums
    said = ngettext("%(num)s person is coming", "%(num)s people are coming", sums.people)
    if glance.seats.capacity:
        said = f"{said} ({_('of %(seats)s', seats=glance.seats.capacity)})"
    if sums.waiting:
        said = f"{said}; {ngettext('%(num)s waits for a seat', '%(num)s wait for a seat', sums.waiting)}"
    return str(said)


def need_lines(glance: Glance) -> list[tuple[str, str, bool]]:
    """What people need against what there is: a sentence, the field that answers it, whether something lacks."""
    return [line for line in (_childcare(glance), _rides(glance), _interpreter(glance)) if line]


def _childcare(glance: Glance) -> tuple[str, str, bool] | None:
    if not glance.children:
        return None
    said = ngettext("%(num)s child needs childcare", "%(num)s children need childcare", glance.children)
    return f"{said}{_lack(glance.lacks_childcare)}", "childcare", glance.lacks_childcare


def _rides(glance: Glance) -> tuple[str, str, bool] | None:
    sums = glance.sums
    if not sums.rides_needed and not sums.seats_offered:
        return None
    needed = ngettext("%(num)s person needs a ride", "%(num)s people need a ride", sums.rides_needed)
    offered = ngettext("%(num)s seat in a car is offered", "%(num)s seats in cars are offered", sums.seats_offered)
    return f"{needed}; {offered}{_lack(glance.lacks_rides)}", "ride", glance.lacks_rides


def _interpreter(glance: Glance) -> tuple[str, str, bool] | None:
    asked = sorted(glance.sums.interpreters.items())
    if not asked:
        return None
    names = ", ".join(f"{LANGUAGE_NAMES[key]}: {count}" for key, count in asked)
    said = _("Interpreter wished for: %(languages)s", languages=names)
    return f"{said}{_lack(glance.lacks_interpreter)}", "interpreter", glance.lacks_interpreter


def _lack(lacks: bool) -> str:
    return f" – {_('and that is not certain yet')}" if lacks else ""

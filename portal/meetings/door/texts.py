"""The words for counting at the door."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from portal.meetings.door.rules import GROUPS
from portal.meetings.report_back.rules import Side
from portal.meetings.report_back.texts import SIDE_NAMES
from portal.meetings.rsvp.texts import LANGUAGE_NAMES

GROUP_NAMES = {
    "who": _l("Who came"),
    "age": _l("How old"),
    "language": _l("Who needs an interpreter"),
    "needs": _l("What people need tonight"),
}
OTHER_NAMES = {
    "age.children": _l("Children up to 11"),
    "age.teens": _l("12 to 17"),
    "age.adults": _l("Adults"),
    "needs.first_time": _l("Here for the first time"),
    "needs.childcare": _l("Children in childcare"),
    "needs.ride_home": _l("Needs a ride home"),
    "needs.access": _l("Ramp, chair, hearing"),
}
AUDITED = {"meeting.door_counted": _l("counted at the door of a meeting")}
REFUSALS = {
    "door_closed": _l("Nothing is counted at the door of this meeting now: it is far off, long over, or canceled."),
    "door_too_many": _l("Too many phones have counted at this meeting. Please type your counts by hand."),
}


def counter_name(name: str) -> str:
    """What is counted, in words."""
    group, _dot, one = name.partition(".")
    if group == "who":
        return str(SIDE_NAMES[Side(one)])
    return str(LANGUAGE_NAMES[one] if group == "language" else OTHER_NAMES[name])


def counters() -> list[tuple[str, list[tuple[str, str]]]]:
    """Every counter with its name, in named groups."""
    return [
        (str(GROUP_NAMES[group]), [(f"{group}.{name}", counter_name(f"{group}.{name}")) for name in names])
        for group, names in GROUPS.items()
    ]

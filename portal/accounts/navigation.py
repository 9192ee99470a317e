"""Which rooms somebody finds in the bar at the top, and where they arrive after signing in."""

from __future__ import annotations

from flask import current_app, request, url_for
from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from portal.accounts.rules.roles import Role
from portal.accounts.sessions import person

DESK = frozenset({Role.TRIAGE, Role.OVERSIGHT})
EDITORS = frozenset({Role.ORGANIZER, Role.COMMUNITY_LEAD})
PLACES = EDITORS | {Role.FAITH_PARTNER, Role.FACILITATOR, Role.POLICE_LIAISON}
ADMINISTRATORS = frozenset({Role.ADMINISTRATOR})

# Address, label, who finds it there (nobody named: everybody), key after `g`.
ROOMS: tuple[tuple[str, LazyString, frozenset[Role], str], ...] = (
    ("desk.inbox", _l("Desk"), DESK, "d"),
    ("meetings_editor.index", _l("Meetings"), EDITORS, ""),
    ("places_team.index", _l("Places"), PLACES, ""),
    ("places_board.index", _l("Board"), PLACES - {Role.FACILITATOR}, ""),
    ("news_editor.index", _l("News"), EDITORS, ""),
    ("guides_editor.index", _l("Guides"), EDITORS, ""),
    ("people.index", _l("People"), ADMINISTRATORS, ""),
    ("audit.index", _l("Audit log"), ADMINISTRATORS, ""),
    ("desks.index", _l("Colleagues"), DESK, ""),
    ("account.index", _l("My account"), frozenset(), ""),
)


# Rooms that are reached from another one, whose name is lit in the bar while somebody is in them.
PART_OF = {
    "places_lead": "places_team",
    "places_evening": "places_team",
    "meetings_week": "meetings_editor",
    "meetings_around": "meetings_editor",
    "meetings_calendars": "meetings_editor",
}


def room_nav() -> list[tuple[str, str, bool] | tuple[str, str, bool, str]]:
    """The rooms of whoever is signed in: label, address, whether they are in it, and the key after `g`."""
    here = PART_OF.get(request.blueprint or "", request.blueprint)
    items: list[tuple[str, str, bool] | tuple[str, str, bool, str]] = []
    for endpoint, label, key in _open_rooms(person().roles):
        item = (str(label), url_for(endpoint), endpoint.partition(".")[0] == here)
        items.append((*item, key) if key else item)
    return items


def first_room(roles: frozenset[str]) -> str:
    """Where somebody with these roles begins."""
    return url_for(_open_rooms(roles)[0][0])


def _open_rooms(roles: frozenset[str]) -> list[tuple[str, LazyString, str]]:
    return [
        (endpoint, label, key)
        for endpoint, label, needed, key in ROOMS
        if (not needed or needed & roles) and endpoint in current_app.view_functions
    ]

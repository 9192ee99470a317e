"""Which rooms somebody finds in the bar at the top, and where they arrive after signing in."""

from __future__ import annotations

from collections.abc import Callable

from flask import current_app, request, url_for
from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from portal.accounts.rules.roles import Role
from portal.accounts.sessions import Person, person

DESK = frozenset({Role.TRIAGE, Role.OVERSIGHT})
EDITORS = frozenset({Role.ORGANIZER, Role.COMMUNITY_LEAD})
FOUNDERS = frozenset({Role.COMMUNITY_LEAD, Role.FAITH_PARTNER, Role.FACILITATOR})
PLACES = EDITORS | {Role.FAITH_PARTNER, Role.FACILITATOR, Role.POLICE_LIAISON}
ADMINISTRATORS = frozenset({Role.ADMINISTRATOR})

# Address, label, who finds it there (nobody named: everybody), key after `g`.
ROOMS: tuple[tuple[str, LazyString, frozenset[Role], str], ...] = (
    ("desk.inbox", _l("Desk"), DESK, "d"),
    ("meetings_editor.index", _l("Meetings"), EDITORS, ""),
    ("places_team.index", _l("Places"), PLACES, ""),
    ("places_board.index", _l("Board"), PLACES - {Role.FACILITATOR}, ""),
    ("commitments_team.index", _l("Promises"), PLACES | {Role.SERVICES}, ""),
    ("news_editor.index", _l("News"), EDITORS, ""),
    ("guides_editor.index", _l("Guides"), EDITORS, ""),
    ("circles.index", _l("Circles"), FOUNDERS, ""),
    ("people.index", _l("People"), ADMINISTRATORS, ""),
    ("audit.index", _l("Audit log"), ADMINISTRATORS, ""),
    ("desks.index", _l("Colleagues"), DESK, ""),
    ("account.index", _l("My account"), frozenset(), ""),
)


# Rooms that are reached from another one, whose name is lit in the bar while somebody is in them.
PART_OF = {
    **dict.fromkeys(("places_lead", "places_evening"), "places_team"),
    **dict.fromkeys(("meetings_week", "meetings_around", "meetings_calendars"), "meetings_editor"),
    **dict.fromkeys(("commitments_steps", "hearings"), "commitments_team"),
    **dict.fromkeys(
        ("circles_founding", "circles_lead", "circles_notes", "circles_handover", "organisations"), "circles"
    ),
    **dict.fromkeys(("circles_polls", "circles_polls_guests", "circles_dates"), "circles"),
}


def room_nav() -> list[tuple[str, str, bool] | tuple[str, str, bool, str]]:
    """The rooms of whoever is signed in: label, address, whether they are in it, and the key after `g`."""
    here = PART_OF.get(request.blueprint or "", request.blueprint)
    items: list[tuple[str, str, bool] | tuple[str, str, bool, str]] = []
    for endpoint, label, key in _open_rooms(person()):
        item = (str(label), url_for(endpoint), endpoint.partition(".")[0] == here)
        items.append((*item, key) if key else item)
    return items


def first_room() -> str:
    """Where whoever is signed in begins."""
    return url_for(_open_rooms(person())[0][0])


def _open_rooms(who: Person) -> list[tuple[str, LazyString, str]]:
    return [
        (endpoint, label, key)
        for endpoint, label, needed, key in ROOMS
        if (not needed or needed & who.roles or _is_drawn_into(endpoint, who))
        and endpoint in current_app.view_functions
    ]


def _is_drawn_into(endpoint: str, who: Person) -> bool:
    """Whether a feature lets somebody into a room whatever their roles; it says so in the app's extensions."""
    asked: Callable[[int], bool] | None = current_app.extensions.get("drawn_in", {}).get(endpoint)
    return asked is not None and asked(who.id)

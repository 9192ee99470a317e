"""Which rooms somebody finds in the bar at the top, and where they arrive after signing in."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from flask import current_app, request, url_for
from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from portal.accounts.roles import RECEIVERS, Role
from portal.accounts.sign_in import SessionUser, person

DESK = frozenset({Role.TRIAGE, Role.OVERSIGHT})
EDITORS = frozenset({Role.ORGANIZER, Role.COMMUNITY_LEAD})
STATISTICIANS = frozenset({Role.EVALUATOR, Role.COMMUNITY_LEAD})
FOUNDERS = frozenset({Role.COMMUNITY_LEAD, Role.FAITH_PARTNER, Role.FACILITATOR})
PLACES = EDITORS | {Role.FAITH_PARTNER, Role.FACILITATOR, Role.POLICE_LIAISON}
ADMINISTRATORS = frozenset({Role.ADMINISTRATOR})

# Address, label, who finds it there (nobody named: everybody), key after `g`.
ROOMS: tuple[tuple[str, LazyString, frozenset[Role], str], ...] = (
    ("desk.inbox", _l("Desk"), DESK, "d"),
    ("meetings_editor.index", _l("Meetings"), EDITORS, ""),
    ("places_team.index", _l("Places"), PLACES, ""),
    ("places_board.index", _l("Board"), PLACES - {Role.FACILITATOR}, ""),
    ("studies.index", _l("Studies"), frozenset({Role.EVALUATOR, Role.COMMUNITY_LEAD}), ""),
    ("meetings_congregation.index", _l("To announce"), frozenset({Role.FAITH_PARTNER}), ""),
    ("commitments_team.index", _l("Promises"), PLACES | {Role.SERVICES}, ""),
    ("received.index", _l("Passed on to us"), RECEIVERS, ""),
    ("figures.index", _l("Figures"), STATISTICIANS, ""),
    ("surveys_team.index", _l("Surveys"), frozenset({Role.ORGANIZER}), ""),
    ("offers.index", _l("Offers of help"), frozenset({Role.SERVICES}), ""),
    ("news_editor.index", _l("News"), EDITORS, ""),
    ("guides_editor.index", _l("Guides"), EDITORS, ""),
    ("circles.index", _l("Circles"), FOUNDERS, ""),
    ("people.index", _l("People"), ADMINISTRATORS, ""),
    ("audit.index", _l("Audit log"), ADMINISTRATORS, ""),
    ("desks.index", _l("Colleagues"), DESK | RECEIVERS, ""),
    ("account.index", _l("My account"), frozenset(), ""),
)

MOST_IN_ROW = 10
"""So many rooms fit beside each other in either language; of somebody with more, those that belong together fold."""
FOLDS: tuple[tuple[LazyString, tuple[str, ...]], ...] = (
    (_l("Desk and colleagues"), ("desk.inbox", "received.index", "desks.index")),
    (
        _l("Meetings and news"),
        ("meetings_editor.index", "meetings_congregation.index", "news_editor.index", "guides_editor.index"),
    ),
    (
        _l("Places and promises"),
        ("places_team.index", "places_board.index", "commitments_team.index", "offers.index"),
    ),
    (_l("Figures and studies"), ("figures.index", "studies.index", "surveys_team.index")),
    (_l("Accounts and log"), ("people.index", "audit.index")),
)

# Rooms whose address does not begin with that of the one they belong to, whose name is lit while somebody is in them.
PART_OF = {
    "reminders": "account",
    **dict.fromkeys(("places_lead", "places_evening"), "places_team"),
    **dict.fromkeys(("meetings_calendars", "meetings_heads"), "meetings_editor"),
    "places_handover": "places_board",
    # Surveys and offers are rooms of their own for whoever finds them in the bar.
    **dict.fromkeys(("figures_measures", "figures_snapshots", "surveys_team", "offers"), "figures"),
    "organisations": "circles",
}


class Link(NamedTuple):
    """A room in the bar: its name, its address, whether somebody is in it, and the key after `g`."""

    name: str
    address: str
    is_here: bool
    key: str
    endpoint: str


class Fold(NamedTuple):
    """Rooms of the bar under one word; a room that stands alone has none."""

    name: str
    links: list[Link]

    @property
    def is_here(self) -> bool:
        return any(link.is_here for link in self.links)


def room_nav() -> list[Link]:
    """The rooms of whoever is signed in."""
    found = [(endpoint, label, key, url_for(endpoint)) for endpoint, label, key in _open_rooms(person())]
    here = {endpoint for endpoint, _label, _key, address in found if f"{request.path}/".startswith(address)}
    part_of = PART_OF.get(request.blueprint or "")
    here = here or {endpoint for endpoint, *_rest in found if endpoint.partition(".")[0] == part_of}
    return [Link(str(label), address, endpoint in here, key, endpoint) for endpoint, label, key, address in found]


def room_bar() -> list[Fold]:
    """The same as they stand in the bar: each by itself, or under the word for its like, where there are many."""
    links = room_nav()
    words = {one: label for label, inside in FOLDS for one in inside} if len(links) > MOST_IN_ROW else {}
    folds: dict[str, Fold] = {}
    for link in links:
        name = str(words.get(link.endpoint, link.endpoint))
        folds.setdefault(name, Fold(name, [])).links.append(link)
    return [fold if len(fold.links) > 1 else Fold("", fold.links) for fold in folds.values()]


def first_room() -> str:
    """Where whoever is signed in begins."""
    return url_for(_open_rooms(person())[0][0])


def _open_rooms(who: SessionUser) -> list[tuple[str, LazyString, str]]:
    roles = who.roles
    return [
        (endpoint, label, key)
        for endpoint, label, needed, key in ROOMS
        if (not needed or needed & roles or _is_drawn_into(endpoint, who)) and endpoint in current_app.view_functions
    ]


def _is_drawn_into(endpoint: str, who: SessionUser) -> bool:
    """Whether a feature lets somebody into a room whatever their roles; it says so in the app's extensions."""
    asked: Callable[[int], bool] | None = current_app.extensions.get("drawn_in", {}).get(endpoint)
    return asked is not None and asked(who.id)

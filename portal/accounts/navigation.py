"""The navigation bar of signed-in members: which areas they find there, and their first page after signing in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from flask import request, url_for
from flask_babel import lazy_gettext as _l

from portal.accounts.roles import Role
from portal.accounts.sign_in import SessionUser, current_user
from portal.core.feature import NavigationItem, features
from portal.core.portal import Hook

DESK = frozenset({Role.TRIAGE, Role.OVERSIGHT})
EDITORS = frozenset({Role.ORGANIZER, Role.COMMUNITY_LEAD})
STATISTICIANS = frozenset({Role.EVALUATOR, Role.COMMUNITY_LEAD})
PLACES = EDITORS | {Role.FAITH_PARTNER, Role.FACILITATOR, Role.POLICE_LIAISON}
ADMINISTRATORS = frozenset({Role.ADMINISTRATOR})

MOST_IN_ROW = 10
"""So many areas fit in one row in either language; with more, related areas are folded under one heading."""
AT_DESK = _l("Desk, colleagues")
TELL_PEOPLE = _l("Tell people")
"""One area in the bar, however many there are: a row of tabs leads to its parts."""
PLACES_AND_PROMISES = _l("Places, promises")
FIGURES = _l("Figures, studies")
ACCOUNTS = _l("Accounts, log")

DRAWN_IN: Hook[tuple[str, Callable[[int], bool]]] = Hook("who is let in whatever their roles")
"""Pairs of a navigation endpoint and a predicate that opens it to a member by id, whatever their roles."""


class Link(NamedTuple):
    """An area in the bar: its name, its address, whether the current page is in it, and its shortcut key after `g`."""

    name: str
    address: str
    is_here: bool
    key: str


class Fold(NamedTuple):
    """Areas under one heading, empty for one that stands alone; of a tabbed one they stand on their own pages only."""

    name: str
    links: list[Link]
    is_tabbed: bool

    @property
    def is_here(self) -> bool:
        return any(link.is_here for link in self.links)


def room_bar() -> list[Fold]:
    """Return the areas open to the signed-in member; if there are many, some folded under their group's heading."""
    rooms = [(item, url_for(item.endpoint)) for item in _open_rooms(current_user)]
    here = {item.endpoint for item, address in rooms if f"{request.path}/".startswith(address)}
    here = here or {item.endpoint for item, _address in rooms if request.blueprint in item.rooms}
    is_long = len({"" if item.group is TELL_PEOPLE else item.endpoint for item, _address in rooms}) > MOST_IN_ROW
    folds: dict[str, Fold] = {}
    for item, address in rooms:
        is_tabbed = item.group is TELL_PEOPLE
        name = str(item.group) if item.group and (is_tabbed or is_long) else item.endpoint
        link = Link(str(item.label), address, item.endpoint in here, item.key)
        folds.setdefault(name, Fold(name, [], is_tabbed)).links.append(link)
    return [fold if len(fold.links) > 1 else Fold("", fold.links, is_tabbed=False) for fold in folds.values()]


def first_room() -> str:
    """Return the address of the signed-in member's first area; no other is looked at."""
    return url_for(next(_open_rooms(current_user)).endpoint)


def _open_rooms(who: SessionUser) -> Iterator[NavigationItem]:
    items = (item for feature in features() for item in feature.navigation)
    for item in sorted(items, key=lambda item: item.order):
        is_theirs = not item.roles or not item.roles.isdisjoint(who.roles)
        if not is_theirs and not any(opens(who.id) for room, opens in DRAWN_IN.plugged() if room == item.endpoint):
            continue
        is_here = f"{request.path}/".startswith(url_for(item.endpoint))
        if item.is_useful is None or is_here or item.is_useful(who.id):
            yield item

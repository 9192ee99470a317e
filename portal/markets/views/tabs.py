"""What there is to see of one place: a line here makes a page findable from all the others."""

from __future__ import annotations

from flask import current_app, request, url_for
from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from portal.core.web import Room
from portal.markets.queries import admitted

# Endpoint, which takes `market_id`, and label. Shown where the endpoint exists, to people whom its room admits.
PLACE_TABS: tuple[tuple[str, LazyString], ...] = (
    ("places_team.place", _l("Overview")),
    ("places_team.steps", _l("Nine steps")),
    ("places_team.call_in_page", _l("Call-in")),
    ("places_board.place", _l("Board")),
    ("places_watch.scorecard", _l("Scorecard")),
    ("studies.show", _l("Study")),
    ("places_handover.pack", _l("Handover pack")),
    ("figures.place", _l("Figures")),
)
INSIDE = frozenset({"places_team.steps", "places_team.call_in_page"})
"""Pages for those who are admitted by name, of a public place too."""


def place_tabs(market_id: int) -> list[tuple[str, str, bool]]:
    """The pages of a place for whoever is signed in: label, address, whether it is the one on show."""
    return [
        (str(label), url_for(endpoint, market_id=market_id), request.endpoint == endpoint)
        for endpoint, label in PLACE_TABS
        if endpoint in current_app.view_functions
        and _room(endpoint).audience.admits(current_user.roles)
        and _opens(endpoint, market_id)
    ]


def _opens(endpoint: str, market_id: int) -> bool:
    if endpoint in INSIDE:
        return current_user.id in admitted(market_id)
    # Features above say here whether a page of theirs opens for whoever is signed in.
    opens = current_app.extensions.get("place_tab_conditions", {}).get(endpoint)
    return opens is None or bool(opens(market_id))


def _room(endpoint: str) -> Room:
    room = current_app.blueprints[endpoint.rpartition(".")[0]]
    assert isinstance(room, Room)
    return room

"""How a page of a call-in is entered: the circle's door first, and only in a circle of community voices."""

from __future__ import annotations

from portal.core.errors import NotAllowed, NotFound
from portal.partners.callin.evening import Evening, open_evening
from portal.partners.callin.queries import call_in
from portal.partners.callin.rules.wall import keeps_roster
from portal.partners.door import enter
from portal.partners.queries.circles import Seat
from portal.partners.rules.circles import Act, Kind
from portal.partners.sealing import Words, my_keys


def enter_voices(circle_id: int, act: Act) -> Seat:
    """The seat, in a circle that prepares call-ins; `NotFound` in every other."""
    seat = enter(circle_id, act)
    if seat.circle.kind != Kind.MORAL_VOICE:
        raise NotFound
    return seat


def enter_evening(
    circle_id: int, call_in_id: int, act: Act, *, roster: bool = False, to_change: bool = False
) -> tuple[Seat, Evening]:
    """The seat and the evening; `roster` only for whoever may know who speaks, `to_change` one after the other."""
    seat = enter_voices(circle_id, act)
    found = call_in(seat.circle, call_in_id, to_change=to_change)
    if roster and not keeps_roster(seat.role, seat.member.roles):
        raise NotAllowed
    return seat, open_evening(seat, found, my_keys())


def need(words: Words | None) -> Words:
    """The words, or NotAllowed for whoever cannot open them: what cannot be read is not written over."""
    if words is None:
        raise NotAllowed
    return words

"""How a page of a session is entered: by a seat in its circle, and only as far as one's part in it goes."""

from __future__ import annotations

from portal.core.errors import NotFound
from portal.partners.door import enter
from portal.partners.queries.circles import Seat
from portal.partners.reconciliation.queries.sittings import Part, has_sessions, part_in
from portal.partners.reconciliation.rules import plans
from portal.partners.rules.circles import Act


def enter_sessions(circle_id: int, *, to_plan: bool = False) -> Seat:
    """My seat in a circle that has sessions. Raises NotFound for any other, and for who may not plan them."""
    seat = enter(circle_id, Act.READ)
    if not has_sessions(seat.circle) or (to_plan and not plans(seat.role, seat.member.roles)):
        raise NotFound
    return seat


def enter_session(circle_id: int, session_id: int) -> Part:
    """My part in a session. Raises NotFound without one."""
    return part_in(enter_sessions(circle_id), session_id)


def enter_to(may: str, circle_id: int, session_id: int) -> Part:
    """My part, if it lets me do this (`plans`, `facilitates`, `sees_names`, `brings_guests`, `of_community`).

    To anybody else the page is not there, whether the session is or not: what only one person reads must not be seen
    to exist.
    """
    part = enter_session(circle_id, session_id)
    if not getattr(part, may):
        raise NotFound
    return part

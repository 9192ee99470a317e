"""Who may be admitted to a place by name, and when somebody who looks after it no longer does."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

from portal.accounts.rules.roles import Role

MAY_KNOW = frozenset({Role.COMMUNITY_LEAD, Role.ORGANIZER, Role.FAITH_PARTNER, Role.POLICE_LIAISON})
"""The role wall: nobody else may know of a hidden place, whoever wants to admit them."""


class Lapse(StrEnum):
    """Why a place has nobody in a seat, although it should."""

    NOBODY = "nobody"
    LEFT = "left"
    ROLE = "role"
    OUT = "out"


def may_be_admitted(roles: Collection[str]) -> bool:
    """Whether somebody with these roles may know of a hidden place."""
    return not MAY_KNOW.isdisjoint(roles)


def is_last_lead(member_id: int, leads: Collection[int]) -> bool:
    """Whether nobody could admit or decide any more once this person is out; `leads` are those admitted now."""
    return set(leads) == {member_id}


def lapse(*, is_named: bool, has_left: bool, roles: Collection[str], is_admitted: bool) -> Lapse | None:
    """Why nobody sits in this seat, or None while somebody does."""
    if not is_named:
        return Lapse.NOBODY
    if has_left:
        return Lapse.LEFT
    if not may_be_admitted(roles):
        return Lapse.ROLE
    return None if is_admitted else Lapse.OUT

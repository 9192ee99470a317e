"""How pressing something is that is open, and who has a board at all."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

from portal.accounts.rules.roles import Role


class Tone(StrEnum):
    """How pressing it is, the most pressing first."""

    OVERDUE = "overdue"
    TODAY = "today"
    MISSING = "missing"
    WAITING = "waiting"


ORDER = tuple(Tone)
DUE = (Tone.OVERDUE, Tone.TODAY)
FIRST_SHOWN = 3
"""Lines of a circle that stand open on the page; more are a press away."""
PROMISES_SHOWN = 6


def may_have_board(roles: Collection[str], *, leads: bool) -> bool:
    """Whether somebody sees what is open: who leads a circle, and community leads. Never police."""
    if Role.POLICE_LIAISON in roles or Role.ADMINISTRATOR in roles:
        return False
    return leads or Role.COMMUNITY_LEAD in roles


def pressing(tone: Tone) -> int:
    """For sorting."""
    return ORDER.index(tone)

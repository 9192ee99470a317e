"""The roles of the role wall, and which of them one person may not hold together."""

from collections.abc import Iterable
from enum import StrEnum
from itertools import combinations


class Role(StrEnum):
    """What somebody is here to do; it decides what they may see."""

    ORGANIZER = "organizer"
    COMMUNITY_LEAD = "community_lead"
    FAITH_PARTNER = "faith_partner"
    FACILITATOR = "facilitator"
    POLICE_LIAISON = "police_liaison"
    SERVICES = "services"
    EVALUATOR = "evaluator"
    OVERSIGHT = "oversight"
    TRIAGE = "triage"
    ADMINISTRATOR = "administrator"


# Police never learn who reported, spoke, attended or complained; whoever runs the accounts reads no report and no note.
# So each of the two shares a person with nobody but the evaluator, who sees counts only.
WALLED_OFF = frozenset({Role.POLICE_LIAISON, Role.ADMINISTRATOR})


def incompatible(one: Role, other: Role) -> bool:
    """Say whether one person must not hold both roles."""
    return one is not other and not WALLED_OFF.isdisjoint({one, other}) and Role.EVALUATOR not in {one, other}


def ends_circles(before: Iterable[str], after: Iterable[str]) -> bool:
    """Say whether somebody with these new roles must leave every circle: they came to it as somebody else."""
    return not WALLED_OFF.isdisjoint(set(after) - set(before))


def conflict(roles: Iterable[Role]) -> tuple[Role, Role] | None:
    """Return the first two roles that one person must not hold together, in the order of the enumeration."""
    held = set(roles)
    pairs = combinations((role for role in Role if role in held), 2)
    return next((pair for pair in pairs if incompatible(*pair)), None)

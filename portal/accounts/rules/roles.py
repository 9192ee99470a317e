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


class DeskKind(StrEnum):
    """What a desk opens: reports as they were written, or only what was passed on to it."""

    TRIAGE = "triage"
    OVERSIGHT = "oversight"
    TEAM = "team"
    POLICE = "police"
    OUTREACH = "outreach"


READS_REPORTS = (DeskKind.TRIAGE, DeskKind.OVERSIGHT)
RECEIVES = (DeskKind.TEAM, DeskKind.POLICE, DeskKind.OUTREACH)
"""Desks to which reports are passed on, with the words that the first desk chose."""

SEAT_OF = {
    Role.TRIAGE: DeskKind.TRIAGE,
    Role.OVERSIGHT: DeskKind.OVERSIGHT,
    Role.ORGANIZER: DeskKind.TEAM,
    Role.COMMUNITY_LEAD: DeskKind.TEAM,
    Role.POLICE_LIAISON: DeskKind.POLICE,
    Role.SERVICES: DeskKind.OUTREACH,
}
"""The desk at which a role brings a seat."""
RECEIVERS = frozenset(role for role, kind in SEAT_OF.items() if kind in RECEIVES)

# Police never learn who reported, spoke, attended or complained; whoever runs the accounts reads no report and no note.
# So each of the two shares a person with nobody but the evaluator, who sees counts only.
WALLED_OFF = frozenset({Role.POLICE_LIAISON, Role.ADMINISTRATOR})


def incompatible(one: Role, other: Role) -> bool:
    """Say whether one person must not hold both roles."""
    return one is not other and not WALLED_OFF.isdisjoint({one, other}) and Role.EVALUATOR not in {one, other}


def kinds_of_desks(roles: Iterable[Role]) -> frozenset[DeskKind]:
    """Return the kinds of desks at which somebody with these roles has a seat."""
    return frozenset(SEAT_OF[role] for role in roles if role in SEAT_OF)


def ends_circles(before: Iterable[str], after: Iterable[str]) -> bool:
    """Say whether somebody with these new roles must leave every circle: they came to it as somebody else."""
    return not WALLED_OFF.isdisjoint(set(after) - set(before))


def conflict(roles: Iterable[Role]) -> tuple[Role, Role] | None:
    """Return the first two roles that one person must not hold together, in the order of the enumeration."""
    held = set(roles)
    pairs = combinations((role for role in Role if role in held), 2)
    return next((pair for pair in pairs if incompatible(*pair)), None)

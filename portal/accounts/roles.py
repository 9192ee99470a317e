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

WALLED_OFF = frozenset({Role.POLICE_LIAISON, Role.ADMINISTRATOR})
"""Roles that share a person with no other one. What the other would add, and why that breaks the wall:

- police liaison + triage, organizer, community lead, services: what residents wrote, more than is passed on to police;
- police liaison + oversight: complaints about police;
- police liaison + faith partner, facilitator: who attends and who speaks, where police are not in the room;
- police liaison + evaluator: counts with nothing hidden, down to "Spanish: 1", and how many complained;
- police liaison + administrator: everybody's account;
- administrator + any that reads words or names: who can let themselves into every account must hold no key;
- administrator + evaluator: counts with nothing hidden, beside a log of who dealt with what in which hour.

All others may be one person, as in a small city they are. Triage reads what came unsorted, complaints too, so oversight
adds no kind of reader. A community lead reads the counts of an evaluator, what is passed on of a place, and who comes
to what they plan: a faith partner, a facilitator, an organizer or services who evaluate learn no more than that.
"""


def incompatible(one: Role, other: Role) -> bool:
    """Say whether one person must not hold both roles."""
    return one is not other and not WALLED_OFF.isdisjoint({one, other})


def kinds_of_desks(roles: Iterable[Role]) -> frozenset[DeskKind]:
    """Return the kinds of desks at which somebody with these roles has a seat."""
    return frozenset(SEAT_OF[role] for role in roles if role in SEAT_OF)


def ends_circles(before: Iterable[str], after: Iterable[str]) -> bool:
    """Say whether somebody with these new roles must leave every circle: they came to it as somebody else."""
    return not WALLED_OFF.isdisjoint(set(after) - set(before))


def in_force(roles: Iterable[str]) -> frozenset[str]:
    """Return the roles that count of those that somebody was given, perhaps when fewer pairs were refused.

    One that is walled off stays, without the others: who runs the accounts can still put it right.
    """
    held = frozenset(roles)
    return held & WALLED_OFF if len(held) > 1 and not WALLED_OFF.isdisjoint(held) else held


def conflict(roles: Iterable[Role]) -> tuple[Role, Role] | None:
    """Return the first two roles that one person must not hold together, in the order of the enumeration."""
    held = set(roles)
    pairs = combinations((role for role in Role if role in held), 2)
    return next((pair for pair in pairs if incompatible(*pair)), None)

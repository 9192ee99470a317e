"""The roles of the role wall, the desks they have a seat at, and which roles one person may not hold together."""

from collections.abc import Iterable
from enum import StrEnum
from itertools import combinations


class Role(StrEnum):
    ORGANIZER = "organizer"
    COMMUNITY_LEAD = "community_lead"
    FAITH_PARTNER = "faith_partner"
    FACILITATOR = "facilitator"
    POLICE_LIAISON = "police_liaison"
    SERVICES = "services"
    PROPERTY = "property"
    EVALUATOR = "evaluator"
    OVERSIGHT = "oversight"
    TRIAGE = "triage"
    ADMINISTRATOR = "administrator"


class DeskKind(StrEnum):
    """The kinds of desks: they open reports as they were written, or only the parts passed on to them."""

    TRIAGE = "triage"
    OVERSIGHT = "oversight"
    TEAM = "team"
    POLICE = "police"
    OUTREACH = "outreach"
    PROPERTY = "property"


READS_REPORTS = (DeskKind.TRIAGE, DeskKind.OVERSIGHT)
RECEIVES = (DeskKind.TEAM, DeskKind.POLICE, DeskKind.OUTREACH, DeskKind.PROPERTY)
"""Desks to which reports are passed on, in the words that the triage desk chose."""

SEAT_OF = {
    Role.TRIAGE: DeskKind.TRIAGE,
    Role.OVERSIGHT: DeskKind.OVERSIGHT,
    Role.ORGANIZER: DeskKind.TEAM,
    Role.COMMUNITY_LEAD: DeskKind.TEAM,
    Role.POLICE_LIAISON: DeskKind.POLICE,
    Role.SERVICES: DeskKind.OUTREACH,
    Role.PROPERTY: DeskKind.PROPERTY,
}
"""The desk at which a role brings a seat."""
RECEIVERS = frozenset(role for role, kind in SEAT_OF.items() if kind in RECEIVES)

SHORT_STAY = frozenset({*SEAT_OF, Role.ADMINISTRATOR})
"""Roles that are signed out soon when nothing is done: those with keys of a desk, and whoever runs the accounts."""

WALLED_OFF = frozenset({Role.POLICE_LIAISON, Role.ADMINISTRATOR})
"""Roles that cannot be combined with any other.

The data that the other role would add, and why it breaks the wall:

- police liaison + triage, organizer, community lead, services, property and cleanup: residents' reports, more than is
  passed on to police;
- police liaison + oversight: complaints about police;
- police liaison + faith partner, facilitator: who attends and who speaks, where police are not in the room;
- police liaison + evaluator: unsuppressed counts, down to "Spanish: 1", and the number of complaints;
- police liaison + administrator: everybody's account;
- administrator + any role that reads words or names: a person who can enter every account must hold no key;
- administrator + evaluator: unsuppressed counts, beside a log of which member acted on which object in which hour.

All other roles may be combined, as in a small city they are. Triage reads unsorted reports, complaints included, so
oversight adds no kind of reader. A community lead reads the counts of an evaluator, the passed-on reports of a place,
and the attendance of meetings they plan: a faith partner, a facilitator, an organizer or services who evaluate learn no
more than that.
"""


def incompatible(one: Role, other: Role) -> bool:
    return one is not other and not WALLED_OFF.isdisjoint({one, other})


def kinds_of_desks(roles: Iterable[Role]) -> frozenset[DeskKind]:
    return frozenset(SEAT_OF[role] for role in roles if role in SEAT_OF)


def ends_circles(before: Iterable[str], after: Iterable[str]) -> bool:
    """Return whether a member with these new roles must leave every circle: they were trusted there in another role."""
    return not WALLED_OFF.isdisjoint(set(after) - set(before))


def in_force(roles: Iterable[str]) -> frozenset[str]:
    """Return the roles in force, of those given to a member perhaps when fewer pairs were incompatible."""
    held = frozenset(roles)
    # Of an incompatible set only the walled-off role stays, so that an administrator can still correct it.
    return held & WALLED_OFF if len(held) > 1 and not WALLED_OFF.isdisjoint(held) else held


def conflict(roles: Iterable[Role]) -> tuple[Role, Role] | None:
    """Return the first two roles that one person must not hold together, in the order of the enumeration."""
    held = set(roles)
    pairs = combinations((role for role in Role if role in held), 2)
    return next((pair for pair in pairs if incompatible(*pair)), None)

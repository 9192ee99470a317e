"""Rules of promises: their states, and the members who may write about them or judge them.

The calendar alone makes a promise late. Only the other side, never the side that made it, says that it was kept or
broken.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from portal.accounts.roles import Role
from portal.organisations.sides import SIDES, OrganisationKind, TableSide


class PromiseState(StrEnum):
    """The state of a promise, in the order of interest to readers."""

    LATE = "late"
    DUE = "due"
    BROKEN = "broken"
    KEPT = "kept"


class PromiseVerdict(StrEnum):
    KEPT = "kept"
    BROKEN = "broken"


class PromiseStep(StrEnum):
    """The kinds of entries in a promise's history; all of it is public and no entry is ever removed."""

    MADE = "made"
    MOVED = "moved"
    REWORDED = "reworded"
    PLANNED = "planned"
    REACHED = "reached"
    EVIDENCE = "evidence"
    WITHDRAWN = "withdrawn"
    CLAIMED = "claimed"
    KEPT = "kept"
    BROKEN = "broken"
    REOPENED = "reopened"


JUDGES = {
    TableSide.AGENCIES: frozenset({Role.COMMUNITY_LEAD, Role.FAITH_PARTNER}),
    TableSide.COMMUNITY: frozenset({Role.POLICE_LIAISON, Role.SERVICES}),
}
"""The roles that may judge promises of a side: those of the other side."""
KEEPERS = frozenset({Role.FACILITATOR, Role.COMMUNITY_LEAD})
"""The roles that may write down a promise of any office."""
SPEAKERS = frozenset({Role.ORGANIZER, Role.FAITH_PARTNER, Role.POLICE_LIAISON, Role.SERVICES})
"""The roles that may write about the promises of organisations they belong to."""


@dataclass(frozen=True)
class PromiseActor:
    """The roles of a signed-in member, the organisations they belong to, and their id."""

    roles: frozenset[str]
    organisations: frozenset[int] = frozenset()
    id: int = 0


def standing(due_on: date, verdict: str | None, today: date) -> PromiseState:
    """Return the state of a promise on a day. Without a verdict it is late from the day after it was due."""
    if verdict is not None:
        return PromiseState(verdict)
    return PromiseState.LATE if today > due_on else PromiseState.DUE


def may_write(person: PromiseActor, organisation_id: int | None) -> bool:
    """Return whether a member may record and follow up promises of an organisation; None: a draft without an office."""
    if not person.roles.isdisjoint(KEEPERS):
        return True
    speaks = not person.roles.isdisjoint(SPEAKERS)
    return speaks and (organisation_id is None or organisation_id in person.organisations)


def may_judge(person: PromiseActor, organisation_id: int, kind: str) -> bool:
    """Return whether a member may judge a promise: only the other side may, never a facilitator."""
    if organisation_id in person.organisations or Role.FACILITATOR in person.roles:
        return False
    return not person.roles.isdisjoint(JUDGES[SIDES[OrganisationKind(kind)]])


def share_kept(counts: Mapping[PromiseState, int], fewest: int = 20) -> int | None:
    """Return how many of a hundred promises whose day has come were kept; None if there are too few."""
    decided = counts[PromiseState.KEPT] + counts[PromiseState.BROKEN] + counts[PromiseState.LATE]
    return round(100 * counts[PromiseState.KEPT] / decided) if decided >= fewest else None

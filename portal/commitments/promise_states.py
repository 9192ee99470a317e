"""How a promise stands, and who may write about it.

The calendar alone makes a promise late. That it was kept or broken is never said by those who made it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Protocol

from portal.accounts.roles import Role
from portal.organisations.sides import SIDES, OrganisationKind, TableSide


class PromiseText(Protocol):
    """A text in both languages."""

    @property
    def is_whole(self) -> bool: ...


class PromiseState(StrEnum):
    """How a promise stands, in the order in which people want to read of it."""

    LATE = "late"
    DUE = "due"
    BROKEN = "broken"
    KEPT = "kept"


class PromiseVerdict(StrEnum):
    """What the other side says of a promise."""

    KEPT = "kept"
    BROKEN = "broken"


class PromiseStep(StrEnum):
    """What can happen to a promise; all of it is public history and none of it is ever taken out."""

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


VERDICTS = tuple(one.value for one in PromiseVerdict)
STEPS = tuple(one.value for one in PromiseStep)
JUDGES = {
    TableSide.AGENCIES: frozenset({Role.COMMUNITY_LEAD, Role.FAITH_PARTNER}),
    TableSide.COMMUNITY: frozenset({Role.POLICE_LIAISON, Role.SERVICES}),
}
"""Whose word it is whether a promise of this side was kept: the other side's."""
KEEPERS = frozenset({Role.FACILITATOR, Role.COMMUNITY_LEAD})
"""Who may write down a promise of any office."""
SPEAKERS = frozenset({Role.ORGANIZER, Role.FAITH_PARTNER, Role.POLICE_LIAISON, Role.SERVICES})
"""Who may write about the promises of the organisation they belong to."""


@dataclass(frozen=True)
class PromiseActor:
    """Somebody signed in: their roles, and the organisations they belong to."""

    roles: frozenset[str]
    organisations: frozenset[int] = frozenset()


def standing(due_on: date, verdict: str | None, today: date) -> PromiseState:
    """How a promise stands on a day. Without a verdict it is late from the day after it was due."""
    if verdict is not None:
        return PromiseState(verdict)
    return PromiseState.LATE if today > due_on else PromiseState.DUE


def days_late(due_on: date, today: date) -> int:
    """How many days have passed since it was due; nought up to that day."""
    return max((today - due_on).days, 0)


def may_write(person: PromiseActor, organisation_id: int | None) -> bool:
    """Whether somebody may write down and follow up what an organisation promises; None: a draft of nobody's yet."""
    if not person.roles.isdisjoint(KEEPERS):
        return True
    speaks = not person.roles.isdisjoint(SPEAKERS)
    return speaks and (organisation_id is None or organisation_id in person.organisations)


def may_judge(person: PromiseActor, organisation_id: int, kind: str) -> bool:
    """Whether somebody may say that a promise was kept or broken: the other side, and nobody who stands between."""
    if organisation_id in person.organisations or Role.FACILITATOR in person.roles:
        return False
    return not person.roles.isdisjoint(JUDGES[SIDES[OrganisationKind(kind)]])


def gaps(texts: Mapping[str, PromiseText], days: Mapping[str, date | None], office_id: int | None) -> list[str]:
    """What keeps a promise from being published, by the names of the fields: nothing may be in one language."""
    missing = [f"{name}_{side}" for name, text in texts.items() for side in ("en", "es") if not _says(text, side)]
    missing += [name for name, day in days.items() if day is None]
    return [*missing, *(["office"] if office_id is None else [])]


def _says(text: PromiseText, side: str) -> bool:
    return bool(getattr(text, side).strip())


def is_move(before: date, after: date) -> bool:
    """Whether another day was named."""
    return before != after


def tally(standings: Collection[PromiseState]) -> dict[PromiseState, int]:
    """How many promises stand in each way; every way is named, with nought too."""
    return {one: sum(found is one for found in standings) for one in PromiseState}


def share_kept(counts: dict[PromiseState, int], fewest: int = 20) -> int | None:
    """Of a hundred promises whose day has come, how many were kept; None where there are too few to say so."""
    decided = counts[PromiseState.KEPT] + counts[PromiseState.BROKEN] + counts[PromiseState.LATE]
    return round(100 * counts[PromiseState.KEPT] / decided) if decided >= fewest else None

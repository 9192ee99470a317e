"""Rules of promises: their states, who may write about them or judge them, and what residents' slips may show.

The calendar alone makes a promise late. Only the other side, never the side that made it, says that it was kept or
broken. A slip's code proves only that its holder was at the session. Of an answer only an increased count is stored,
never the slip it came from, and the counts are shown after the last day, never before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from portal.accounts.roles import Role
from portal.core.suppression import FEWEST_SHOWN
from portal.core.texted import NO_WORDS, UNSURE_WORDS, YES_WORDS, listed, read_says
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


MOST_SLIPS = 500
MOST_PROMISES = 9
"""So that each promise has a one-digit number on the slip and in a text."""
LONGEST_HEARING = timedelta(days=60)


class BallotChoice(StrEnum):
    KEPT = "kept"
    PARTLY = "partly"
    BROKEN = "broken"
    UNSURE = "unsure"


SAYS = tuple(say.value for say in BallotChoice)
FIGURES = {"1": BallotChoice.KEPT, "2": BallotChoice.PARTLY, "3": BallotChoice.BROKEN, "0": BallotChoice.UNSURE}
"""The digits printed on the slip, for a text: 1 kept, 2 partly, 3 not kept, 0 I don't know."""
_KEPT = (*YES_WORDS, "kept", "it was kept", "cumplido", "cumplida", "cumplio", "se cumplio", "cumplieron")
_PARTLY = "partly, partially, in part, half, a medias, en parte, parcialmente"
_EITHER = """partly kept, kept partly, kept in part, cumplido a medias, cumplido en parte, se cumplio a medias,
    se cumplio en parte"""
_BROKEN = """not kept, it was not kept, wasnt kept, broken, incumplido, incumplida, no cumplido, no cumplida,
    no cumplio, no se cumplio, no cumplieron"""
WORDS = {
    **dict.fromkeys(_KEPT, BallotChoice.KEPT),
    **dict.fromkeys(listed(_PARTLY), BallotChoice.PARTLY),
    **dict.fromkeys((*NO_WORDS, *listed(_BROKEN)), BallotChoice.BROKEN),
    **dict.fromkeys(UNSURE_WORDS, BallotChoice.UNSURE),
}
"""Answers in words, for texts without digits; folded."""
_TOGETHER = {**WORDS, **dict.fromkeys(listed(_EITHER), BallotChoice.PARTLY)}
"""Also phrases that can be read as two answers: "kept partly" of two promises."""


@dataclass(frozen=True)
class ShownAnswers:
    """The counts that may be shown about one promise; None for a count that is hidden."""

    rows: tuple[tuple[BallotChoice, int | None], ...]
    total: int


def says_of(rest: str, promises: int) -> tuple[BallotChoice, ...] | None:
    """Return an answer for each promise from `rest` of a text (see `core.texted`); None unless there are so many."""
    readings = (read_says(rest, FIGURES, words) for words in (_TOGETHER, WORDS))
    return next((said for said in readings if said and len(said) == promises), None)


def is_only_answers(rest: str) -> bool:
    return read_says(rest, FIGURES, _TOGETHER) is not None


def days_fit(opens_on: date, closes_on: date, today: date) -> bool:
    return opens_on <= closes_on <= opens_on + LONGEST_HEARING and closes_on >= today


def is_open(opens_on: date, closes_on: date, today: date) -> bool:
    """Return whether slips are accepted; the last day is included."""
    return opens_on <= today <= closes_on


def shown_answers(counts: Mapping[str, int]) -> ShownAnswers | None:
    """Return the counts that may be shown after the last day; None while fewer than `FEWEST_SHOWN` answered.

    The sum is never a secret, since every slip answers for every promise. So smaller counts but 0 are hidden together
    with the next smallest, until at least two are hidden and sum to ten or more: then each can still be anything from 1
    to 9.
    """
    full = {say: counts.get(say, 0) for say in BallotChoice}
    total = sum(full.values())
    if total < FEWEST_SHOWN:
        return None
    hidden = {say for say, count in full.items() if 0 < count < FEWEST_SHOWN}
    # Zero counts are hidden last: that an answer was not given is no information about any person.
    spare = sorted((say for say in full if say not in hidden), key=lambda say: (full[say] == 0, full[say]))
    while hidden and spare and (len(hidden) < 2 or sum(full[say] for say in hidden) < FEWEST_SHOWN):
        hidden.add(spare.pop(0))
    return ShownAnswers(tuple((say, None if say in hidden else count) for say, count in full.items()), total)

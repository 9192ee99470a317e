"""Which slot suits best, and why, as keys and figures; the words are in `texts`.

The order is a promise to the people who are asked: those without whom it cannot be held come first, then that each
side is there, then how many say yes, how few say no, and how little is in the way.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from portal.organisations.rules import SIDES, OrganisationKind, Side


class Choice(StrEnum):
    """What somebody says of a slot."""

    YES = "yes"
    MAYBE = "maybe"
    """If need be."""
    NO = "no"


CHOICES = tuple(choice.value for choice in Choice)
CAN = frozenset({Choice.YES, Choice.MAYBE})


@dataclass(frozen=True)
class Voter:
    """Somebody who is asked, by a key that says nothing."""

    key: str
    side: Side
    is_essential: bool = False


@dataclass(frozen=True)
class Counts:
    """How many said what of a slot; all that police see of it."""

    yes: int = 0
    maybe: int = 0
    no: int = 0


@dataclass(frozen=True)
class Standing:
    """How a slot stands."""

    slot: int
    counts: Counts
    essential: int
    """How many essential people are asked."""
    essential_no: int
    essential_silent: int
    essential_maybe: int
    lacking: Mapping[Side, int]
    """How many are missing on each side that has too few."""
    in_the_way: int

    @property
    def rank(self) -> tuple[int, ...]:
        """Less is better."""
        return (
            self.essential_no,
            self.essential_silent,
            sum(self.lacking.values()),
            -self.counts.yes,
            self.counts.no,
            self.in_the_way,
            self.essential_maybe,
        )


def side_of(kinds: Iterable[str], *, is_police: bool) -> Side:
    """Where somebody sits, by the houses they belong to; who belongs to none sits with the community."""
    if is_police or Side.AGENCIES in {SIDES[OrganisationKind(kind)] for kind in kinds}:
        return Side.AGENCIES
    return Side.COMMUNITY


def counted(said: Iterable[Choice]) -> Counts:
    """How many said what."""
    given = list(said)
    return Counts(given.count(Choice.YES), given.count(Choice.MAYBE), given.count(Choice.NO))


def standing(
    slot: int,
    voters: Collection[Voter],
    said: Mapping[str, Choice],
    needed: Mapping[Side, int],
    in_the_way: int = 0,
) -> Standing:
    """How a slot stands with what these voters `said` of it, by their keys."""
    essential = [said.get(one.key) for one in voters if one.is_essential]
    can = [one.side for one in voters if said.get(one.key) in CAN]
    lacking = {side: need - can.count(side) for side, need in needed.items() if can.count(side) < need}
    return Standing(
        slot=slot,
        counts=counted(said[one.key] for one in voters if one.key in said),
        essential=len(essential),
        essential_no=essential.count(Choice.NO),
        essential_silent=essential.count(None),
        essential_maybe=essential.count(Choice.MAYBE),
        lacking=lacking,
        in_the_way=in_the_way,
    )


def best_first(found: Sequence[Standing]) -> list[Standing]:
    """The slots by how well they suit; of two that are equal the one that was proposed first."""
    return sorted(found, key=lambda one: (one.rank, one.slot))

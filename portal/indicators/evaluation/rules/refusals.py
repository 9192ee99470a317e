"""When nothing is said, and why; what has to be said along with a result."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from portal.indicators.evaluation.rules.plans import LEAST_PLACEBOS, SHORTEST_AFTER, SHORTEST_BEFORE

LEAST_EXPECTED = 20
LEAST_IN_A_CELL = 5
"""Of a weighted displacement difference, which takes counts for nearly normal; a choice of ours."""
SURE_OF = 20
"""What chance alone brings about once in so many times is what "fairly sure" leaves out."""
OFTEN = 0.2
"""A trend before the call-in is named if chance alone brings it about less often than this."""
HIGH = 1.25
"""The last year was a peak if it had a quarter more than the years before."""


class Refusal(StrEnum):
    """Why nothing is said."""

    TOO_FEW_MONTHS = "too_few_months"
    NOT_YET = "not_yet"
    """The first look has not come. Whoever looks each month finds something by chance."""
    TOO_FEW_EVENTS = "too_few_events"
    NO_COMPARISON = "no_comparison"
    TOO_FEW_AREAS = "too_few_areas"
    NO_FIT = "no_fit"


class Caveat(StrEnum):
    """What is said along with a result, so that nobody takes it for more than it is."""

    NO_COMPARISON = "no_comparison"
    """Nobody looked whether it changed elsewhere too."""
    NO_RING = "no_ring"
    """Nobody can say whether it moved around the corner."""
    MAY_HAVE_MOVED = "may_have_moved"
    FELL_AROUND = "fell_around"
    RING_UNCLEAR = "ring_unclear"
    PEAK = "peak"
    """It began from a peak: part of a fall may be the return to what is usual (regression to the mean)."""
    LATE_PLAN = "late_plan"
    """The plan was not locked before the call-in."""
    FELL_BEFORE = "fell_before"
    """It fell beside similar areas before the call-in already."""
    ROSE_BEFORE = "rose_before"
    NEXT_LOOK = "next_look"
    """What is said stays as it is until the next look."""
    FEW_PLACEBOS = "few_placebos"
    """So few areas were tried as placebos that their rank cannot be surer than chance."""


def too_short(months_before: int, months_after: int) -> bool:
    """Whether there are too few months for a trend."""
    return months_before < SHORTEST_BEFORE or months_after < SHORTEST_AFTER


def refusal(
    months_before: int, months_after: int, next_look: int | None, areas: int | None = None, least: int = 1
) -> Refusal | None:
    """Why a model is not even tried; `areas`: how many comparison areas there are, for a design that needs `least`.

    `next_look` is that of the window, which has no month after the call-in before its first look.
    """
    if areas is not None and areas < 1:
        return Refusal.NO_COMPARISON
    if areas is not None and areas < least:
        return Refusal.TOO_FEW_AREAS
    if not months_after and next_look and months_before >= SHORTEST_BEFORE:
        return Refusal.NOT_YET
    return Refusal.TOO_FEW_MONTHS if too_short(months_before, months_after) else None


def least_areas(model: str) -> int:
    """How many comparison areas a model needs."""
    return LEAST_PLACEBOS if model == "placebo" else 1


def too_few_placebos(model: str, diagnostics: Mapping[str, float]) -> int:
    """How many areas were tried in vain: even the first rank of so few is too often chance; 0 where it is not so.

    One of the places that are ranked always changed most. By chance alone it is ours once in as many times as there
    are places, so with fewer than 19 areas beside it no rank is as rare as once in 20.
    """
    areas = round(diagnostics.get("placebos", 0))
    return areas if model == "placebo" and areas + 1 < SURE_OF else 0


def says_percent(expected: float) -> bool:
    """Whether there were enough events to be expected for a change in percent."""
    return expected >= LEAST_EXPECTED


def caveats(design: str, model: str, diagnostics: Mapping[str, float]) -> list[Caveat]:
    """What is said along with a result, by what is known of the ring, the comparison and the years before.

    An interval, a comparison and displacement belong together: where one is missing, that is said.
    """
    found = [Caveat.NO_COMPARISON] if design == "its" else []
    if too_few_placebos(model, diagnostics):
        found.append(Caveat.FEW_PLACEBOS)
    if "ring_low" not in diagnostics:
        found.append(Caveat.NO_RING)
    elif diagnostics["ring_low"] > 0:
        found.append(Caveat.MAY_HAVE_MOVED)
    elif diagnostics["ring_high"] < 0:
        found.append(Caveat.FELL_AROUND)
    else:
        found.append(Caveat.RING_UNCLEAR)
    if diagnostics.get("peak", 1.0) >= HIGH:
        found.append(Caveat.PEAK)
    if (trend := diagnostics.get("trend_before")) and diagnostics.get("trend_before_p", 1.0) < OFTEN:
        found.append(Caveat.FELL_BEFORE if trend < 0 else Caveat.ROSE_BEFORE)
    if diagnostics.get("next_look"):
        found.append(Caveat.NEXT_LOOK)
    return found

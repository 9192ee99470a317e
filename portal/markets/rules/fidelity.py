"""Early warnings that the work at a place may come to nothing, from what went wrong elsewhere.

The causes are those that RAND found where cities had been trained together and three of seven never held a call-in:
leaders lost interest, the plan was not understood, people left. Saunders, Ober, Kilmer, Greathouse (2016), "A
Community-Based, Focused-Deterrence Approach to Closing Overt Drug Markets: A Process and Fidelity Evaluation of Seven
Sites", RAND RR-1001; the outcomes are in Saunders, Robbins, Ober (2017), Criminology & Public Policy 16(3).

That people change often is a cause as well; turnover.py counts that. The
half year to the call-in and the two missed reviews are thresholds of ours, not of the source.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from portal.markets.rules.steps import STEPS, EvidenceState, Item
from portal.markets.rules.turnover import Seat, Turnover

CALL_IN_WITHIN = timedelta(days=183)
"""Half a year from cases that are made to the call-in: after that they grow old and people drift away."""
MISSED_REVIEWS = 2


class Concern(StrEnum):
    """What somebody should look at; the sentence for each says what to do."""

    NO_SPONSOR = "no_sponsor"
    NO_COMMUNITY_LEAD = "no_community_lead"
    NO_OWNER = "no_owner"
    NO_DEPUTY = "no_deputy"
    TURNOVER = "turnover"
    NOT_TRAINED = "not_trained"
    NO_COORDINATOR = "no_coordinator"
    NO_ANALYST = "no_analyst"
    OUT_OF_ORDER = "out_of_order"
    LATE_CALL_IN = "late_call_in"
    REVIEWS_MISSED = "reviews_missed"


NEEDED = {
    Item.SPONSOR: Concern.NO_SPONSOR,
    Item.COMMUNITY_LEAD: Concern.NO_COMMUNITY_LEAD,
    Item.TRAINING: Concern.NOT_TRAINED,
    Item.ANALYST: Concern.NO_ANALYST,
}
"""What has to be in place once the work has begun."""
COORDINATOR_FROM = STEPS[4:]
"""From the community's step on help is offered, and somebody must coordinate it."""


@dataclass(frozen=True)
class Shown:
    """How far an item is, and since when it is done."""

    state: EvidenceState
    done_on: date | None = None


@dataclass(frozen=True)
class Work:
    """What is known about the work at one place."""

    shown: Mapping[str, Shown]
    has_owner: bool
    has_deputy: bool
    call_in_held: bool
    missed_in_a_row: int
    is_public: bool = False
    """A public place has been worked on, whatever was noted."""
    turnovers: Mapping[Seat, Turnover] = field(default_factory=dict)


def concerns(work: Work, today: date) -> tuple[Concern, ...]:
    """What to look at, what ended the work elsewhere first; before any step only the people are asked for."""
    begun = {step for step in STEPS if work.is_public or _state(work, step) is not EvidenceState.OPEN}
    found = [concern for item, concern in NEEDED.items() if begun and not _is_done(work, item)]
    if not work.has_owner:
        found.append(Concern.NO_OWNER)
    if not work.has_deputy:
        found.append(Concern.NO_DEPUTY)
    if unsteady(work):
        found.append(Concern.TURNOVER)
    if not begun.isdisjoint(COORDINATOR_FROM) and not _is_done(work, Item.COORDINATOR):
        found.append(Concern.NO_COORDINATOR)
    if out_of_order(work) is not None:
        found.append(Concern.OUT_OF_ORDER)
    if call_in_is_late(work, today):
        found.append(Concern.LATE_CALL_IN)
    if work.missed_in_a_row >= MISSED_REVIEWS:
        found.append(Concern.REVIEWS_MISSED)
    return tuple(sorted(found, key=list(Concern).index))


def unsteady(work: Work) -> dict[Seat, Turnover]:
    """The seats that changed hands too often in the last twelve months, or stood empty too long."""
    return {seat: one for seat, one in work.turnovers.items() if one.is_unsteady}


def out_of_order(work: Work) -> tuple[Item, Item] | None:
    """The first step that was done before an earlier one was, as (done, earlier)."""
    for number, later in enumerate(STEPS):
        if not _is_done(work, later):
            continue
        for earlier in STEPS[:number]:
            if not _is_done(work, earlier) or _done_on(work, earlier) > _done_on(work, later):
                return later, earlier
    return None


def call_in_is_late(work: Work, today: date) -> bool:
    """Whether cases were made long ago and no call-in was held."""
    if work.call_in_held or _is_done(work, Item.STEP_7) or not _is_done(work, Item.STEP_4):
        return False
    return today - _done_on(work, Item.STEP_4) > CALL_IN_WITHIN


def _state(work: Work, item: Item) -> EvidenceState:
    shown = work.shown.get(item)
    return shown.state if shown else EvidenceState.OPEN


def _is_done(work: Work, item: Item) -> bool:
    return _state(work, item) is EvidenceState.DONE


def _done_on(work: Work, item: Item) -> date:
    return work.shown[item].done_on or date.min

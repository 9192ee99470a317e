"""Early warnings that the work at a place may fail, and the rules for when its call-in is public.

The causes are those that RAND found where cities had been trained together and three of seven never held a call-in:
leaders lost interest, the plan was not understood, people left. Saunders, Ober, Kilmer, Greathouse (2016), "A
Community-Based, Focused-Deterrence Approach to Closing Overt Drug Markets: A Process and Fidelity Evaluation of Seven
Sites", RAND RR-1001; the outcomes are in Saunders, Robbins, Ober (2017), Criminology & Public Policy 16(3).

Frequent changes of people are a cause as well; `status.turnover` counts them. The half year to the call-in and the two
missed reviews are thresholds of ours, not of the source.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from portal.core.texted import unaccented
from portal.markets.gate_rules import STEPS, Confirmation, EvidenceItem, EvidenceState, is_agreed, is_public
from portal.markets.status import PlaceSeat, Turnover

CALL_IN_WITHIN = timedelta(days=183)
"""From finished cases to the call-in. After half a year cases grow old and people lose interest."""
MISSED_REVIEWS = 2


class Concern(StrEnum):
    """A concern for the team; its sentence says what to do about it."""

    NO_SPONSOR = "no_sponsor"
    NO_COMMUNITY_LEAD = "no_community_lead"
    TURNOVER = "turnover"
    NOT_TRAINED = "not_trained"
    NO_COORDINATOR = "no_coordinator"
    NO_ANALYST = "no_analyst"
    OUT_OF_ORDER = "out_of_order"
    LATE_CALL_IN = "late_call_in"
    REVIEWS_MISSED = "reviews_missed"


NEEDED = {
    EvidenceItem.SPONSOR: Concern.NO_SPONSOR,
    EvidenceItem.COMMUNITY_LEAD: Concern.NO_COMMUNITY_LEAD,
    EvidenceItem.TRAINING: Concern.NOT_TRAINED,
    EvidenceItem.ANALYST: Concern.NO_ANALYST,
}
"""Items that must be done once the work has begun."""
COORDINATOR_FROM = STEPS[4:]
"""From step 5 on services are offered, and a coordinator is needed."""


@dataclass(frozen=True)
class FidelityLine:
    state: EvidenceState
    done_on: date | None = None


@dataclass(frozen=True)
class Work:
    shown: Mapping[str, FidelityLine]
    call_in_held: bool
    missed_in_a_row: int
    is_public: bool = False
    """A public place counts as begun, whatever evidence was noted."""
    turnovers: Mapping[PlaceSeat, Turnover] = field(default_factory=dict)


def concerns(work: Work, today: date) -> tuple[Concern, ...]:
    """Return the concerns, those that ended the work elsewhere first.

    Before any step has begun, only concerns about turnover and missed reviews apply.
    """
    begun = {step for step in STEPS if work.is_public or _state(work, step) is not EvidenceState.OPEN}
    needs_coordinator = not begun.isdisjoint(COORDINATOR_FROM)
    holds = {concern: bool(begun) and not _is_done(work, item) for item, concern in NEEDED.items()} | {
        Concern.TURNOVER: bool(unsteady(work)),
        Concern.NO_COORDINATOR: needs_coordinator and not _is_done(work, EvidenceItem.COORDINATOR),
        Concern.OUT_OF_ORDER: out_of_order(work) is not None,
        Concern.LATE_CALL_IN: call_in_is_late(work, today),
        Concern.REVIEWS_MISSED: work.missed_in_a_row >= MISSED_REVIEWS,
    }
    return tuple(concern for concern in Concern if holds[concern])


def unsteady(work: Work) -> dict[PlaceSeat, Turnover]:
    """Return the seats that changed hands too often in the last twelve months, or stood empty too long."""
    return {seat: turnover for seat, turnover in work.turnovers.items() if turnover.is_unsteady}


def out_of_order(work: Work) -> tuple[EvidenceItem, EvidenceItem] | None:
    """Return the first step that was done before an earlier one was, as (done, earlier)."""
    for number, later in enumerate(STEPS):
        for earlier in STEPS[:number] if _is_done(work, later) else ():
            if not _is_done(work, earlier) or _done_on(work, earlier) > _done_on(work, later):
                return later, earlier
    return None


def call_in_is_late(work: Work, today: date) -> bool:
    """Return whether cases were finished longer than `CALL_IN_WITHIN` ago and no call-in was held."""
    if work.call_in_held or _is_done(work, EvidenceItem.STEP_7) or not _is_done(work, EvidenceItem.STEP_4):
        return False
    return today - _done_on(work, EvidenceItem.STEP_4) > CALL_IN_WITHIN


def _state(work: Work, item: EvidenceItem) -> EvidenceState:
    shown = work.shown.get(item)
    return shown.state if shown else EvidenceState.OPEN


def _is_done(work: Work, item: EvidenceItem) -> bool:
    return _state(work, item) is EvidenceState.DONE


def _done_on(work: Work, item: EvidenceItem) -> date:
    return work.shown[item].done_on or date.min


NEW_FOR = timedelta(days=14)
"""How long a call-in has a page of its own, without the name of its place."""


def is_over(
    ended_at: datetime | None, given: Collection[Confirmation], released_at: datetime | None, now: datetime
) -> bool:
    """Return whether a call-in is public: it has ended, and two members have agreed to release the place.

    A place that is already public was agreed on.
    """
    return ended_at is not None and ended_at <= now and (is_agreed(given) or is_public(released_at, now))


def first_day(released_on: date, ended_on: date | None) -> date:
    """Return the first day on which the public could know of a place; an earlier date would tell when work began."""
    return released_on if ended_on is None else min(released_on, ended_on)


def without_names(text: str, names: Iterable[str]) -> str:
    """Return a text without the paragraphs that contain one of the names, regardless of case and accents.

    Editors are asked not to name the place before it is public; this covers the case that they forget.
    """
    telling = [f" {name} " for name in map(_words, names) if name]
    paragraphs = re.split(r"\n\s*\n", text)
    return "\n\n".join(part for part in paragraphs if not any(name in f" {_words(part)} " for name in telling))


def _words(text: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", unaccented(text.casefold())))

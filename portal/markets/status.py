"""Rules about places: statuses and their transitions, gaps in texts, who may be admitted, and early warnings.

People decide a status, never a machine.

The warnings are about causes that RAND found where cities had been trained together and three of seven never held a
call-in: leaders lost interest, the plan was not understood, people left, and their successors had other plans.
Saunders, Ober, Kilmer, Greathouse (2016), "A Community-Based, Focused-Deterrence Approach to Closing Overt Drug
Markets: A Process and Fidelity Evaluation of Seven Sites", RAND RR-1001; the outcomes are in Saunders, Robbins, Ober
(2017), Criminology & Public Policy 16(3). The thresholds of turnover, the half year to the call-in and the two missed
reviews are ours, not of the source.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from itertools import dropwhile
from operator import attrgetter
from typing import Protocol

from portal.accounts.roles import Role
from portal.core.parity import SIDES, Texts
from portal.markets.gate_rules import STEPS, EvidenceItem


class Status(StrEnum):
    MESSAGE_DELIVERED = "message_delivered"
    HOLDING = "holding"
    SLIPPING = "slipping"
    RECOVERING = "recovering"
    HELD_12 = "held_12"
    HELD_24 = "held_24"
    HELD_36 = "held_36"
    GRADUATED = "graduated"


NEXT: dict[Status | None, frozenset[Status]] = {
    None: frozenset({Status.MESSAGE_DELIVERED}),
    Status.MESSAGE_DELIVERED: frozenset({Status.HOLDING, Status.SLIPPING}),
    Status.HOLDING: frozenset({Status.SLIPPING, Status.HELD_12}),
    Status.SLIPPING: frozenset({Status.RECOVERING}),
    Status.RECOVERING: frozenset({Status.SLIPPING, Status.HELD_12}),
    Status.HELD_12: frozenset({Status.SLIPPING, Status.HELD_24}),
    Status.HELD_24: frozenset({Status.SLIPPING, Status.HELD_36}),
    Status.HELD_36: frozenset({Status.SLIPPING, Status.GRADUATED}),
    Status.GRADUATED: frozenset({Status.SLIPPING}),
}
LONGEST_TO_REVIEW = timedelta(days=366)
MONTHS = {Status.HELD_12: 12, Status.HELD_24: 24, Status.HELD_36: 36}


def may_follow(before: Status | None, after: Status) -> bool:
    """Return whether a status may follow another; the same status again is a review and always possible."""
    return before == after or after in NEXT[before]


def has_held(since: date, on: date, status: Status) -> bool:
    """Return whether enough months have passed since a place began to hold for a status that names them."""
    months = (on.year - since.year) * 12 + on.month - since.month - (on.day < since.day)
    return months >= MONTHS.get(status, 0)


def holding_since(history: Sequence[tuple[Status, date]]) -> date | None:
    """Return since when a place has held; `history` is (status, since) of each decision, the newest first."""
    began = None
    for status, since in history:
        if status in (Status.SLIPPING, Status.MESSAGE_DELIVERED):
            break
        began = since
    return began


def offered(history: Sequence[tuple[Status, date]], today: date) -> list[Status]:
    """Return the statuses possible today; `history` as in `holding_since`."""
    before = history[0][0] if history else None
    held = holding_since(history) or today
    return [
        status
        for status in Status
        if may_follow(before, status) and (status == before or has_held(held, today, status))
    ]


def problems(
    history: Sequence[tuple[Status, date]], status: Status, since_on: date | None, review_on: date | None, today: date
) -> list[str]:
    """Return the errors of a decision, as keys of refusals; a review keeps its date, and None is not checked."""
    before = history[0][0] if history else None
    keys = [] if may_follow(before, status) else ["status_order"]
    if review_on is not None and not today < review_on <= today + LONGEST_TO_REVIEW:
        keys.append("status_review")
    if status == before or since_on is None:
        return keys
    if since_on > today or (history and since_on < history[0][1]):
        keys.append("status_since")
    elif not has_held(holding_since(history) or since_on, since_on, status):
        keys.append("status_months")
    return keys


def known_days(since: Sequence[date], first_day: date) -> list[date]:
    """Return the days of decisions as the public may read them: those from before `first_day` once, as that day."""
    after = [day for day in since if day > first_day]
    return [*after, first_day] if len(after) < len(since) else after


class PlaceSeat(StrEnum):
    OWNER = "owner"
    DEPUTY = "deputy"
    SPONSOR = "sponsor"
    COMMUNITY_LEAD = "community_lead"


YEAR = timedelta(days=365)
MOST_CHANGES = 1
"""One change a year is normal; two are a pattern."""
MOST_EMPTY_DAYS = 30


class SeatChange(Protocol):
    """From `since_on` a seat was filled by a new person, or empty."""

    since_on: date
    is_filled: bool


@dataclass(frozen=True)
class Turnover:
    changes: int = 0
    """How often a new person took it over from another."""
    empty_days: int = 0
    """Days for which it was empty after having been filled; before the first holder there is nothing to lose."""
    is_filled: bool = False

    @property
    def is_unsteady(self) -> bool:
        return self.changes > MOST_CHANGES or self.empty_days > MOST_EMPTY_DAYS


def turnover(history: Iterable[SeatChange], today: date) -> Turnover:
    """Return the turnover of a seat in the twelve months before `today`; days to come are left out."""
    past = sorted((sat for sat in history if sat.since_on <= today), key=attrgetter("since_on"))
    past = list(dropwhile(lambda sat: not sat.is_filled, past))
    since = today - YEAR
    ends = [sat.since_on for sat in past[1:]] + [today]
    gone = [(sat.since_on, end) for sat, end in zip(past, ends, strict=False) if not sat.is_filled]
    empty = [max((end - max(since_on, since)).days, 0) for since_on, end in gone]
    changes = sum(sat.is_filled and sat.since_on > since for sat in past[1:])
    return Turnover(changes, sum(empty), is_filled=bool(past) and past[-1].is_filled)


NEEDED = ("name", "about")
BOTH_OR_NEITHER = ("own_name", "services", "why_here")
TEXTS = (*NEEDED, *BOTH_OR_NEITHER)
CALL_IN = ("message", "services", "tonight")


def gaps(place: Texts) -> list[str]:
    """Return the fields of a place that lack a language, as `about_es`; optional texts may be empty in both."""
    begun = [name for name in BOTH_OR_NEITHER if len(missing(place, [name])) < len(SIDES)]
    return missing(place, [*NEEDED, *begun])


def missing(texts: Texts, names: Iterable[str]) -> list[str]:
    """Return the empty halves of texts, as field names."""
    return [f"{name}_{lang}" for name in names for lang in SIDES if not _half(texts, name, lang)]


def mark_of(place: Texts, call_in: Texts | None) -> str:
    """Return a fingerprint, in hexadecimal, of all texts that two keys confirm: it states which texts a member read."""
    texts = [_half(place, name, lang) for name in TEXTS for lang in SIDES]
    texts += [_half(call_in, name, lang) for name in CALL_IN for lang in SIDES] if call_in is not None else []
    return hashlib.sha256(json.dumps(texts).encode()).hexdigest()


def differ(before: Texts, after: Texts, names: Iterable[str]) -> bool:
    """Return whether any of these texts differ; white space alone is ignored."""
    return any(
        _half(before, name, lang).split() != _half(after, name, lang).split() for name in names for lang in SIDES
    )


def _half(texts: Texts, name: str, lang: str) -> str:
    half: str = getattr(texts[name], lang)
    return half.strip()


MAY_KNOW = frozenset({Role.COMMUNITY_LEAD, Role.ORGANIZER, Role.FAITH_PARTNER, Role.POLICE_LIAISON})
"""The role wall: members with other roles may not know of a hidden place, even if a lead wants to admit them."""


class Lapse(StrEnum):
    NOBODY = "nobody"
    LEFT = "left"
    ROLE = "role"
    OUT = "out"


def may_be_admitted(roles: Collection[str]) -> bool:
    """Return whether a member with these roles may know of a hidden place."""
    return not MAY_KNOW.isdisjoint(roles)


def lapse(*, has_left: bool, roles: Collection[str], is_admitted: bool) -> Lapse | None:
    """Return why the seat of a member is vacant, or None if it is filled."""
    if has_left:
        return Lapse.LEFT
    if not may_be_admitted(roles):
        return Lapse.ROLE
    return None if is_admitted else Lapse.OUT


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


CONDITIONS = {
    EvidenceItem.SPONSOR: Concern.NO_SPONSOR,
    EvidenceItem.COMMUNITY_LEAD: Concern.NO_COMMUNITY_LEAD,
    EvidenceItem.TRAINING: Concern.NOT_TRAINED,
    EvidenceItem.ANALYST: Concern.NO_ANALYST,
}
"""Items that must be done once the work has begun."""
COORDINATOR_FROM = STEPS[4:]
"""From step 5 on services are offered, and a coordinator is needed."""


@dataclass(frozen=True)
class Work:
    begun: Collection[EvidenceItem]
    """Items that are under way or done."""
    done: Mapping[EvidenceItem, date]
    """Items that are done, and since when; `date.min` if nobody knows."""
    call_in_held: bool
    missed_in_a_row: int
    is_public: bool = False
    """A public place counts as begun, whatever evidence was noted."""
    turnovers: Mapping[PlaceSeat, Turnover] = field(default_factory=dict)


def concerns(work: Work, today: date) -> tuple[Concern, ...]:
    """Return the concerns, those that ended work elsewhere first; before any step only turnover and missed reviews."""
    begun = [step for step in STEPS if work.is_public or step in work.begun]
    needs_coordinator = any(step in COORDINATOR_FROM for step in begun)
    holds = {concern: bool(begun) and item not in work.done for item, concern in CONDITIONS.items()} | {
        Concern.TURNOVER: bool(unsteady(work)),
        Concern.NO_COORDINATOR: needs_coordinator and EvidenceItem.COORDINATOR not in work.done,
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
        for earlier in STEPS[:number] if later in work.done else ():
            if work.done.get(earlier, date.max) > work.done[later]:
                return later, earlier
    return None


def call_in_is_late(work: Work, today: date) -> bool:
    """Return whether cases were finished longer than `CALL_IN_WITHIN` ago and no call-in was held."""
    cases_on = work.done.get(EvidenceItem.STEP_4)
    if work.call_in_held or EvidenceItem.STEP_7 in work.done or cases_on is None:
        return False
    return today - cases_on > CALL_IN_WITHIN

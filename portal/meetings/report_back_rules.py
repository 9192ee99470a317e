"""Pure rules of report-backs: when one is due, completeness in both languages, and which counts may be public."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from portal.core.parity import SIDES, Texts, left_behind
from portal.core.suppression import FEWEST_SHOWN

FEWEST_FOR_PERCENT = 20


class ReportBackState(StrEnum):
    NOT_YET = "not_yet"
    AWAITED = "awaited"
    OVERDUE = "overdue"
    DONE = "done"
    NONE = "none"


class AttendeeRole(StrEnum):
    RESIDENTS = "residents"
    YOUTH = "youth"
    FAITH = "faith"
    ORGANIZERS = "organizers"
    SERVICES = "services"
    CITY = "city"
    POLICE = "police"
    OTHERS = "others"


@dataclass(frozen=True)
class ShownHeads:
    """Head counts that may be public; None for a suppressed count."""

    rows: tuple[tuple[AttendeeRole, int | None], ...]
    total: int
    is_whole: bool
    """Whether `total` includes every role; otherwise it is a lower bound."""


def standing(*, is_over: bool, is_cancelled: bool, due_on: date | None, is_told: bool, today: date) -> ReportBackState:
    """Return the state of the promise. It becomes overdue by the calendar alone, without anyone's action."""
    if is_told:
        return ReportBackState.DONE
    if is_cancelled or due_on is None:
        return ReportBackState.NONE
    if not is_over:
        return ReportBackState.NOT_YET
    return ReportBackState.OVERDUE if today > due_on else ReportBackState.AWAITED


def gaps(texts: Texts) -> tuple[str, ...]:
    """Return the names of the fields that prevent publication: all texts are required in both languages."""
    return tuple(f"{name}_{lang}" for name, text in texts.items() for lang in SIDES if not getattr(text, lang).strip())


def one_language_left_behind(before: Texts, after: Texts) -> tuple[str, ...]:
    """Return what a revision leaves unchanged in one language alone; both are numbered without empty lines."""
    kept = [name for name in after if name in before]
    return left_behind({name: before[name] for name in kept}, {name: after[name] for name in kept})


def shown_heads(heads: Mapping[AttendeeRole, int]) -> ShownHeads:
    """Return the counts that may be public.

    A count from 1 to `FEWEST_SHOWN` - 1 is suppressed. The total then includes only the shown counts: a suppressed one
    could be worked out from the sum of all.
    """
    counts = [(side, heads[side]) for side in AttendeeRole if side in heads]
    rows = tuple((side, None if 0 < count < FEWEST_SHOWN else count) for side, count in counts)
    shown = [count for _side, count in rows if count is not None]
    return ShownHeads(rows, sum(shown), len(shown) == len(rows))


def percent(part: int, whole: int) -> int | None:
    """Return the percentage, or None where there are too few cases for it to mean anything."""
    return round(100 * part / whole) if whole >= FEWEST_FOR_PERCENT else None

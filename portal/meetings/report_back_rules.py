"""Pure rules of report-backs: when one is due, completeness in both languages, and which counts may be public."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Protocol

from portal.core.parity import BilingualText, left_behind
from portal.core.suppression import FEWEST_SHOWN

FEWEST_FOR_PERCENT = 20


class ReportBackState(StrEnum):
    """The state of the promise to report back."""

    NOT_YET = "not_yet"
    AWAITED = "awaited"
    OVERDUE = "overdue"
    DONE = "done"
    NONE = "none"


class AttendeeRole(StrEnum):
    """The role in which a person attended."""

    RESIDENTS = "residents"
    YOUTH = "youth"
    FAITH = "faith"
    ORGANIZERS = "organizers"
    SERVICES = "services"
    CITY = "city"
    POLICE = "police"
    OTHERS = "others"


SIDES = tuple(side.value for side in AttendeeRole)


class Decided(Protocol):
    """A decision, who takes it on, and by when."""

    @property
    def what(self) -> BilingualText: ...
    @property
    def who(self) -> BilingualText: ...
    @property
    def by_on(self) -> date | None: ...


class Answered(Protocol):
    """A request from a meeting and the action taken on it."""

    @property
    def said(self) -> BilingualText: ...
    @property
    def done(self) -> BilingualText: ...


class ReportBackLike(Protocol):
    """A report-back; its lists may contain empty lines, as those of a form do."""

    @property
    def decisions(self) -> Sequence[Decided]: ...
    @property
    def answers(self) -> Sequence[Answered]: ...
    @property
    def next_steps(self) -> BilingualText: ...
    @property
    def minutes(self) -> BilingualText: ...


@dataclass(frozen=True)
class ShownHeads:
    """Head counts that may be public. `heads` is None for a suppressed count."""

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


def gaps(told: ReportBackLike) -> tuple[str, ...]:
    """Return the names of the fields that prevent publication: all texts are required in both languages."""
    found = [*_unsaid("minutes", told.minutes), *_unsaid("next_steps", told.next_steps)]
    for number, decision in enumerate(told.decisions, 1):
        if not is_empty_decision(decision):
            found += [*_unsaid(f"decision{number}", decision.what), *_unsaid(f"decision{number}_who", decision.who)]
    for number, answer in enumerate(told.answers, 1):
        if not is_empty_answer(answer):
            found += [*_unsaid(f"answer{number}_said", answer.said), *_unsaid(f"answer{number}_done", answer.done)]
    return tuple(found)


def one_language_left_behind(before: ReportBackLike, after: ReportBackLike) -> tuple[str, ...]:
    """Return the fields that a revision leaves unchanged while it changes the other language."""
    old, new = _texts(before), _texts(after)
    both = old.keys() & new.keys()
    return left_behind({name: old[name] for name in both}, {name: new[name] for name in new if name in both})


def _texts(told: ReportBackLike) -> dict[str, BilingualText]:
    """Return every text by the name of its fields; a line is identified by its position."""
    found = {"minutes": told.minutes, "next_steps": told.next_steps}
    for number, decision in enumerate((one for one in told.decisions if not is_empty_decision(one)), 1):
        found |= {f"decision{number}": decision.what, f"decision{number}_who": decision.who}
    for number, answer in enumerate((one for one in told.answers if not is_empty_answer(one)), 1):
        found |= {f"answer{number}_said": answer.said, f"answer{number}_done": answer.done}
    return found


def is_empty_decision(decision: Decided) -> bool:
    """Return whether nothing was typed into the line."""
    return not (_says(decision.what) or _says(decision.who) or decision.by_on)


def is_empty_answer(answer: Answered) -> bool:
    """Return whether nothing was typed into the line."""
    return not (_says(answer.said) or _says(answer.done))


def shown_heads(heads: Mapping[str, int]) -> ShownHeads:
    """Return the counts that may be public.

    A count from 1 to `FEWEST_SHOWN` - 1 is suppressed. The total then includes only the shown counts: a suppressed one
    could be worked out from the sum of all.
    """
    rows = tuple((side, _shown(heads[side])) for side in AttendeeRole if side in heads)
    seen = [count for _side, count in rows if count is not None]
    return ShownHeads(rows, sum(seen), len(seen) == len(rows))


def percent(part: int, whole: int) -> int | None:
    """Return the percentage, or None where there are too few cases for it to mean anything."""
    return round(100 * part / whole) if whole >= FEWEST_FOR_PERCENT else None


def _shown(count: int) -> int | None:
    return None if 0 < count < FEWEST_SHOWN else count


def _unsaid(name: str, text: BilingualText) -> list[str]:
    return [f"{name}_{lang}" for lang in ("en", "es") if not getattr(text, lang).strip()]


def _says(text: BilingualText) -> bool:
    return bool(text.en.strip() or text.es.strip())

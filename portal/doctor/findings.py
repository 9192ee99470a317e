"""The result type of all checks, and what a program that runs them returns."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from portal.core.logs import LogEvent, log_error

BROKE = LogEvent("check.broke", logging.ERROR, "the check {check} itself went wrong ({error}) and counts as failed")


class CheckState(StrEnum):
    """What a check found; the order is by urgency."""

    LOOK = "look"
    UNCHECKED = "unchecked"
    GOOD = "good"


MARKS = {CheckState.LOOK: "LOOK", CheckState.UNCHECKED: "????", CheckState.GOOD: "ok  "}
LOOK, UNCHECKED = 1, 2


@dataclass(frozen=True)
class CheckResult:
    """The result of a check: `good`, or `says` tells the operator how to fix it.

    `is_unchecked`: another server did not answer, so nothing is known.
    """

    what: str
    good: bool
    says: str
    is_unchecked: bool = False

    @property
    def state(self) -> CheckState:
        if self.is_unchecked:
            return CheckState.UNCHECKED
        return CheckState.GOOD if self.good else CheckState.LOOK

    @property
    def line(self) -> str:
        return f"{MARKS[self.state]} {self.what}: {self.says}"


def unchecked(what: str, says: str) -> CheckResult:
    return CheckResult(what, False, says, is_unchecked=True)


def standing_alone(what: str, make: Callable[[], Iterable[CheckResult]]) -> Iterator[CheckResult]:
    """Yield what a check finds. If it raises, that it failed: no check may keep the others from being made.

    Of the error only its type is told: its text may hold an address, a password or what somebody wrote.
    """
    try:
        yield from make()
    except Exception as error:  # noqa: BLE001 - whatever goes wrong in one check, the others are made
        name = type(error).__name__
        BROKE.log(check=what.replace(" ", "-"), error=name)
        log_error(error)
        yield CheckResult(what, False, f"the check itself went wrong ({name}); the log says where (check.broke)")


def exit_code(results: Iterable[CheckResult]) -> int:
    """Return 0 if all is well, 1 if something wants a look, 2 if only some checks could not be made."""
    states = {result.state for result in results}
    if CheckState.LOOK in states:
        return LOOK
    return UNCHECKED if CheckState.UNCHECKED in states else 0


NUMBERS = "numbers"
ORDER = {state: place for place, state in enumerate(CheckState)}


def by_name(results: Iterable[CheckResult]) -> dict[str, CheckState]:
    """Return the state of each check; of several with one name, such as numbers, the one to look at first."""
    states: dict[str, CheckState] = {}
    for result in results:
        what = NUMBERS if result.what.startswith("number ") else result.what
        states[what] = min(states.get(what, CheckState.GOOD), result.state, key=ORDER.__getitem__)
    return states


UNCHECKED_FOR = timedelta(days=1)
"""Another server that does not answer is nothing to mend at first."""
AGAIN_AFTER = timedelta(hours=23, minutes=30)
"""A day, though the timer may be some minutes early."""


@dataclass(frozen=True)
class Trouble:
    """A check that is not good: since when, and when the operator was last told of it."""

    state: CheckState
    since: datetime
    told_at: datetime | None = None

    @classmethod
    def of(cls, state: str, since: str, told_at: str) -> Trouble:
        """Return what was `stored`."""
        return cls(
            CheckState(state), datetime.fromisoformat(since), datetime.fromisoformat(told_at) if told_at else None
        )

    @property
    def stored(self) -> tuple[str, str, str]:
        return self.state, self.since.isoformat(), self.told_at.isoformat() if self.told_at else ""

    def is_told(self, at: datetime) -> bool:
        return self.state is CheckState.LOOK or at - self.since >= UNCHECKED_FOR

    def is_due(self, at: datetime) -> bool:
        return self.is_told(at) and (self.told_at is None or at - self.told_at >= AGAIN_AFTER)


def troubles_after(
    before: Mapping[str, Trouble], states: Mapping[str, CheckState], at: datetime
) -> tuple[dict[str, Trouble], bool]:
    """Return what is not good now, and whether the operator is to be told: of what is new, and of all once a day."""
    bad = {what: Trouble(state, at) for what, state in states.items() if state is not CheckState.GOOD}
    kept = {what: before[what] for what in bad if what in before and before[what].state is bad[what].state}
    bad |= kept
    if not any(trouble.is_due(at) for trouble in bad.values()):
        return bad, False
    return {what: replace(one, told_at=at) if one.is_told(at) else one for what, one in bad.items()}, True

"""The result type of all checks, and what a program that runs them returns."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
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
        """One line for the operator."""
        return f"{MARKS[self.state]} {self.what}: {self.says}"


def unchecked(what: str, says: str) -> CheckResult:
    """Return the result of a check that could not be made."""
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

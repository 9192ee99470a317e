"""The result type of all checks."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class CheckResult:
    """The result of a check: `good`, or `says` tells the operator how to fix it."""

    what: str
    good: bool
    says: str

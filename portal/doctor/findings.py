"""What a check says."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class CheckResult:
    """What was found: `good`, or a sentence on what to do."""

    what: str
    good: bool
    says: str

"""Counts tries in the windows of `rules/throttle.py`."""

from __future__ import annotations

from collections.abc import Iterable

from portal.accounts.rules.throttle import Window
from portal.core.limits import may_try


def may_pass(windows: Iterable[Window]) -> bool:
    """Count one try in every window, also when an earlier one said no; whether all let it through."""
    answers = [may_try(*window) for window in windows]
    return all(answers)

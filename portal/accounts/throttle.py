"""Counts tries in the windows of `rules/throttle.py`."""

from __future__ import annotations

from collections.abc import Iterable

from portal.accounts.rules.throttle import Window
from portal.core.limits import give_back, may_try


def may_pass(windows: Iterable[Window]) -> bool:
    """Count one try in every window, also when an earlier one said no; whether all let it through."""
    answers = [may_try(*window) for window in windows]
    return all(answers)


def let_in(windows: Iterable[Window]) -> None:
    """What was tried was right: it does not count. A church hall signs in from one address, again and again."""
    for window in windows:
        give_back(*window)

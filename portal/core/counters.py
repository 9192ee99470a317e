"""Counts that the processes of one machine share for `core.metrics`, in a file in memory like the tries.

Keys hold names that stand in the code, never a value that comes from a person.
"""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from portal.core.try_counters import TryCounters

NO_END = 10**9
store: TryCounters | None = None
"""Sums by key, which never fall until the machine restarts; None if nothing is counted."""


def add(key: str) -> None:
    """Add one. Never raises: where there is no room, nothing is counted."""
    if store is not None:
        with suppress(sqlite3.Error):
            store.count(key, NO_END)

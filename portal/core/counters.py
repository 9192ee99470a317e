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


class Counters:
    """Sums by key, which never fall until the machine restarts; `store` is where they lie, if anything is counted."""

    store: TryCounters | None = None

    def add(self, key: str) -> None:
        """Add one. Never raises: where there is no room, nothing is counted."""
        if self.store is not None:
            with suppress(sqlite3.Error):
                self.store.count(key, NO_END)


counters = Counters()

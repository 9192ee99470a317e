"""Where the computation of a study stands."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

LEASE = timedelta(minutes=5)
"""How long a worker may take; after that another one tries."""
MOST_TRIES = 3


class State(StrEnum):
    """Of the results of a study."""

    DUE = "due"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    """Tried several times in vain: somebody has to look at the log."""


STATES = tuple(state.value for state in State)

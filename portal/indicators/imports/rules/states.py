"""How far a file that was sent in is."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """How far a file is."""

    SENT = "sent"
    """Nobody has looked into it yet."""
    ASKING = "asking"
    """Its first rows are known; a person says what the columns are."""
    WAITING = "waiting"
    """The columns are known; a worker counts."""
    COUNTED = "counted"
    """A person decides whether it is taken over."""
    FAILED = "failed"


STATES = tuple(state.value for state in State)
FOR_WORKERS = (State.SENT, State.WAITING)

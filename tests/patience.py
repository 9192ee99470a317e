"""Waiting for what another process does: on a condition, never for a fixed time. The limit only ends what hangs."""

import time
from collections.abc import Callable
from typing import TypeVar

HANGS = 600.0
"""Seconds after which something hangs: far longer than the slowest machine takes for it."""
LOOK_EVERY = 0.05
Found = TypeVar("Found")


def wait_for(look: Callable[[], Found]) -> Found:
    """What `look` finds, as soon as it finds something."""
    end = time.monotonic() + HANGS
    while not (found := look()):
        assert time.monotonic() < end, "it hangs"
        time.sleep(LOOK_EVERY)
    return found

"""What a process asked a moment ago and need not ask again: for what is asked with every report and changes seldom.

Another process may have changed it in the meantime. So whoever uses it must be right with what was so half a second
ago, as kept pages are, or must ask again before anything is written.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from flask import current_app

T = TypeVar("T")
SECONDS = 0.5


def recent(key: Hashable, ask: Callable[[], T]) -> T:
    """What `ask` answers, or answered within the last half second. At most a few keys: nothing is ever thrown away."""
    known: dict[Hashable, tuple[float, Any]] = current_app.extensions.setdefault("recent", {})
    moment = time.monotonic()
    asked_at, answer = known.get(key, (0.0, None))
    if moment - asked_at > SECONDS:
        answer = ask()
        known[key] = moment, answer
    found: T = answer
    return found

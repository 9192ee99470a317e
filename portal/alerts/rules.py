"""When a resident is told that there is an answer. Pure.

One message until the resident has looked: several answers in a row are one piece of news, and a phone that rings for
each would be noticed.
"""

from __future__ import annotations

from portal.core.jobs.retries import DeliveryState

LOST = frozenset({DeliveryState.FAILED, DeliveryState.STALE})


def is_to_be_told(was_told: bool, became: DeliveryState | None) -> bool:
    """Return whether a message goes out for something new.

    `was_told`: a message was queued since the resident looked last. `became`: its state, None once its row is gone. A
    message that was lost told nobody anything.
    """
    return not was_told or became in LOST

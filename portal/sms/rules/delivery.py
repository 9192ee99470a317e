"""How far a text has come, from reports that arrive out of order and twice."""

from __future__ import annotations

from enum import StrEnum


class Delivery(StrEnum):
    """The provider's states, in the order in which a text passes them."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"


TERMINAL = frozenset({Delivery.DELIVERED, Delivery.UNDELIVERED, Delivery.FAILED})
_BY_WORD = {
    **{state.value: state for state in Delivery},
    "accepted": Delivery.QUEUED,
    "scheduled": Delivery.QUEUED,
    "read": Delivery.DELIVERED,
    "canceled": Delivery.FAILED,
}
_RANK = {state: rank for rank, state in enumerate(Delivery)}


def delivery(status: str) -> Delivery | None:
    """The state that the provider's word names, or None for a word we don't know."""
    return _BY_WORD.get(status.strip().lower())


def later(known: Delivery | None, told: Delivery) -> Delivery:
    """The state to believe: never an earlier one again, and a terminal one for good."""
    if known is None:
        return told
    if known in TERMINAL or _RANK[told] <= _RANK[known]:
        return known
    return told

"""Cleaning of incoming texts, and the delivery states of outgoing ones."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum

LONGEST_TEXT = 1_600
"""Most characters that the provider carries in one message."""

# Marks that change the direction of writing: they can make a text display differently from its content.
_DIRECTIONS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
# Precomposed Latin letters, so there is nothing to normalize either.
_PLAIN = re.compile(r"[ -~\n\xa0-\xff]*")
_LINES = str.maketrans({"\u2028": "\n", "\u2029": "\n", "\t": " ", "\x85": "\n"})


def clean(body: str) -> str:
    """Return the text to store: composed, without control and direction marks or lone surrogates, cut to length."""
    if _PLAIN.fullmatch(body):
        # Most texts: there is nothing to clean, and checking each character takes two hundred times as long.
        return body[:LONGEST_TEXT].strip()
    lines = body.replace("\r\n", "\n").replace("\r", "\n").translate(_LINES)
    kept = "".join(character for character in lines if character == "\n" or not _is_hidden(character))
    return unicodedata.normalize("NFC", kept)[:LONGEST_TEXT].strip()


def _is_hidden(character: str) -> bool:
    # Cc: control characters, NUL among them. Cs: half of a surrogate pair, which no database stores.
    return character in _DIRECTIONS or unicodedata.category(character) in {"Cc", "Cs"}


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
    """Return the state for the provider's status word, or None for an unknown word."""
    return _BY_WORD.get(status.strip().lower())


def later(known: Delivery | None, told: Delivery) -> Delivery:
    """Return the state to believe: never an earlier one, and a terminal one for good."""
    if known is None:
        return told
    if known in TERMINAL or _RANK[told] <= _RANK[known]:
        return known
    return told

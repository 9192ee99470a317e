"""What decides about places: who may know of one, how it can stand, when neighbors have sounded the alarm."""

from portal.markets.rules.alarm import CAUSES, SIGNAL_KINDS, Cause, SignalKind
from portal.markets.rules.gate import KEYS, Key, is_public, public_since
from portal.markets.rules.status import STATUSES, Status
from portal.markets.rules.steps import EVIDENCE_ITEMS, EVIDENCE_STATES, EvidenceState, Item

__all__ = [
    "CAUSES",
    "EVIDENCE_ITEMS",
    "EVIDENCE_STATES",
    "KEYS",
    "SIGNAL_KINDS",
    "STATUSES",
    "Cause",
    "EvidenceState",
    "Item",
    "Key",
    "SignalKind",
    "Status",
    "is_public",
    "public_since",
]

"""What decides about places: who may know of one, how it can stand, when neighbors have sounded the alarm."""

from portal.markets.rules.gate import is_public, public_since
from portal.markets.rules.status import STATUSES, Status

__all__ = ["STATUSES", "Status", "is_public", "public_since"]

"""How much is lost when a count is hidden for the sake of others.

It depends on what a count is of, never on how large it is, and on a number that only the server knows: whoever
knows the rules cannot work out from what is hidden what else would have been hidden if a count had been larger.
"""

from __future__ import annotations

import hmac
from hashlib import sha256

from portal.indicators.snapshots.rules.counts import ALL, CITY, Spot

OF_CITY = 8.0
OF_ALL = 4.0
OF_LANGUAGE = 2.0
OF_SUM = 1.5


def weight(spot: Spot, of_sum: bool, secret: bytes) -> float:
    """The loss: more for the city, for all, for a language than for a channel, for a sum than for a month."""
    line = OF_ALL if spot.line == ALL else OF_LANGUAGE if spot.line.language else 1.0
    plain = line * (OF_CITY if spot.area == CITY else 1.0) * (OF_SUM if of_sum else 1.0)
    return plain * (1 + _chance(f"{spot} {of_sum}", secret) / 2)


def _chance(text: str, secret: bytes) -> float:
    return int.from_bytes(hmac.digest(secret, text.encode(), sha256)[:4]) / 2**32

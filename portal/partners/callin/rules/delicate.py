"""What a lead looks at once more before the words of a voice are kept: names, numbers and threats."""

from __future__ import annotations

from portal.core.giveaways import Giveaway, giveaways
from portal.partners.callin.rules.names import APART, NUMBER, obvious_name
from portal.partners.callin.rules.threats import threatens

THREAT = "threat"


def delicate(said: str, safety: str) -> tuple[str, ...]:
    """What is in the words that will be `said`, and in those about somebody's `safety`, which may tell of a threat."""
    text = f"{said}\n\n{safety}"
    found = dict.fromkeys(kind.value for kind in giveaways(text))
    if NUMBER.search(text):
        found[Giveaway.PHONE.value] = None
    if obvious_name(NUMBER.sub(APART, text)):
        found[Giveaway.NAME.value] = None
    if threatens(said):
        found[THREAT] = None
    return tuple(found)

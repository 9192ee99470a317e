"""What is counted at a door, which counts are taken, and how those of several doors become one.

Every door has a number of its own, drawn on the phone. It sends all its counts with the number of its turn, which grows
with each tap: sent twice they are the same, an older turn never overwrites a newer one, and doors add up.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from portal.meetings.report_back.rules import SIDES
from portal.meetings.rsvp.rules.answers import INTERPRETERS

GROUPS: dict[str, tuple[str, ...]] = {
    "who": SIDES,
    "age": ("children", "teens", "adults"),
    "language": INTERPRETERS,
    "needs": ("first_time", "childcare", "ride_home", "access"),
}
COUNTERS = tuple(f"{group}.{name}" for group, names in GROUPS.items() for name in names)
MOST = 5_000
MOST_TURN = 10_000_000
MOST_DOORS = 40
"""More phones than this at one meeting are a mistake or worse."""
BY_HAND = "by-hand"
"""The door of whoever types the counts of a sheet."""
OPENS_BEFORE = timedelta(hours=12)
CLOSES_AFTER = timedelta(days=3)
KEPT_ON_PHONE = timedelta(hours=12)
"""So long after the end a phone still has the page; what was not sent then stays for as long again, and then goes."""


def is_door(door: str) -> bool:
    """Whether this is a number that a phone draws."""
    return re.fullmatch(r"[0-9a-f]{32}", door) is not None


def counts_of(given: object) -> dict[str, int] | None:
    """The counts that a phone sent, or None if anything about them is wrong: better told than half taken."""
    if not isinstance(given, dict) or not set(given) <= set(COUNTERS):
        return None
    right = all(type(count) is int and 0 <= count <= MOST for count in given.values())
    return {name: count for name, count in given.items() if count} if right else None


def takes_counts(starts_at: datetime, ends_at: datetime, now: datetime) -> bool:
    """Whether counts are taken: from half a day before to some days after, when a phone has found a network again."""
    return starts_at - OPENS_BEFORE <= now <= ends_at + CLOSES_AFTER


def is_newer(turn: int, stored: int | None) -> bool:
    """Whether a door says something that is not known yet."""
    return stored is None or turn > stored


def added_up(doors: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """The counts of all doors together, in the order in which they are shown."""
    every = list(doors)
    sums = {name: sum(one.get(name, 0) for one in every) for name in COUNTERS}
    return {name: count for name, count in sums.items() if count}


def heads_of(counts: Mapping[str, int]) -> dict[str, int]:
    """Those counts that say in which role people came."""
    return {side: counts[f"who.{side}"] for side in SIDES if f"who.{side}" in counts}

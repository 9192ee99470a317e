"""The gate: the one rule for whether the public may know of a place, and how two people open it.

A place is hidden until two different people, one a community lead and one a police liaison, have each confirmed with
their own sign-in. It then opens at a fixed hour, so that the moment of opening tells nothing of when they decided.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum


class Key(StrEnum):
    """The two roles that together open the gate."""

    COMMUNITY_LEAD = "community_lead"
    POLICE_LIAISON = "police_liaison"


KEYS = tuple(key.value for key in Key)
SECOND_THOUGHT = timedelta(hours=1)
"""For so long after the second key either may take theirs back before anything can be shown."""
RELEASE_AT = time(10)
"""The hour of the city's clock at which places are released."""


@dataclass(frozen=True)
class Confirmation:
    """Somebody turned a key."""

    member_id: int
    key: str


def is_public(released_at: datetime | None, now: datetime) -> bool:
    """Whether the public may know of a place: only from the hour of its release on."""
    return released_at is not None and released_at <= now


def public_since(published_at: datetime | None, released_at: datetime | None) -> datetime | None:
    """Since when the public can know of something at a place: a date before the release would tell when work began."""
    if published_at is None or released_at is None:
        return published_at
    return max(published_at, released_at)


def key_of(roles: Collection[str]) -> Key | None:
    """The key that somebody with these roles holds; nobody holds both."""
    held = [key for key in Key if key in roles]
    return held[0] if len(held) == 1 else None


def may_confirm(member_id: int, roles: Collection[str], given: Collection[Confirmation]) -> bool:
    """Whether somebody may turn their key now: it is theirs, not turned yet, and they turned no other."""
    key = key_of(roles)
    return key is not None and all(one.member_id != member_id and one.key != key for one in given)


def is_agreed(given: Collection[Confirmation]) -> bool:
    """Whether both keys are turned, by two different people."""
    return {one.key for one in given} == set(Key) and len({one.member_id for one in given}) == len(Key)


def release_moment(agreed_at: datetime) -> datetime:
    """The next fixed hour after the agreement, at least an hour later; `agreed_at` is in the city's zone.

    The hour between leaves time for a second thought: either may take their key back until then.
    """
    earliest = agreed_at + SECOND_THOUGHT
    today = earliest.replace(hour=RELEASE_AT.hour, minute=0, second=0, microsecond=0)
    return today if today >= earliest else today + timedelta(days=1)


def still_count(given: Collection[Confirmation], holders: Mapping[int, Collection[str]]) -> list[Confirmation]:
    """The confirmations of people who still hold that key; `holders` has the roles of those admitted who are here."""
    return [one for one in given if key_of(holders.get(one.member_id, ())) == one.key]


def second_thought_ends(turned_at: Iterable[datetime]) -> datetime:
    """Until when nobody alone can hurry a release through: an hour after the last key was turned."""
    return max(turned_at) + SECOND_THOUGHT


def opens_at(release: datetime, call_in_ended_at: datetime | None) -> datetime:
    """When a place opens on which both agreed: at the fixed hour, or when its call-in ends if that is earlier.

    A room full of people knows then; to wait for the hour would only let rumor be first.
    """
    return release if call_in_ended_at is None else min(release, call_in_ended_at)

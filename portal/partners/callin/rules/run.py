"""The run of an evening in two rooms: its parts, how long they are, when each begins, and what is amiss with it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from hashlib import blake2b
from typing import NamedTuple

LEAST, MOST = 60, 75
"""Minutes of the whole evening without the meal: shorter is careless, longer and nobody listens any more."""
LONGEST_PART = 120
LONGEST_VOICE = 3
FEWEST_VOICES, MOST_VOICES = 4, 6
ROOMS = (1, 2)
"""The community among itself with those who were called in; and with law enforcement."""


class Part(StrEnum):
    """What an item of the evening is."""

    WELCOME = "welcome"
    VOICE = "voice"
    SERVICES = "services"
    LAW = "law"
    CLOSE = "close"
    MEAL = "meal"
    OTHER = "other"


class Item(NamedTuple):
    """One item of the evening."""

    part: Part
    room: int
    minutes: int


class Amiss(StrEnum):
    """What a lead should look at again."""

    SHORT = "short"
    LONG = "long"
    FEW_VOICES = "few_voices"
    MANY_VOICES = "many_voices"
    LONG_VOICE = "long_voice"
    NO_WELCOME = "no_welcome"
    NO_SERVICES = "no_services"
    NO_LAW = "no_law"
    LAW_BEFORE_VOICES = "law_before_voices"
    NO_CLOSE = "no_close"


USUAL = (
    Item(Part.WELCOME, 1, 8),
    *(Item(Part.VOICE, 1, 3) for _voice in range(5)),
    Item(Part.SERVICES, 1, 12),
    Item(Part.LAW, 2, 20),
    Item(Part.CLOSE, 2, 8),
    Item(Part.MEAL, 1, 30),
)
"""The standard run: five voices of three minutes; the meal comes after and is not counted."""

NEEDED = {
    Part.WELCOME: Amiss.NO_WELCOME,
    Part.SERVICES: Amiss.NO_SERVICES,
    Part.LAW: Amiss.NO_LAW,
    Part.CLOSE: Amiss.NO_CLOSE,
}


def total(items: Collection[Item]) -> int:
    """The minutes of the evening; the meal is not one of them."""
    return sum(item.minutes for item in items if item.part is not Part.MEAL)


def starts(begins: time, items: Sequence[Item]) -> list[time]:
    """When each item begins, on the clock of the city; past midnight the clock begins anew."""
    moment, found = datetime.combine(date(2000, 1, 1), begins), []
    for item in items:
        found.append(moment.time())
        moment += timedelta(minutes=item.minutes)
    return found


def amiss(items: Sequence[Item]) -> list[Amiss]:
    """What is amiss with a run, the most important first; an empty run is not begun and so not amiss."""
    if not items:
        return []
    voices = [item for item in items if item.part is Part.VOICE]
    parts = [item.part for item in items]
    last_voice = max((number for number, part in enumerate(parts) if part is Part.VOICE), default=-1)
    checks = {
        Amiss.LONG: total(items) > MOST,
        Amiss.SHORT: total(items) < LEAST,
        **{wrong: part not in parts for part, wrong in NEEDED.items()},
        Amiss.LAW_BEFORE_VOICES: Part.LAW in parts and parts.index(Part.LAW) < last_voice,
        Amiss.FEW_VOICES: len(voices) < FEWEST_VOICES,
        Amiss.MANY_VOICES: len(voices) > MOST_VOICES,
        Amiss.LONG_VOICE: any(voice.minutes > LONGEST_VOICE for voice in voices),
    }
    return [wrong for wrong, is_so in checks.items() if is_so]


class Place(NamedTuple):
    """Where an item stands and how long it is."""

    item: int
    room: int
    minutes: int


def written(run: Sequence[Place]) -> str:
    """A run in one line, to see whether it is still as somebody saw it."""
    return "-".join(f"{place.item}.{place.room}.{place.minutes}" for place in run)


def seen_as(room: int, minutes: int, words: Mapping[str, str]) -> str:
    """An item in a few letters that tell nothing, to see whether it is still as somebody saw it."""
    return blake2b(repr((room, minutes, sorted(words.items()))).encode(), digest_size=8).hexdigest()


def merged(mine: Sequence[int], stored: Sequence[int]) -> list[int]:
    """My order of what is still there; what somebody added meanwhile comes behind what it follows in theirs."""
    found = [one for one in dict.fromkeys(mine) if one in stored]
    for before, one in zip((None, *stored), stored, strict=False):
        if one not in found:
            found.insert(found.index(before) + 1 if before is not None else 0, one)
    return found


def moved(order: Sequence[int], one: int, *, up: bool) -> list[int]:
    """The order with one item a step earlier or later; the first stays first, and what is gone moves nothing."""
    found = list(order)
    if one not in found:
        return found
    here = found.index(one)
    there = here - 1 if up else here + 1
    if 0 <= there < len(found):
        found[here], found[there] = found[there], found[here]
    return found

"""Rules of a call-in, pure: the run of show, states and requirements, follow-up deadlines, consents, alternates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import NamedTuple, TypeVar

Item = TypeVar("Item")
LEAST, MOST = 60, 75
"""Minutes of the whole evening without the meal: shorter is careless, and in a longer one people stop listening."""
LONGEST_PART = 120
LONGEST_VOICE = 3
FEWEST_VOICES, MOST_VOICES = 4, 6
ROOMS = (1, 2)
"""Room 1: the community with those who were called in. Room 2: with law enforcement."""


class RunPart(StrEnum):
    WELCOME = "welcome"
    VOICE = "voice"
    SERVICES = "services"
    LAW = "law"
    CLOSE = "close"
    MEAL = "meal"
    OTHER = "other"


class RunItem(NamedTuple):
    part: RunPart
    room: int
    minutes: int
    id: int = 0
    """That of its row; 0 for an item of the standard run."""
    about: str = ""
    voice: int = 0
    """The card of the speaker for whom it is planned."""


class Amiss(StrEnum):
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
    RunItem(RunPart.WELCOME, 1, 8),
    *(RunItem(RunPart.VOICE, 1, 3) for _voice in range(5)),
    RunItem(RunPart.SERVICES, 1, 12),
    RunItem(RunPart.LAW, 2, 20),
    RunItem(RunPart.CLOSE, 2, 8),
    RunItem(RunPart.MEAL, 1, 30),
)
"""The standard run: five speakers of three minutes each; the meal comes last and is not counted."""

NEEDED = {
    RunPart.WELCOME: Amiss.NO_WELCOME,
    RunPart.SERVICES: Amiss.NO_SERVICES,
    RunPart.LAW: Amiss.NO_LAW,
    RunPart.CLOSE: Amiss.NO_CLOSE,
}


def total(items: Collection[RunItem]) -> int:
    return sum(item.minutes for item in items if item.part is not RunPart.MEAL)


def starts(begins: time, items: Sequence[RunItem]) -> list[time]:
    """Return the local start time of each item; past midnight the clock wraps around."""
    moment, hours = datetime.combine(date(2000, 1, 1), begins), []
    for item in items:
        hours.append(moment.time())
        moment += timedelta(minutes=item.minutes)
    return hours


def amiss(items: Sequence[RunItem]) -> list[Amiss]:
    """Return the problems of a run, most important first; an empty run is not begun and has none."""
    if not items:
        return []
    voices = [item for item in items if item.part is RunPart.VOICE]
    parts = [item.part for item in items]
    last_voice = max((number for number, part in enumerate(parts) if part is RunPart.VOICE), default=-1)
    checks = {
        Amiss.LONG: total(items) > MOST,
        Amiss.SHORT: total(items) < LEAST,
        **{wrong: part not in parts for part, wrong in NEEDED.items()},
        Amiss.LAW_BEFORE_VOICES: RunPart.LAW in parts and parts.index(RunPart.LAW) < last_voice,
        Amiss.FEW_VOICES: len(voices) < FEWEST_VOICES,
        Amiss.MANY_VOICES: len(voices) > MOST_VOICES,
        Amiss.LONG_VOICE: any(voice.minutes > LONGEST_VOICE for voice in voices),
    }
    return [wrong for wrong, is_so in checks.items() if is_so]


def written(run: Sequence[RunItem]) -> str:
    return "-".join(f"{item.id}.{item.room}.{item.minutes}" for item in run)


def merged(mine: Sequence[int], stored: Sequence[int]) -> list[int]:
    """Return the ids of `stored` in the order of `mine`; those added concurrently follow their predecessor there."""
    order = [item for item in dict.fromkeys(mine) if item in stored]
    for before, item in zip((None, *stored), stored, strict=False):
        if item not in order:
            order.insert(order.index(before) + 1 if before is not None else 0, item)
    return order


def moved(order: Sequence[Item], item: Item, *, up: bool) -> list[Item]:
    """Return the order with one item moved one step up or down; unchanged at the ends and for a deleted item."""
    places = list(order)
    if item in places:
        here = places.index(item)
        there = here - 1 if up else here + 1
        if 0 <= there < len(places):
            places[here], places[there] = places[there], places[here]
    return places


class EveningState(StrEnum):
    PREPARING = "preparing"
    READY = "ready"
    ENDED = "ended"
    OFF = "off"


MOVES = {
    EveningState.PREPARING: frozenset({EveningState.READY, EveningState.ENDED, EveningState.OFF}),
    EveningState.READY: frozenset({EveningState.PREPARING, EveningState.ENDED, EveningState.OFF}),
}
OPEN = frozenset({EveningState.PREPARING, EveningState.READY})


class Lack(StrEnum):
    BEGINS = "begins"
    RUN = "run"
    LENGTH = "length"
    COORDINATOR = "coordinator"
    VOICES = "voices"
    SAFETY = "safety"


def moves(now: EveningState, *, held_on: date, today: date) -> frozenset[EveningState]:
    """Return the states to which a call-in may change; it cannot end before its day.

    Ending is allowed even if a requirement is missing: it took place, and the families' deadlines run from then.
    """
    states = MOVES.get(now, frozenset())
    return states if today >= held_on else states - {EveningState.ENDED}


def lacks(
    *, begins: str, coordinator: bool, wrong: Collection[Amiss], items: int, planned: int, spoken: int, checked: int
) -> list[Lack]:
    """Return what is missing; `planned` voices, how many people speak them, and how many of those are `checked`."""
    missing = {
        Lack.BEGINS: not begins,
        Lack.RUN: not items or not {Amiss.NO_WELCOME, Amiss.NO_SERVICES, Amiss.NO_LAW}.isdisjoint(wrong),
        Lack.LENGTH: not {Amiss.LONG, Amiss.SHORT}.isdisjoint(wrong),
        Lack.COORDINATOR: not coordinator,
        Lack.VOICES: not planned or spoken < planned,
        Lack.SAFETY: checked < spoken,
    }
    return [lack for lack, is_so in missing.items() if is_so]


class AftercareStep(StrEnum):
    FIRST = "first"
    THANKS = "thanks"
    DAY_30 = "day_30"
    DAY_60 = "day_60"
    DAY_90 = "day_90"


DUE = {
    AftercareStep.FIRST: (1, 3),
    AftercareStep.THANKS: (1, 7),
    AftercareStep.DAY_30: (30, 33),
    AftercareStep.DAY_60: (60, 63),
    AftercareStep.DAY_90: (90, 93),
}
"""Days after the end: earliest and latest. The first call comes within 24 to 72 hours."""


class AftercareDue(NamedTuple):
    step: AftercareStep
    from_on: date
    until_on: date
    state: str
    """The state of the badge: on_time, due_today, overdue, met; or late when it was done after its last day."""


def clocks(ended_on: date, done: Mapping[AftercareStep, date], today: date) -> list[AftercareDue]:
    due = []
    for step, days in DUE.items():
        from_on, until_on = (ended_on + timedelta(days=number) for number in days)
        if step in done:
            state = "met" if done[step] <= until_on else "late"
        elif today > until_on:
            state = "overdue"
        else:
            state = "due_today" if today == until_on else "on_time"
        due.append(AftercareDue(step, from_on, until_on, state))
    return due


class Who(StrEnum):
    """The capacity in which a person speaks: the most that others are ever shown."""

    ELDER = "elder"
    MOTHER = "mother"
    CHANGED = "changed"
    CLERGY = "clergy"
    BUSINESS = "business"
    YOUTH = "youth"
    NEIGHBOR = "neighbor"
    OTHER = "other"


class VoicePoint(StrEnum):
    STORY = "story"
    HARM = "harm"
    WORTH = "worth"
    STOP = "stop"
    HELP = "help"


class Consent(StrEnum):
    """A consent of a speaker; each is separate, dated, and can be withdrawn at any time."""

    SPEAK = "speak"
    NAME = "name"
    PHOTO = "photo"
    CONTACT = "contact"


class VoicePreparation(StrEnum):
    ASKED = "asked"
    SPEAK = "speak"
    REHEARSAL = "rehearsal"
    SAFETY = "safety"
    POINT = "point"
    ALTERNATE = "alternate"


SAFETY_QUESTIONS = ("block", "door", "ride")
"""Lives on the block? Comes through a separate door? Is the way here and home arranged?"""
PLAN_WORDS, INSIDE_WORDS, DOOR_WORDS = (
    ("begins", "where"),
    ("people", "coordinator", "reach"),
    ("labels", "apart", "chairs"),
)
"""What is sealed of a call-in: for its circle, for its circle without police, and for keepers of the roster."""
WORDS = tuple("name who point asked_by rehearsed interpreter support block door ride safety alternate member".split())
"""The recorded fields of a speaker, besides their consents and `notes`."""


class Matrix(NamedTuple):
    counts: Mapping[VoicePoint, int]
    asked: Mapping[VoicePoint, int]
    """The number of further speakers who would make it but have not said yes so far."""

    @property
    def uncovered(self) -> list[VoicePoint]:
        return [point for point in VoicePoint if not self.counts[point]]

    @property
    def doubled(self) -> list[VoicePoint]:
        """Points that several speakers make: six speakers should not say the same."""
        return [point for point in VoicePoint if self.counts[point] + self.asked[point] > 1]


def matrix(said_yes: Iterable[VoicePoint | None], asked: Iterable[VoicePoint | None] = ()) -> Matrix:
    """Return the coverage of the points; a speaker without a point covers none, nor does one who was only asked."""
    counts, open_yet = Counter(said_yes), Counter(asked)
    return Matrix({point: counts[point] for point in VoicePoint}, {point: open_yet[point] for point in VoicePoint})


class Agreement(NamedTuple):
    given_on: date | None = None
    taken_on: date | None = None

    @property
    def holds(self) -> bool:
        return self.given_on is not None and self.taken_on is None


def agreed(words: Mapping[str, str], consent: Consent) -> Agreement:
    days = (words.get(f"{consent.value}_{end}", "") for end in ("given", "taken"))
    return Agreement(*(date.fromisoformat(day) if day else None for day in days))


def give(words: Mapping[str, str], consent: Consent, today: date) -> dict[str, str]:
    return {**words, f"{consent.value}_given": today.isoformat(), f"{consent.value}_taken": ""}


def take_back(words: Mapping[str, str], consent: Consent, today: date) -> dict[str, str]:
    """Return `words` with a consent withdrawn today; the day on which it was given is kept."""
    return {**words, f"{consent.value}_taken": today.isoformat()} if agreed(words, consent).given_on else dict(words)


def speaks(words: Mapping[str, str] | None) -> bool:
    return words is not None and agreed(words, Consent.SPEAK).holds


def who_speaks(voice: int | None, voices: Mapping[int, Mapping[str, str]]) -> int | None:
    """Return who currently speaks in this speaker's place: the speaker, else the alternate, else None."""
    words = voices.get(voice or 0)
    if words is None or speaks(words):
        return voice if words is not None else None
    alternate = int(words.get("alternate") or 0)
    return alternate if alternate != voice and speaks(voices.get(alternate)) else None


def who_is_planned(voice: int, voices: Mapping[int, Mapping[str, str]]) -> int | None:
    """Return who to count on in this speaker's place: the speaker until they withdraw, whether asked yet or not."""
    return who_speaks(voice, voices) if agreed(voices[voice], Consent.SPEAK).taken_on else voice


def is_checked(words: Mapping[str, str]) -> bool:
    return all(words.get(question) for question in SAFETY_QUESTIONS)


def unprepared(words: Mapping[str, str], spares: Collection[int], own: int) -> list[VoicePreparation]:
    """Return the preparations that are still open; an alternate needs no alternate."""
    done = {
        VoicePreparation.ASKED: bool(words.get("asked_by")),
        VoicePreparation.SPEAK: speaks(words),
        VoicePreparation.REHEARSAL: bool(words.get("rehearsed")),
        VoicePreparation.SAFETY: is_checked(words),
        VoicePreparation.POINT: bool(words.get("point")),
        VoicePreparation.ALTERNATE: bool(words.get("alternate")) or own in spares,
    }
    return [what for what, is_so in done.items() if not is_so]

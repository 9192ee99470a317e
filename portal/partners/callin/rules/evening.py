"""The states of a call-in, what it needs to be ready, and what its families are owed afterwards."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

from portal.partners.callin.rules.run import Amiss


class State(StrEnum):
    """How far an evening is."""

    PREPARING = "preparing"
    READY = "ready"
    ENDED = "ended"
    OFF = "off"


MOVES = {
    State.PREPARING: frozenset({State.READY, State.ENDED, State.OFF}),
    State.READY: frozenset({State.PREPARING, State.ENDED, State.OFF}),
    State.ENDED: frozenset[State](),
    State.OFF: frozenset[State](),
}
OPEN = frozenset({State.PREPARING, State.READY})


class Lack(StrEnum):
    """What an evening lacks before it is ready."""

    BEGINS = "begins"
    RUN = "run"
    LENGTH = "length"
    COORDINATOR = "coordinator"
    VOICES = "voices"
    SAFETY = "safety"


class Slots(NamedTuple):
    """How the places for voices are filled: how many there are, how many are spoken, whether all are safe."""

    planned: int
    spoken: int
    checked: int


def may_move(now: State, then: State, *, held_on: date, today: date) -> bool:
    """Whether an evening may get this state; before its day it cannot have ended.

    What took place took place, also where something lacked: the families' clocks run from then.
    """
    return then in MOVES[now] and (then is not State.ENDED or today >= held_on)


def lacks(*, begins: str, coordinator: bool, wrong: Collection[Amiss], items: int, slots: Slots) -> list[Lack]:
    """What is missing before anybody may say that an evening is ready."""
    found = {
        Lack.BEGINS: not begins,
        Lack.RUN: not items or not {Amiss.NO_WELCOME, Amiss.NO_SERVICES, Amiss.NO_LAW}.isdisjoint(wrong),
        Lack.LENGTH: not {Amiss.LONG, Amiss.SHORT}.isdisjoint(wrong),
        Lack.COORDINATOR: not coordinator,
        Lack.VOICES: not slots.planned or slots.spoken < slots.planned,
        Lack.SAFETY: slots.checked < slots.spoken,
    }
    return [lack for lack, is_so in found.items() if is_so]


class Step(StrEnum):
    """What families and voices are owed after the evening."""

    FIRST = "first"
    THANKS = "thanks"
    DAY_30 = "day_30"
    DAY_60 = "day_60"
    DAY_90 = "day_90"


DUE = {Step.FIRST: (1, 3), Step.THANKS: (1, 7), Step.DAY_30: (30, 33), Step.DAY_60: (60, 63), Step.DAY_90: (90, 93)}
"""Days after the end: from when, and until when. The first call comes within 24 to 72 hours."""


class Clock(NamedTuple):
    """One thing that is owed: from and until which day, and how that stands."""

    step: Step
    from_on: date
    until_on: date
    state: str
    """As the badge says it: on_time, due_today, overdue, met; and late when it was done after its day."""


def clocks(ended_on: date, done: Mapping[Step, date], today: date) -> list[Clock]:
    """Every clock that began to run when the evening ended."""
    return [_clock(step, ended_on, done.get(step), today) for step in Step]


def _clock(step: Step, ended_on: date, done_on: date | None, today: date) -> Clock:
    from_on, until_on = (ended_on + timedelta(days=days) for days in DUE[step])
    if done_on is not None:
        state = "met" if done_on <= until_on else "late"
    elif today > until_on:
        state = "overdue"
    else:
        state = "due_today" if today == until_on else "on_time"
    return Clock(step, from_on, until_on, state)

"""Asking whether it is better, and keeping what is said: beside our own word, never over it."""

from __future__ import annotations

from portal.core.clock import today
from portal.core.errors import Refused
from portal.reports.models import Thread
from portal.reports.rules.verdict import Verdict, is_time


def may_say(thread: Thread) -> bool:
    """Whether the resident can say now whether it is better: in time, and only once."""
    return thread.verdict is None and is_time(thread.closed_on, thread.disposition, today())


def say_verdict(thread: Thread, verdict: Verdict) -> None:
    """Keep what the resident says. It is no new word: the report stays closed. Raises `Refused`."""
    if not may_say(thread):
        raise Refused("verdict_over")
    thread.verdict, thread.verdict_on = verdict.value, today()


def note_question(thread: Thread) -> None:
    """The question went to a phone; it is put there once."""
    thread.verdict_asked_on = today()

"""One run of a feature's reminders: what is no longer so is kept back, and each member hears once of what is new."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import groupby

from portal.accounts.reminders.actions import Words, remind, take_back
from portal.accounts.reminders.rules import Due
from portal.core.clock import now, zone
from portal.core.db import db
from portal.core.hours import is_waking


def remind_all(prefix: str, due: Callable[[], Iterable[Due]], words: Words) -> None:
    """By day only; each member in a transaction of their own, so that a run that dies doubles nothing."""
    if not is_waking(now(), zone()):
        return
    with db.work():
        wanted = sorted(due(), key=_whose)
        take_back(prefix, wanted)
    for member_id, own in groupby(wanted, key=_whose):
        with db.work():
            remind(member_id, list(own), words)


def _whose(due: Due) -> int:
    return due.member_id

"""One run of a feature's reminders: what is no longer so is kept back, and each member hears once of what is new."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import groupby

from portal.accounts.reminders.actions import Words, remind, take_back
from portal.accounts.reminders.rules import Due
from portal.core.clock import now, zone
from portal.core.db import db
from portal.core.hours import is_waking
from portal.core.jobs.rows import each_row


def remind_all(
    prefix: str, near: Callable[[], Iterable[int]], dues_of: Callable[[int], Iterable[Due]], words: Words
) -> None:
    """By day only; each member in a transaction of their own, so that a run that dies doubles nothing.

    `near` gives the ids of what may have a day to remind of, `dues_of` the reminders that are due of one of them.
    """
    if not is_waking(now(), zone()):
        return
    with db.work():
        ids = near()
    wanted: list[Due] = []
    failed = each_row(ids, lambda row_id: wanted.extend(dues_of(row_id)))
    wanted.sort(key=_whose)
    if not failed:
        # What is missing from a list with gaps may still be wanted.
        with db.work():
            take_back(prefix, wanted)
    own = {member_id: list(dues) for member_id, dues in groupby(wanted, key=_whose)}
    each_row(own, lambda member_id: remind(member_id, own[member_id], words))


def _whose(due: Due) -> int:
    return due.member_id

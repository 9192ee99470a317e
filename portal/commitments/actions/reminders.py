"""Who is reminded of which promise: the people of the office that made it, while its day is near or just over."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from sqlalchemy import select

from portal.accounts.models import Member
from portal.accounts.reminders.actions import take_back
from portal.accounts.reminders.queries import present
from portal.accounts.reminders.rules import Due, nearness
from portal.commitments.models import Commitment
from portal.commitments.queries import may_see, person, promises_near
from portal.commitments.rules.promises import Step, may_write
from portal.core.clock import today, zone
from portal.core.db import session
from portal.organisations.queries import people_of

ABOUT = "promise "
NAMES_DAY = (Step.MADE, Step.MOVED)
ENDS = (Step.MOVED, Step.CLAIMED, Step.KEPT, Step.BROKEN)
"""After these what was to be said of its day is no longer so."""


def about(commitment_id: int) -> str:
    """What a promise is called in the ledger of reminders."""
    return f"{ABOUT}{commitment_id}"


def promises_to_remind() -> list[int]:
    """The ids of the promises whose day is near or just over."""
    return [promise.id for promise in promises_near()]


def reminders_of(promise_id: int) -> list[Due]:
    """Who should be reminded of a promise now."""
    promise = session.get(Commitment, promise_id)
    return list(_of(promise)) if promise is not None else []


def recall_reminders(commitment: Commitment, step: Step) -> None:
    """Take back what waits, if this step makes it untrue."""
    if step in ENDS:
        take_back(about(commitment.id))


def _of(promise: Commitment) -> Iterator[Due]:
    if promise.due_on is None or _is_claimed(promise):
        return
    near = nearness(promise.due_on, _named_on(promise), today())
    if near is not None:
        for member in _answering(promise):
            yield Due(promise.due_on, about(promise.id), near, member.id)


def _named_on(promise: Commitment) -> date:
    """Since when it is this day that is named."""
    named = [entry.at for entry in promise.entries if entry.step in NAMES_DAY]
    return max(named).astimezone(zone()).date()


def _is_claimed(promise: Commitment) -> bool:
    """Whether the office said that it is done: then it waits for the other side, which may have taken its word back."""
    said = [entry.step for entry in promise.entries if entry.step in (*NAMES_DAY, Step.CLAIMED, Step.REOPENED)]
    return bool(said) and said[-1] == Step.CLAIMED


def _answering(promise: Commitment) -> list[Member]:
    """The people of its organisation who write about its promises; without any, whoever wrote it down."""
    house = promise.office.organisation_id if promise.office else None
    people = present(people_of(house) if house is not None else ()).values()
    able = [one for one in people if may_write(person(one), house) and _knows(one, promise)]
    author = present([promise.author_id]).get(promise.author_id)
    return able or ([author] if author is not None and _knows(author, promise) else [])


def _knows(member: Member, promise: Commitment) -> bool:
    asked = select(Commitment.id).where(Commitment.id == promise.id, may_see(member))
    return session.scalar(asked) is not None

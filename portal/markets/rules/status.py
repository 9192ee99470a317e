"""How a place can stand, and the only ways from one standing to the next. People decide, never a machine."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from enum import StrEnum


class Status(StrEnum):
    MESSAGE_DELIVERED = "message_delivered"
    HOLDING = "holding"
    SLIPPING = "slipping"
    RECOVERING = "recovering"
    HELD_12 = "held_12"
    HELD_24 = "held_24"
    HELD_36 = "held_36"
    GRADUATED = "graduated"


STATUSES = tuple(status.value for status in Status)
NEXT: dict[Status | None, frozenset[Status]] = {
    None: frozenset({Status.MESSAGE_DELIVERED}),
    Status.MESSAGE_DELIVERED: frozenset({Status.HOLDING, Status.SLIPPING}),
    Status.HOLDING: frozenset({Status.SLIPPING, Status.HELD_12}),
    Status.SLIPPING: frozenset({Status.RECOVERING}),
    Status.RECOVERING: frozenset({Status.SLIPPING, Status.HELD_12}),
    Status.HELD_12: frozenset({Status.SLIPPING, Status.HELD_24}),
    Status.HELD_24: frozenset({Status.SLIPPING, Status.HELD_36}),
    Status.HELD_36: frozenset({Status.SLIPPING, Status.GRADUATED}),
    Status.GRADUATED: frozenset({Status.SLIPPING}),
}
LONGEST_TO_REVIEW = timedelta(days=366)
MONTHS = {Status.HELD_12: 12, Status.HELD_24: 24, Status.HELD_36: 36}


def may_follow(before: Status | None, after: Status) -> bool:
    """Whether a place can come to stand like this now; to stand as before is a review, and always possible."""
    return before is after or after in NEXT[before]


def has_held(since: date, on: date, status: Status) -> bool:
    """Whether enough months have passed since a place began to hold for a standing that names them."""
    months = (on.year - since.year) * 12 + on.month - since.month - (on.day < since.day)
    return months >= MONTHS.get(status, 0)


def holding_since(history: Sequence[tuple[str, date]]) -> date | None:
    """Since when a place has held without slipping; `history` is (status, since) of each decision, the newest first."""
    began = None
    for status, since in history:
        if status in (Status.SLIPPING, Status.MESSAGE_DELIVERED):
            break
        began = since
    return began


def offered(history: Sequence[tuple[str, date]], today: date) -> list[Status]:
    """How a place can be said to stand today; `history` as in `holding_since`."""
    before = Status(history[0][0]) if history else None
    held = holding_since(history) or today
    return [one for one in Status if may_follow(before, one) and (one is before or has_held(held, today, one))]


def problem(
    history: Sequence[tuple[str, date]], status: Status, since_on: date, review_on: date, today: date
) -> str | None:
    """Why a place cannot be said to stand like this, as the key of a refusal, or None."""
    return next(iter(problems(history, status, since_on, review_on, today)), None)


def problems(
    history: Sequence[tuple[str, date]], status: Status, since_on: date | None, review_on: date | None, today: date
) -> list[str]:
    """Everything that is wrong with such a decision, as keys of refusals; of a day that is None nothing is said.

    To say the same again is a review: it keeps its date, so `since_on` is not looked at.
    """
    before = Status(history[0][0]) if history else None
    found = [] if may_follow(before, status) else ["status_order"]
    if review_on is not None and not today < review_on <= today + LONGEST_TO_REVIEW:
        found.append("status_review")
    if status is before or since_on is None:
        return found
    if since_on > today or (history and since_on < history[0][1]):
        found.append("status_since")
    elif not has_held(holding_since(history) or since_on, since_on, status):
        found.append("status_months")
    return found


def known_days(since: Sequence[date], first_day: date) -> list[date]:
    """The days of decisions, the newest first, as the public may read them.

    What was decided before the first day on which it could know of the place counts from that day, and but once.
    """
    after = [day for day in since if day > first_day]
    return [*after, first_day] if len(after) < len(since) else after

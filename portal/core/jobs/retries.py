"""The pure rules of sending: what came of handing a text or a mail to a provider, what follows, and how fast it may go.

Also when timetable entries are due. Each of our numbers has a token bucket of segments, shared by priority: carriers
limit them, and the provider queues the rest first in, first out. We never hand in more than the carriers take, or an
answer to a person in danger would wait behind a newsletter.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import IntEnum, StrEnum
from math import inf


@dataclass(frozen=True)
class Sent:
    """The provider accepted it; `sid` is the provider's id."""

    sid: str


@dataclass(frozen=True)
class Retry:
    """It was not sent and may be tried again; `few` limits that to a few attempts."""

    reason: str
    code: int | None = None
    few: bool = False


@dataclass(frozen=True)
class Failed:
    reason: str
    code: int | None = None
    opted_out: bool = False


@dataclass(frozen=True)
class Unknown:
    """It may or may not have been sent: ask the provider before sending it again."""

    reason: str


Outcome = Sent | Retry | Failed | Unknown


class Unreachable(Exception):
    """The provider could not be asked; try again later."""


LEASE = timedelta(minutes=2)
"""How long a worker may hold a message: several times the timeout of any provider."""
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=1)
ASK_AGAIN = timedelta(minutes=2)
GIVE_UP_AFTER = timedelta(hours=24)
FEW_ATTEMPTS = 3
VALID_FOR = timedelta(hours=4)
"""How long a provider may try if the message has no `send_before`."""


class DeliveryState(StrEnum):
    """The state of a message; the last four are final."""

    DUE = "due"
    SENDING = "sending"
    UNKNOWN = "unknown"
    SENT = "sent"
    FAILED = "failed"
    STALE = "stale"
    SUPPRESSED = "suppressed"


UNSETTLED = (DeliveryState.DUE, DeliveryState.SENDING, DeliveryState.UNKNOWN)


@dataclass(frozen=True)
class RetryStep:
    """The next state of a message, and when it is looked at again if that state is not final."""

    state: DeliveryState
    due_at: datetime | None = None
    provider_id: str | None = None
    failure: str | None = None


def wait(attempts: int, chance: float) -> timedelta:
    """Return the pause after `attempts`: doubling, with 25 % jitter by `chance` in [0, 1), lest retries coincide."""
    doubled: timedelta = FIRST_WAIT * 2 ** min(attempts - 1, 12)
    return min(doubled, LONGEST_WAIT) * (0.75 + 0.5 * chance)


def is_given_up(first_tried_at: datetime, now: datetime) -> bool:
    return now - first_tried_at >= GIVE_UP_AFTER


def is_stale(send_before: datetime | None, now: datetime) -> bool:
    """Return whether sending the message would only confuse by now."""
    return send_before is not None and now >= send_before


def valid_for(send_before: datetime | None, now: datetime) -> timedelta:
    return VALID_FOR if send_before is None else send_before - now


def after_sending(outcome: Outcome, attempts: int, first_tried_at: datetime, now: datetime, chance: float) -> RetryStep:
    """Return the next state of a message from the outcome that its transport reported."""
    later = now + wait(attempts, chance)
    match outcome:
        case Sent(sid):
            return RetryStep(DeliveryState.SENT, provider_id=sid)
        case Failed(reason, opted_out=True):
            return RetryStep(DeliveryState.SUPPRESSED, failure=reason)
        case Failed(reason):
            return RetryStep(DeliveryState.FAILED, failure=reason)
        case Unknown(reason):
            # Never sent again without asking, however long it takes: see `after_asking`.
            return RetryStep(DeliveryState.UNKNOWN, due_at=later, failure=reason)
        case Retry(reason, few=few):
            if (few and attempts >= FEW_ATTEMPTS) or is_given_up(first_tried_at, now):
                return RetryStep(DeliveryState.FAILED, failure=reason)
            return RetryStep(DeliveryState.DUE, due_at=later, failure=reason)


def after_asking(provider_id: str | None, first_tried_at: datetime, now: datetime) -> RetryStep:
    """Return the next state of a message that may have been sent, after the provider said whether it has it."""
    if provider_id is not None:
        return RetryStep(DeliveryState.SENT, provider_id=provider_id)
    if is_given_up(first_tried_at, now):
        return RetryStep(DeliveryState.FAILED, failure="gave up")
    return RetryStep(DeliveryState.DUE, due_at=now)


def after_no_answer(first_tried_at: datetime, now: datetime, chance: float) -> RetryStep:
    """Return the next state of a message that may have been sent, when the provider could not be asked."""
    if is_given_up(first_tried_at, now):
        return RetryStep(DeliveryState.FAILED, failure="never known")
    return RetryStep(DeliveryState.UNKNOWN, due_at=now + ASK_AGAIN * (0.75 + 0.5 * chance))


# The timetable.

LONGEST_RUN = timedelta(minutes=30)


@dataclass(frozen=True)
class Every:
    """The period of a timetable entry; daily ones run at `hour` in the city's time zone."""

    period: timedelta
    hour: int = 0


MINUTE = Every(timedelta(minutes=1))
HOUR = Every(timedelta(hours=1))
DAY = Every(timedelta(days=1), hour=3)


def last_due(when: Every, local: datetime) -> datetime:
    """Return when an entry was last due, seen from the local time `local`; in UTC."""
    if when.period < timedelta(days=1):
        seconds = local.timestamp() // when.period.total_seconds() * when.period.total_seconds()
        return datetime.fromtimestamp(seconds, UTC)
    today = local.replace(hour=when.hour, minute=0, second=0, microsecond=0)
    day = today if today <= local else today - timedelta(days=1)
    return day.astimezone(UTC)


def longest_run(when: Every) -> timedelta:
    return min(when.period, LONGEST_RUN)


BURST_SECONDS = 10
"""The bucket holds what the number may send in this time."""
LOAN_SECONDS = 10
"""Dialogue may use up what the number may send in this time ahead. What it borrows queues at the provider, and so would
an answer to a person in danger behind it."""
NO_WAIT = timedelta(0)
TINY = 1e-6
"""Levels are sums of floating point numbers."""


class Priority(IntEnum):
    URGENT = 0
    """Answers to a person in danger: never wait, whatever the number has borrowed already."""
    DIALOGUE = 1
    """Opt-outs, codes, and answers to somebody who just wrote."""
    NOTICE = 2
    """Reminders and changes that concern this person."""
    ANNOUNCEMENT = 3
    """The same words to many."""


@dataclass(frozen=True)
class Bucket:
    """The segments that a number may send now; negative while answers have borrowed."""

    level: float
    at: datetime


def capacity(rate: float) -> float:
    """Return the most segments that a bucket holds at a rate in segments a second."""
    return max(1.0, rate * BURST_SECONDS)


def refilled(bucket: Bucket, rate: float, now: datetime) -> Bucket:
    """Return the bucket as it is now; a clock that went back adds nothing."""
    seconds = max(0.0, (now - bucket.at).total_seconds())
    return Bucket(min(capacity(rate), bucket.level + rate * seconds), max(now, bucket.at))


def take(bucket: Bucket, rate: float, now: datetime, segments: int, priority: Priority) -> tuple[Bucket, timedelta]:
    """Take segments from a bucket; return the new bucket, and `NO_WAIT` or the time after which to try again."""
    filled = refilled(bucket, rate, now)
    missing = _least(rate, segments, priority) - filled.level
    if missing <= TINY:
        return Bucket(filled.level - segments, filled.at), NO_WAIT
    return filled, timedelta(seconds=missing / rate)


def _least(rate: float, segments: int, priority: Priority) -> float:
    """Return the level at which a message is admitted: a full bucket for a larger one; announcements leave half."""
    match priority:
        case Priority.URGENT:
            return -inf
        case Priority.DIALOGUE:
            return min(segments - rate * LOAN_SECONDS, capacity(rate))
        case Priority.NOTICE:
            return min(segments, capacity(rate))
        case _:
            return min(segments + capacity(rate) / 2, capacity(rate))

"""How long an offer lasts, when nobody is written to, until when answers are taken."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo

WAKING = time(8), time(21)
OFFER_LASTS = timedelta(hours=12)
"""In hours in which people are awake: what is offered at night can still be taken after work."""
LAST_OFFER = timedelta(hours=2)
"""So long before the start every offer ends. From then on seats go to whoever takes them."""
SHORTEST_OFFER = timedelta(minutes=30)
LAST_DAY = timedelta(days=1)
FRIDAY = 4


def is_last_day(starts_at: datetime, now: datetime) -> bool:
    return starts_at - now <= LAST_DAY


def offer_until(now: datetime, starts_at: datetime, zone: tzinfo) -> datetime | None:
    """When an offer made now ends; None when it is too late to make one."""
    last = starts_at - LAST_OFFER
    if last - now < SHORTEST_OFFER:
        return None
    return min(after_waking(now, OFFER_LASTS, zone), last)


def takes_answers(starts_at: datetime, close_hours: int, now: datetime) -> bool:
    """Whether new answers are still taken."""
    return now < starts_at - timedelta(hours=close_hours)


def after_waking(now: datetime, lasts: timedelta, zone: tzinfo) -> datetime:
    """The moment at which people have been awake for so long since `now`."""
    day = now.astimezone(zone).date()
    while True:
        begins, ends = (datetime.combine(day, clock, zone).astimezone(UTC) for clock in WAKING)
        since = max(now, begins)
        if since < ends:
            if lasts <= ends - since:
                return since + lasts
            lasts -= ends - since
        day += timedelta(days=1)


def next_waking(now: datetime, zone: tzinfo) -> datetime:
    """Now, or eight in the morning: nobody's phone rings at night because somebody else cancelled."""
    return max(now, after_waking(now, timedelta(0), zone))


def ask_by(starts_on: date, today: date) -> date:
    """Until when those who need childcare or a ride are asked again: the Friday before, or the day before."""
    friday = starts_on - timedelta(days=(starts_on.weekday() - FRIDAY - 1) % 7 + 1)
    return friday if friday > today else max(today, starts_on - timedelta(days=1))

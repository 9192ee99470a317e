"""How long an offer lasts, when nobody is written to, until when answers are taken."""

from __future__ import annotations

from datetime import date, datetime, timedelta, tzinfo

from portal.core.hours import next_waking, waking_hours

OFFER_LASTS = timedelta(hours=12)
"""In hours in which people are awake: what is offered at night can still be taken after work."""
LAST_OFFER = timedelta(hours=2)
"""So long before the start every offer ends. From then on seats go to whoever takes them."""
SHORTEST_OFFER = timedelta(minutes=30)
LAST_DAY = timedelta(days=1)
LEAST_NOTICE = timedelta(hours=3)
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
        begins, ends = waking_hours(day, zone)
        since = max(now, begins)
        if since < ends:
            if lasts <= ends - since:
                return since + lasts
            lasts -= ends - since
        day += timedelta(days=1)


def cannot_wait(starts_at: datetime, now: datetime, zone: tzinfo) -> bool:
    """Whether a change must be told at night too: it is the same day, or morning would leave no time to plan anew."""
    same_day = starts_at.astimezone(zone).date() == now.astimezone(zone).date()
    return same_day or next_waking(now, zone) > starts_at - LEAST_NOTICE


def host_told_at(starts_at: datetime, now: datetime, zone: tzinfo) -> datetime | None:
    """When the host reads of what happens in the line now: the next morning; on the last day soon, if there is time."""
    morning = next_morning(now, zone)
    if morning + LEAST_NOTICE <= starts_at:
        return morning
    soon = next_waking(now, zone)
    return soon if soon < starts_at else None


def next_morning(moment: datetime, zone: tzinfo) -> datetime:
    """Eight in the morning, the next time after this moment."""
    day = moment.astimezone(zone).date()
    begins = waking_hours(day, zone)[0]
    return begins if moment < begins else waking_hours(day + timedelta(days=1), zone)[0]


def ask_by(starts_on: date, today: date) -> date:
    """Until when those who need childcare or a ride are asked again: the Friday before, or the day before."""
    friday = starts_on - timedelta(days=(starts_on.weekday() - FRIDAY - 1) % 7 + 1)
    return friday if friday > today else max(today, starts_on - timedelta(days=1))

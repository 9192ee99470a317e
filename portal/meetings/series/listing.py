"""Lists in which a series takes little room: its next date, and every date that the others do not tell of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from sqlalchemy import select

from portal.core.clock import zone
from portal.core.db import session
from portal.meetings.models import Meeting
from portal.meetings.series.models import Occurrence, Series, shape_of
from portal.meetings.series.queries import is_known, is_over
from portal.meetings.series.rules import Seen, Stand, as_seen, stands


@dataclass(frozen=True)
class Listed:
    """A meeting in a list. Of a series: what it is to its other dates, and the one held after it."""

    meeting: Meeting
    series: Series | None = None
    stand: Stand | None = None
    following: Meeting | None = None
    in_rhythm: bool = False
    """Whether how often the series is held says something of this date: not for those before the rhythm changed."""

    @property
    def public_series(self) -> Series | None:
        """The series, if the public may know of it."""
        return self.series if self.series is not None and is_known(self.series) else None


def listed(meetings: Iterable[Meeting]) -> list[Listed]:
    """What is left of a list: of each series its next date, and those ahead that stand out.

    A meeting every week would otherwise push all others off a phone. What is over stays only when nothing is ahead, or
    when it was moved or called off.
    """
    everything = list(meetings)
    slots = _slots([one.id for one in everything])
    of_series: dict[int, list[Meeting]] = {}
    for one in everything:
        if one.id in slots and not is_over(one):
            of_series.setdefault(slots[one.id][0].id, []).append(one)
    ahead: dict[int, Listed] = {}
    for dates in of_series.values():
        ahead |= _ahead(dates, slots)
    return [found for one in everything if (found := _listed(one, slots, ahead, of_series))]


def _listed(
    one: Meeting,
    slots: dict[int, tuple[Series, date]],
    ahead: dict[int, Listed],
    of_series: dict[int, list[Meeting]],
) -> Listed | None:
    if one.id not in slots:
        return Listed(one)
    if one.id in ahead:
        return ahead[one.id] if ahead[one.id].stand else None
    series = slots[one.id][0]
    told_of = any(not other.is_cancelled for other in of_series.get(series.id, ()))
    stays = not told_of or one.starts_at is None or one.look in ("moved", "cancelled")
    return Listed(one, series) if stays else None


def _ahead(dates: list[Meeting], slots: dict[int, tuple[Series, date]]) -> dict[int, Listed]:
    held = [one for one in dates if not one.is_cancelled]
    after = {one.id: other for one, other in pairwise(held)}
    found = {}
    for one, stand in zip(dates, stands([_seen(one, *slots[one.id]) for one in dates]), strict=True):
        series, slot_on = slots[one.id]
        found[one.id] = Listed(one, series, stand, after.get(one.id), slot_on >= series.first_on)
    return found


def _seen(meeting: Meeting, series: Series, slot_on: date) -> Seen:
    says = as_seen(shape_of(meeting.plan, slot_on))
    weekday = meeting.starts_at.astimezone(zone()).weekday() if meeting.starts_at else None
    regular = says == as_seen(series.shape) and slot_on >= series.first_on
    return Seen((*says, weekday), regular, meeting.is_moved, meeting.is_cancelled)


def _slots(meeting_ids: list[int]) -> dict[int, tuple[Series, date]]:
    """The series of each meeting that belongs to one, and the day of the rhythm that it takes the place of."""
    found = select(Occurrence.meeting_id, Series, Occurrence.slot_on).join(Series, Series.id == Occurrence.series_id)
    rows = session.execute(found.where(Occurrence.meeting_id.in_(meeting_ids)))
    return {meeting_id: (series, slot_on) for meeting_id, series, slot_on in rows if meeting_id is not None}

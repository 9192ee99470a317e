"""What clashes, and with what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from portal.meetings.week import Holiday, clashing, holiday_on, in_service_hours, soon

NEW_YORK = ZoneInfo("America/New_York")
NOON = datetime(2026, 12, 6, 12, tzinfo=UTC)


@dataclass
class Plan:
    id: int
    starts: float | None
    hours: float = 1
    is_cancelled: bool = False

    @property
    def starts_at(self) -> datetime | None:
        return None if self.starts is None else NOON + timedelta(hours=self.starts)

    @property
    def ends_at(self) -> datetime | None:
        return None if self.starts is None else NOON + timedelta(hours=self.starts + self.hours)


@pytest.mark.parametrize(
    ("plans", "wanted"),
    [
        ([Plan(1, 0), Plan(2, 1)], set()),
        ([Plan(1, 0, 2), Plan(2, 1)], {1, 2}),
        ([Plan(1, 0, 9), Plan(2, 1), Plan(3, 5), Plan(4, 20)], {1, 2, 3}),
        ([Plan(1, 0, 2), Plan(2, 1, is_cancelled=True), Plan(3, None)], set()),
        ([Plan(1, 0), Plan(2, 0)], {1, 2}),
    ],
)
def test_two_meetings_at_once_clash(plans: list[Plan], wanted: set[int]) -> None:
    assert clashing(plans) == wanted
    assert clashing(plans[::-1]) == wanted


@pytest.mark.parametrize(
    ("day", "starts", "ends", "wanted"),
    [
        (6, 10, 11, True),
        (6, 8, 9, False),
        (6, 8, 10, True),
        (6, 13, 14, False),
        (6, 12, 15, True),
        (7, 10, 11, False),
    ],
)
def test_sunday_mornings_belong_to_services(day: int, starts: int, ends: int, wanted: bool) -> None:
    begins, stops = (datetime(2026, 12, day, hour, tzinfo=NEW_YORK).astimezone(UTC) for hour in (starts, ends))
    assert in_service_hours(begins, stops, NEW_YORK) == wanted


def test_a_year_has_its_eleven_holidays_on_their_days() -> None:
    days = [date(2026, 1, 1) + timedelta(days=number) for number in range(365)]
    found = {day: holiday for day in days if (holiday := holiday_on(day))}
    assert [f"{day:%m-%d}" for day in found] == (
        "01-01 01-19 02-16 05-25 06-19 07-04 09-07 10-12 11-11 11-26 12-25".split()
    )
    assert set(found.values()) == set(Holiday)


def test_a_week_is_seven_days_from_now() -> None:
    plans = [Plan(1, -0.1), Plan(2, 0), Plan(3, 167.9), Plan(4, 168), Plan(5, 1, is_cancelled=True)]
    assert soon(plans, NOON) == 2

"""How the clocks change, as calendars are told."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from portal.meetings.feeds import onsets, yearly_changes


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("America/New_York", [(3, "2SU", True, 2), (11, "1SU", False, 2)]),
        ("America/Anchorage", [(3, "2SU", True, 2), (11, "1SU", False, 2)]),
        ("Europe/Madrid", [(3, "-1SU", True, 2), (10, "-1SU", False, 3)]),
        ("America/Phoenix", []),
        ("America/Puerto_Rico", []),
        # Its clocks follow the moon.
        ("Africa/Casablanca", None),
    ],
)
def test_a_zone_is_told_by_its_rules(name: str, wanted: list[tuple[int, str, bool, int]] | None) -> None:
    found = yearly_changes(ZoneInfo(name), 2020)
    told = (
        None if found is None else [(one.month, one.weekday, one.first.is_summer, one.first.at.hour) for one in found]
    )
    assert told == wanted


def test_summer_begins_when_the_clocks_would_have_shown_two() -> None:
    spring, autumn = onsets(ZoneInfo("America/New_York"), 2026)
    assert (spring.at, spring.name, spring.after - spring.before) == (
        datetime(2026, 3, 8, 2),
        "EDT",
        timedelta(hours=1),
    )
    assert (autumn.at, autumn.name) == (datetime(2026, 11, 1, 2), "EST")

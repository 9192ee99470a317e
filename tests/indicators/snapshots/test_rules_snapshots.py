"""Days, months and rounding of snapshots."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from portal.indicators.measures import is_complete
from portal.indicators.snapshots import table
from portal.indicators.snapshots.table import last_month, next_on

ZONE = ZoneInfo("America/New_York")


def test_a_snapshot_is_due_on_its_day_at_its_hour() -> None:
    for local, due in [
        (datetime(2026, 11, 15, 8, 59), date(2026, 10, 15)),
        (datetime(2026, 11, 15, 9, 0), date(2026, 11, 15)),
        (datetime(2026, 1, 3, 12, 0), date(2025, 12, 15)),
    ]:
        moment = local.replace(tzinfo=ZONE)
        assert table.due_on(15, moment) == due
        assert next_on(15, moment) > moment.date() or next_on(15, moment) == moment.date()


def test_months_are_those_that_are_complete() -> None:
    assert is_complete(date(2026, 9, 1), 45, date(2026, 11, 15))
    assert not is_complete(date(2026, 9, 1), 46, date(2026, 11, 15))
    assert last_month([30, 60, 120], date(2026, 11, 15)) == date(2026, 9, 1)
    assert last_month([], date(2026, 11, 15)) == date(2026, 10, 1)


def test_a_share_is_rounded_half_upwards_and_said_only_of_two_numbers() -> None:
    for part, whole, said in [
        (0, 20, 0),
        (20, 20, 100),
        (1, 400, 1),
        (399, 400, 99),
        (5, 8, 63),
        (3, 8, 38),
        (1, 8, 13),
        ("hidden", 20, None),
        (12, "hidden", None),
        (None, 20, None),
        (12, None, None),
        (0, 0, None),
    ]:
        assert table.percent(part, whole) == said

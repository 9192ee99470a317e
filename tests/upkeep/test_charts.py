"""The drawing of a place's weeks stays on its ground and shows what the table says."""

from datetime import date, timedelta

from hypothesis import given, strategies as st

from portal.markets.reviews import Baseline, weeks
from portal.upkeep.upkeep import FLOOR, HEIGHT, TOP, WIDTH, chart

MONDAY = date(2026, 6, 1)


def drawn(counts: list[int], limit: float = 2.5, outreach: tuple[int, ...] = ()):
    days = [MONDAY + timedelta(days=7 * number) for number in range(len(counts))]
    about = [days[number] for number in outreach]
    return chart(weeks(list(zip(days, counts, strict=True)), about, Baseline(limit=limit)), limit)


@given(st.lists(st.integers(0, 60), min_size=1, max_size=26), st.floats(0.1, 50))
def test_nothing_leaves_the_ground(counts: list[int], limit: float) -> None:
    found = drawn(counts, limit)
    points = [tuple(map(int, point.split(","))) for point in found.line.split()]
    assert len(points) == len(counts)
    assert all(0 <= x <= WIDTH and TOP <= y <= FLOOR for x, y in points)
    assert all(bar.y >= TOP and bar.y + bar.height == FLOOR < HEIGHT and bar.width > 0 for bar in found.bars)
    assert TOP <= found.limit <= FLOOR


def test_bars_marks_and_alarms_are_those_of_the_weeks() -> None:
    found = drawn([0, 1, 3, 0], outreach=(3,))
    assert [FLOOR - bar.height for bar in found.bars] == [bar.y for bar in found.bars]
    assert found.bars[1].height == 3 * found.bars[0].height
    assert len(found.alarms) == len(found.outreach) == 1
    # The alarm stands over the third of four weeks.
    assert found.alarms[0][0] == 625
    assert found.alarms[0][1] < found.limit

"""The alarm, against average run lengths that a Markov chain gives exactly, not against its own formula."""

from __future__ import annotations

from datetime import date, timedelta
from math import exp, factorial, floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.markets.reviews import Baseline, cusum, two_sources, weeks, weeks_since

TODAY = date(2026, 11, 24)


class Fixed(Baseline):
    """A baseline whose reference is a fraction, so that the sum only takes countable values."""

    @property
    def reference(self) -> float:
        return 0.5


def exact_run_length(mean: float, limit: float, step: float = 0.5) -> float:
    """The average number of weeks to an alarm: (I - Q) a = 1 over the states 0, 0.5, … below the limit.

    Brook & Evans (1972), "An approach to the probability distribution of CUSUM run length", Biometrika 59.
    """
    size = floor(limit / step)
    chance = [exp(-mean) * mean**count / factorial(count) for count in range(40)]
    matrix = [[0.0] * size for _ in range(size)]
    for state in range(size):
        for count, probability in enumerate(chance):
            after = max(0, state + round(count / step) - 1)
            if after < size:
                matrix[state][after] += probability
    return solve([[(row == column) - matrix[row][column] for column in range(size)] for row in range(size)])[0]


def solve(rows: list[list[float]]) -> list[float]:
    """Gauss elimination for rows · x = 1."""
    size = len(rows)
    work = [[*row, 1.0] for row in rows]
    for pivot in range(size):
        best = max(range(pivot, size), key=lambda row: abs(work[row][pivot]))
        work[pivot], work[best] = work[best], work[pivot]
        for row in range(size):
            if row != pivot:
                factor = work[row][pivot] / work[pivot][pivot]
                work[row] = [mine - factor * theirs for mine, theirs in zip(work[row], work[pivot], strict=True)]
    return [work[row][size] / work[row][row] for row in range(size)]


def poisson(mean: float, number: float) -> int:
    """The count that a random number between 0 and 1 stands for."""
    count, below = 0, exp(-mean)
    term = below
    while number > below and count < 60:
        count += 1
        term *= mean / count
        below += term
    return count


@pytest.mark.parametrize(("mean", "limit"), [(0.2, 2.5), (0.3, 2.0), (1.2, 2.5)])
def test_the_run_length_is_that_of_the_markov_chain(mean: float, limit: float) -> None:
    import random

    source = random.Random(2026)
    baseline = Fixed(quiet=mean, limit=limit)
    signals = [poisson(mean, source.random()) for _week in range(400_000)]
    alarms = sum(total >= limit for total in cusum(signals, baseline))
    assert len(signals) / alarms == pytest.approx(exact_run_length(mean, limit), rel=0.05)


def test_the_reference_lies_between_quiet_and_slipping() -> None:
    assert Baseline(0.2, 1.2).reference == pytest.approx(0.5581, abs=1e-4)


@given(st.lists(st.integers(0, 5), max_size=60))
def test_sums_are_never_negative_and_more_signals_never_lower_them(signals: list[int]) -> None:
    sums = cusum(signals, Baseline(limit=10**9))
    more = cusum([count + 1 for count in signals], Baseline(limit=10**9))
    assert all(total >= 0 for total in sums)
    assert all(one <= other for one, other in zip(sums, more, strict=True))


def test_after_an_alarm_it_starts_over() -> None:
    found = weeks([(TODAY, 5), (TODAY + timedelta(7), 0)], [TODAY], Baseline())
    assert [(week.is_alarm, week.outreach) for week in found] == [(True, True), (False, False)]
    assert found[1].total == 0


@pytest.mark.parametrize(
    ("seen", "enough"),
    [
        ([(0, "a")], False),
        ([(0, "a"), (3, "a")], False),
        ([(0, "a"), (13, "b")], True),
        ([(0, "a"), (14, "b")], False),
        ([], False),
    ],
)
def test_two_unrelated_sources_in_fourteen_days(seen: list[tuple[int, str]], enough: bool) -> None:
    assert two_sources([(TODAY - timedelta(days), source) for days, source in seen], TODAY) is enough


@pytest.mark.parametrize(("days", "expected"), [(0, 0), (6, 0), (7, 1), (20, 2)])
def test_weeks_since_the_last_signal(days: int, expected: int) -> None:
    assert weeks_since(TODAY - timedelta(days), TODAY) == expected
    assert weeks_since(None, TODAY) is None

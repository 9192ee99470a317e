"""One result for all places: as published meta-analyses, and no surer than it may be."""

from math import exp, log

import numpy as np
import pytest

from portal.indicators.statistics.closed_form import PlaceChange, change_of, pooled

# Colditz and others (1994), trials of a vaccine against tuberculosis: cases and people, vaccinated and not. The classic
# example of textbooks and of R's metafor (`dat.bcg`).
BCG = (
    (4, 123, 11, 139), (6, 306, 29, 303), (3, 231, 11, 220), (62, 13598, 248, 12867), (33, 5069, 47, 5808),
    (180, 1541, 372, 1451), (8, 2545, 10, 629), (505, 88391, 499, 88391), (29, 7499, 45, 7277), (17, 1716, 65, 1665),
    (186, 50634, 141, 27338), (5, 2498, 3, 2341), (27, 16913, 29, 17854),
)  # fmt: skip


def risk(a: int, n: int, c: int, m: int) -> PlaceChange:
    return PlaceChange(log(a / n) - log(c / m), (1 / a - 1 / n + 1 / c - 1 / m) ** 0.5)


def test_as_published() -> None:
    found = pooled([risk(*one) for one in BCG])
    assert found is not None
    # metafor, method "PM" (the same as "EB"): tau² 0.3181, estimate −0.7150.
    assert found.between**2 == pytest.approx(0.3181, abs=5e-4)
    assert log(1 + found.percent / 100) == pytest.approx(-0.7150, abs=1e-3)
    assert sum(found.weights) == pytest.approx(100)
    assert found.percent_high < 0


def test_fewer_than_five_are_refused() -> None:
    assert pooled([PlaceChange(-0.5, 0.1)] * 4) is None
    assert pooled([PlaceChange(-0.5, 0.1)] * 5) is not None


def test_a_place_counts_by_the_width_of_its_interval() -> None:
    one = change_of(-50.0, -75.0, 0.0, 95.0)
    assert one is not None
    assert one.error == pytest.approx(log(4) / 2 / 1.959964, rel=1e-5)
    wide = change_of(-50.0, -75.0, 0.0, 98.75)
    assert wide is not None
    assert wide.error < one.error
    assert change_of(-100.0, -100.0, 40.0, 95.0) is None
    assert change_of(0.0, 0.0, 0.0, 95.0) is None


@pytest.mark.parametrize("between", [0.0, 0.2])
@pytest.mark.parametrize("places", [5, 8])
def test_how_often_it_is_wrong(places: int, between: float) -> None:
    """Seeded; 400 cities in which nothing changed on average: at most 5 of 100 are said to have changed."""
    generator, wrong = np.random.default_rng(4), 0
    for _time in range(400):
        errors = generator.uniform(0.08, 0.3, places)
        drawn = generator.normal(0, np.hypot(errors, between))
        found = pooled([PlaceChange(*one) for one in zip(drawn, errors, strict=True)])
        assert found is not None
        wrong += not found.percent_low < 0 < found.percent_high
    assert wrong / 400 <= 0.065


def test_it_finds_what_is_there() -> None:
    found = pooled([PlaceChange(log(0.7), 0.15)] * 10)
    assert found is not None
    assert found.percent == pytest.approx(-30)
    assert found.percent_high < 0
    assert exp(log(1 + found.percent_low / 100)) > 0.5

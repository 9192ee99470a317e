"""Arrests by group of people: all groups of a year or none at places, exact years of the city, and both attackers."""

import random
from collections import defaultdict
from itertools import product

import pytest

from portal.indicators.statistics.audit import audit
from portal.indicators.statistics.protection import CITY, CITY_ALONE, CountDecision, Spot
from tests.indicators.snapshots.world import FIRST, City, Told, Truth, breaches

GROUPS = ("arrests_a", "arrests_b", "arrests_c")
PARENTS = dict.fromkeys(GROUPS, "arrests")
DECEMBER = FIRST + 11


def city(mean: float = 20, places: int = 1) -> City:
    return City(parents=PARENTS, apart=("arrests",), means=dict.fromkeys(range(1, places + 1), mean))


def year(whole: int, *groups: int, area: int = 1, late: tuple[int, ...] = ()) -> Truth:
    """A year that had 10 arrests of the first group in each month, and these in December besides."""
    truth: Truth = {}
    for month in range(FIRST, DECEMBER):
        truth |= {Spot("arrests", area, month): 10, Spot("arrests_a", area, month): 10}
    truth[Spot("arrests", area, DECEMBER)] = whole
    for key, value in zip(GROUPS, (*groups, *late), strict=False):
        truth[Spot(key, area, DECEMBER)] = value
    return truth


def told_of(told: Told, area: int = 1) -> dict[str, tuple[int, int]]:
    return {
        spot.measure[-1]: (one.value, one.months)
        for spot, one in told.items()
        if spot.measure in GROUPS and spot.area == area and one.shown
    }


def test_groups_are_told_of_whole_years_all_or_none() -> None:
    """Those of no known group are what is left of all: of (15, 10) they are 5."""
    for groups, is_shown in [
        ((10, 10, 10), True),
        ((20, 10, 0), True),
        ((21, 9, 0), False),
        ((20, 1, 9), False),
        ((15, 10), False),
        ((10, 10), True),
        ((20, 5, 5), False),
    ]:
        told = city().freeze(year(30, *groups), 12)
        expected = {key: (value + 110 * (key == "a"), 12) for key, value in zip("abc", groups, strict=False)}
        assert told_of(told) == (expected if is_shown else {})
        assert all(spot.month == DECEMBER for spot in told if spot.measure in GROUPS)


def test_place_has_all_arrests_by_year_whatever_their_number() -> None:
    """A month of them would tell when the police were there."""
    told = city(500).freeze(year(30, 30), 12)
    wholes = {spot: one for spot, one in told.items() if spot.measure == "arrests"}
    assert wholes == {Spot("arrests", 1, DECEMBER): CountDecision(140, shown=True, months=12)}


def test_a_small_or_empty_year_has_no_groups() -> None:
    truth = {Spot("arrests", 1, DECEMBER): 9, Spot("arrests_a", 1, DECEMBER): 9}
    told = city().freeze(truth, 12)
    assert told_of(told) == {} and not any(one.shown for one in told.values())
    # Else the none of every group would tell the none of all, which is hidden.
    truth = {Spot(key, 1, DECEMBER): 0 for key in ("arrests", *GROUPS)}
    assert not any(one.shown for one in city().freeze(truth, 12).values())


def test_a_group_that_is_sent_later_is_hidden() -> None:
    one = city()
    assert set(told_of(one.freeze(year(60, 20, 20), 12))) == {"a", "b"}
    # All and those of no known group are fine: only that it is late hides it.
    told = one.freeze(year(60, 20, 20, late=(20,)), 12)
    assert set(told_of(told)) == {"a", "b"} and told[Spot("arrests_c", 1, DECEMBER)].shown is False


def test_groups_that_exceed_all_wait_until_corrected() -> None:
    one = city()
    assert not [spot for spot in one.freeze(year(30, 20, 20), 12) if spot.measure in GROUPS]
    assert told_of(one.freeze(year(30, 20, 10), 12))


def exact(value: int, *, shown: bool = True) -> CountDecision:
    return CountDecision(value, shown=shown, months=12, rule=CITY_ALONE)


def test_city_has_exact_whole_years_of_groups_not_few() -> None:
    one = city()
    told = one.freeze(year(200, 100, 61, 4, area=CITY), 12, noise=3)
    assert {spot.measure[-1]: one for spot, one in told.items() if spot.measure in GROUPS} == {
        "a": exact(210), "b": exact(61), "c": exact(4, shown=False)
    }  # fmt: skip
    series = {one.measure: one for one in one.document(12).city}
    assert series["arrests_a"].moved_from is None and series["arrests"].moved_from
    assert not [spot for spot in city().freeze(year(200, 100, 61, area=CITY), 11) if spot.measure in GROUPS]
    truth = year(200, 100, 61, area=CITY)
    del truth[Spot("arrests", CITY, FIRST + 2)]
    assert not [spot for spot in city().freeze(truth, 12) if spot.measure in GROUPS]


def test_rest_of_group_without_places_is_no_few() -> None:
    """Else a hidden place could only have what is left, and whoever subtracts would know it."""
    places = year(30, 10, 10, 10) | year(24, 4, 15, 5, area=2)
    for elsewhere, is_shown in ((4, False), (5, True), (10, True)):
        told = city(places=2).freeze(places | year(200, 90, 80, 15 + elsewhere, area=CITY), 12)
        assert told[Spot("arrests_c", CITY, DECEMBER)].shown == (5 + elsewhere >= 10) == is_shown
        assert told_of(told) and not told_of(told, area=2)


def test_later_place_hides_what_would_leave_few_of_exact() -> None:
    truth = year(200, 90, 80, 25, area=CITY)
    for c, is_shown in ((15, True), (16, False)):
        one = city(places=2)
        assert told_of(one.freeze(truth, 12), area=CITY)["c"] == (25, 12)
        later = one.freeze(truth | year(40 + c, 20, 20, c), 12)
        assert bool(told_of(later)) == is_shown and breaches([one.document(12)]) == []
    one = city(places=2)
    one.freeze(truth, 12)
    assert told_of(one.freeze(truth | year(40, 20, 10, 10), 12))
    told = one.freeze(truth | year(40, 20, 10, 10) | year(40, 20, 10, 10, area=2), 12)
    assert not told_of(told, area=2), "with the first one it would leave 5"


def invented(rng: random.Random, places: int, months: int, mean: float) -> Truth:
    """Arrests that each belong to one group, or to none that is known."""
    truth: Truth = {}
    for month, area in product(range(FIRST, FIRST + months), range(1, places + 1)):
        for key in ("arrests", *GROUPS):
            for where in (area, CITY):
                truth.setdefault(Spot(key, where, month), 0)
        for _arrest in range(max(0, round(rng.gauss(mean, mean**0.5)))):
            group = rng.choices((*GROUPS, None), (30, 12, 3, 1))[0]
            for key in filter(None, ("arrests", group)):
                for where in (area, CITY):
                    truth[Spot(key, where, month)] += 1
    return truth


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("places", "mean"), [(1, 4), (3, 9), (2, 30)])
def test_nothing_follows_from_all_snapshots_together(seed, places, mean) -> None:
    truth, one = invented(random.Random(seed), places, 26, mean), city(mean, places)
    documents = []
    for through in (5, 12, 20, 26):
        one.freeze(truth, through)
        documents.append(one.document(through))
    assert breaches(documents) == []
    assert any(spot.measure in GROUPS for spot in one.told)


def test_audit_finds_groups_told_beside_small_one() -> None:
    one = city()
    one.freeze(year(30, 20, 10, 0), 12)
    careless = {
        spot: decision._replace(value=120, shown=False) if spot.measure == "arrests_a" else decision
        for spot, decision in one.told.items()
    }
    careless[Spot("arrests_b", 1, DECEMBER)] = CountDecision(137, shown=True, months=12)
    one.told = careless
    assert [(hidden.low, hidden.high) for hidden in audit([one.document(12)]) if not hidden.is_open] == [
        (0, 3),
        (3, 3),
    ]


@pytest.mark.parametrize("whole", [9, 10, 14, 21])
def test_whoever_knows_the_rule_learns_of_no_small_group(whole) -> None:
    """Of all tables that would be published alike, a small number has each small value in one of them."""
    alike: dict[tuple, list[tuple[int, ...]]] = defaultdict(list)
    for cells in product(range(whole + 1), repeat=3):
        if sum(cells) > whole:
            continue
        truth = {Spot("arrests", 1, FIRST): whole}
        truth |= {Spot(key, 1, FIRST): value for key, value in zip(GROUPS, cells, strict=True)}
        one = City(parents=PARENTS, apart=("arrests",), each_time=("arrests",))
        told = one.freeze(truth, 1)
        published = tuple((spot, one.value if one.shown else None) for spot, one in sorted(told.items()))
        alike[published].append((*cells, whole - sum(cells)))
    assert len(alike) > 1 or whole < 10
    for tables in alike.values():
        for place in range(4):
            values = {table[place] for table in tables}
            if values & set(range(1, 10)):
                assert values >= set(range(1, min(whole, 9) + 1))

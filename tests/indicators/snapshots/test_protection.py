"""Nothing small follows from what is published: asked of who knows all of it, and of who knows the rule as well."""

import random
from collections import defaultdict
from itertools import product

import pytest

from portal.indicators.statistics import protection
from portal.indicators.statistics.audit import audit
from portal.indicators.statistics.protection import (
    BY_PERIOD,
    CITY,
    CITY_ALONE,
    STEP,
    CountDecision,
    PeriodKey,
    Spot,
    keyed_noise,
    year_of,
)
from portal.indicators.statistics.schema import canonical
from tests.indicators.snapshots import world
from tests.indicators.snapshots.world import FIRST, City, Truth, breaches, document, invented

YEAR_END = FIRST + 11


def counts(by_month: dict[int, int], measure: str = "asked", area: int = 1) -> Truth:
    """Counts by month, where 1 is the first."""
    return {Spot(measure, area, FIRST + month - 1): value for month, value in by_month.items()}


def each_month(value: int, months: int = 12, **where) -> Truth:
    return counts(dict.fromkeys(range(1, months + 1), value), **where)


def shown(told: world.Told, **where) -> dict[int, tuple[int, int]]:
    """Values with the months that they cover, by month, of what is shown."""
    wanted = {"measure": "asked", "area": 1} | where
    return {
        spot.month - FIRST + 1: (one.value, one.months)
        for spot, one in sorted(told.items())
        if one.shown and all(getattr(spot, name) == value for name, value in wanted.items())
    }


# Periods


@pytest.mark.parametrize(("mean", "months"), [(0, 12), (1.2, 12), (1.25, 12), (2.5, 6), (5, 3), (14.9, 3), (15, 1)])
def test_a_period_is_as_short_as_the_volume_allows(mean, months) -> None:
    assert protection.length_for(mean) == months


def test_place_is_told_by_whole_periods_from_its_first() -> None:
    city = City(means={1: 6.0})
    truth = each_month(6)
    assert not city.freeze(truth, 2)
    assert shown(city.freeze(truth, 3)) == {3: (18, 3)}
    assert shown(city.freeze(truth, 12)) == {3: (18, 3), 6: (18, 3), 9: (18, 3), 12: (18, 3)}
    city = City(means={1: 6.0}, begins={1: FIRST + 1})
    assert shown(city.freeze(each_month(6), 3)) == {3: (12, 2)}


def test_place_without_past_begins_by_quarters_then_by_told() -> None:
    for each, length in ((20, 1), (3, 12)):
        city = City()
        told = city.freeze(each_month(each, 14), 14)
        assert [one.months for spot, one in sorted(told.items()) if spot.month <= YEAR_END] == [3] * 4
        assert city.lengths[PeriodKey(1, "asked", year_of(FIRST) + 1)] == length


def test_what_is_hidden_does_not_decide_about_next_year() -> None:
    """Else its length would tell of the hidden count: here 9 and 0 lead to the same."""
    for hidden in (0, 9):
        city = City(means={1: 15.0})
        city.freeze(each_month(16, 12) | counts({12: hidden}) | counts({13: 15}), 13)
        assert city.lengths[PeriodKey(1, "asked", year_of(FIRST) + 1)] == 3


def test_small_counts_and_none_are_hidden_alike() -> None:
    told = City(means={1: 20.0}).freeze(counts({1: 0, 2: 9, 3: 10}), 3)
    assert shown(told) == {3: (10, 1)}
    assert {spot.month - FIRST for spot, one in told.items() if not one.shown} == {0, 1}


def test_what_was_told_once_is_never_decided_again() -> None:
    city = City(means={1: 20.0})
    city.freeze(each_month(20, 2), 2)
    assert shown(city.freeze(each_month(50, 3), 3)) == {1: (20, 1), 2: (20, 1), 3: (50, 1)}


def test_month_by_month_and_all_at_once_tell_same() -> None:
    truth = invented(random.Random(3), places=4, months=26, mean=9)
    at_once, by_month = City(), City()
    at_once.freeze(truth, 26)
    for through in range(1, 27):
        by_month.freeze(truth, through)
    assert at_once.told == by_month.told and at_once.lengths == by_month.lengths
    assert canonical(at_once.document(26)) == canonical(by_month.document(26))


# Parts of a place


def year(**cells: int) -> Truth:
    """A year in which all was counted in its last month, and ten in each of the others."""
    truth = each_month(10, 11)
    for measure, value in cells.items():
        truth |= counts({12: value}, measure)
    return truth


def test_year_part_is_told_if_all_none_or_enough() -> None:
    for part, is_shown in ((0, True), (1, False), (9, False), (10, True), (130, True), (131, False), (140, True)):
        told = City(means={1: 20.0}).freeze(year(asked=30, safe=part), 12)
        assert shown(told, measure="safe") == ({12: (part, 12)} if is_shown else {}), part


def test_a_year_with_a_hidden_period_has_nothing_else() -> None:
    told = City(means={1: 20.0}).freeze(year(asked=9, safe=20), 12)
    assert not shown(told, measure="safe")
    assert told[Spot("safe", 1, YEAR_END)] == CountDecision(20, shown=False, months=12)


def test_a_survey_is_told_each_time() -> None:
    truth = counts({3: 40, 9: 60}) | counts({3: 12, 9: 30}, "safe")
    told = City(each_time=("asked",)).freeze(truth, 9)
    assert shown(told) == {3: (40, 1), 9: (60, 1)} and shown(told, measure="safe") == {3: (12, 1), 9: (30, 1)}


def test_contradicting_counts_wait_until_they_are_corrected() -> None:
    city = City(means={1: 20.0})
    wrong = city.freeze(year(asked=30, safe=150), 12)
    assert not [spot for spot in wrong if spot.measure == "safe"]
    assert shown(city.freeze(year(asked=30, safe=20), 12), measure="safe")


# Both attackers


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("places", "mean"), [(1, 12), (3, 6), (4, 40)])
def test_nothing_follows_from_all_snapshots_together(seed, places, mean) -> None:
    truth = invented(random.Random(seed), places=places, months=14, mean=mean, elsewhere=seed % 2 == 0)
    city = City(means=dict.fromkeys(range(1, places + 1), mean * 1.2))
    documents = []
    for through in (3, 8, 12, 14):
        city.freeze(truth, through)
        documents.append(city.document(through))
    assert breaches(documents) == []
    assert any(one.months > 1 or one.shown for one in city.told.values())


@pytest.mark.parametrize("seed", range(3))
def test_nothing_follows_from_surveys(seed) -> None:
    truth = invented(random.Random(seed), places=3, months=4, mean=25)
    city = City(each_time=("asked",))
    city.freeze(truth, 4)
    assert breaches([city.document(4)]) == []


@pytest.mark.parametrize("seed", range(2))
def test_nothing_follows_from_a_place_that_is_published_later(seed) -> None:
    truth = invented(random.Random(seed), places=3, months=13, mean=25)
    city = City(begins={3: FIRST + 6})
    city.freeze({spot: value for spot, value in truth.items() if spot.area != 3}, 6)
    documents = [city.document(6)]
    city.freeze(truth, 13)
    assert breaches([*documents, city.document(13)]) == []


def test_the_audit_finds_what_is_given_away() -> None:
    told = City(means={1: 20.0}).freeze(counts({1: 30, 2: 4, 3: 20}), 3)
    careless = told | {Spot("asked", 1, FIRST + 3): CountDecision(54, shown=True, months=4)}
    found = [one for one in audit([document(careless, 4, {})]) if not one.is_open]
    assert [(one.low, one.high) for one in found] == [(0, 4)]
    told = City(each_time=("handed", "asked")).freeze(survey(70, 40), 1)
    assert breaches([document(told, 1)]) == []
    careless = told | {Spot("handed", 1, FIRST): CountDecision(45, shown=True)}
    assert len(breaches([document(careless, 1)])) == 2


@pytest.mark.parametrize("whole", [8, 12, 20, 24, 31])
def test_whoever_knows_rule_learns_no_small_cell_of_table(whole) -> None:
    """Of all tables that would be published alike, every small number that one has has each small value in another."""
    alike: dict[tuple, list[dict[str, int]]] = defaultdict(list)
    for safe in range(whole + 1):
        told = City(each_time=("asked",)).freeze(counts({1: whole}) | counts({1: safe}, "safe"), 1)
        published = tuple((spot, one.value if one.shown else None) for spot, one in sorted(told.items()))
        alike[published].append({"safe": safe, "not": whole - safe})
    least = 0 if whole < 10 else 1
    for tables in alike.values():
        for name in tables[0]:
            values = {table[name] for table in tables}
            if values & set(range(1, 10)):
                assert values >= set(range(least, min(whole, 9) + 1)), name


# Those who were asked, beside those who answered


def survey(asked: int, answered: int) -> Truth:
    return counts({1: asked}, "handed") | counts({1: answered})


@pytest.mark.parametrize(
    ("asked", "answered", "is_shown"),
    [(40, 40, True), (40, 39, False), (40, 31, False), (40, 30, True), (40, 8, True), (9, 9, False), (40, 41, False)],
)
def test_those_asked_are_told_if_unanswered_none_or_enough(asked, answered, is_shown) -> None:
    told = City(each_time=("handed", "asked")).freeze(survey(asked, answered), 1)
    assert shown(told, measure="handed") == ({1: (asked, 1)} if is_shown else {})
    assert bool(shown(told)) == (answered > 9)


def test_those_asked_wait_for_those_who_answered() -> None:
    truth, city = survey(70, 64), City(each_time=("handed", "asked"))
    city.late = ("asked",)
    assert not city.freeze(truth, 1)
    city.late = ()
    assert not shown(city.freeze(truth, 1), measure="handed")


def test_whoever_knows_rule_learns_no_few_who_left_unanswered() -> None:
    """Of all surveys that would be published alike, as above. Or it may be as many other numbers."""
    alike: dict[tuple, list[dict[str, int]]] = defaultdict(list)
    for answered, not_answered in product(range(21), repeat=2):
        if answered > 11 or answered + not_answered > 20:
            continue
        told = City(each_time=("handed", "asked")).freeze(survey(answered + not_answered, answered), 1)
        published = tuple((spot, one.value if one.shown else None) for spot, one in sorted(told.items()))
        alike[published].append({"answered": answered, "not": not_answered})
    for surveys in alike.values():
        for name in surveys[0]:
            values = {one[name] for one in surveys}
            if values & set(range(1, 10)):
                assert values >= set(range(1, 10)) or max(values) - min(values) >= 8, name


@pytest.mark.parametrize("answered", [40, 64, 70])
def test_nothing_follows_from_who_was_asked(answered) -> None:
    told = City(each_time=("handed", "asked")).freeze(survey(70, answered), 1)
    assert breaches([document(told, 1)]) == []


# The whole city

HALF, YEAR = FIRST + 5, YEAR_END


def test_city_is_told_by_half_years_noised_and_rounded() -> None:
    truth = each_month(70, 6, area=CITY) | each_month(40, 6, measure="safe", area=CITY)
    for noise, asked in ((0, 420), (6, 430), (-6, 410), (1000, 1420)):
        found = City().freeze(truth, 6, noise)
        assert found[Spot("asked", CITY, HALF)] == CountDecision(asked, shown=True, months=6)
        assert found[Spot("safe", CITY, HALF)].value == min((240 + noise + 5) // 10 * 10, asked)
        assert {spot.month for spot in found} == {HALF}
    assert not City().freeze(truth, 5)
    city, truth = City(), each_month(8, 24, area=CITY)
    told = city.freeze(truth, 24)
    assert [(one.months, one.value) for _spot, one in sorted(told.items())] == [(6, 50), (6, 50), (12, 100)]


def test_part_of_hidden_whole_is_hidden_and_never_more() -> None:
    truth = each_month(4, 6, area=CITY) | each_month(4, 6, measure="safe", area=CITY)
    told = City().freeze(truth, 6)
    assert {spot.measure: one.shown for spot, one in told.items()} == {"asked": False, "safe": False}
    truth = each_month(10, 6, area=CITY) | each_month(10, 6, measure="safe", area=CITY)
    told = City().freeze(truth, 6, lambda spot: 30 if spot.measure == "safe" else -10)
    assert told[Spot("safe", CITY, HALF)].value <= told[Spot("asked", CITY, HALF)].value


def test_noise_of_number_is_fixed_and_unknown_without_secret() -> None:
    spots = [Spot("asked", CITY, month) for month in range(2000)]
    one, other = keyed_noise(b"s" * 32), keyed_noise(b"t" * 32)
    moved = [one(spot) for spot in spots]
    assert moved == [one(spot) for spot in spots]
    assert sum(one(spot) == other(spot) for spot in spots) < len(spots) / 3
    assert moved != [one(spot._replace(measure="safe")) for spot in spots], "each number has a draw of its own"
    assert abs(sum(moved) / len(moved)) < 0.5
    variance = sum(value * value for value in moved) / len(moved) + STEP**2 / 12
    assert 0.85 < variance / protection.NOISE_VARIANCE < 1.15
    rounded = [abs((1003 + move + STEP // 2) // STEP * STEP - 1003) for move in moved]
    assert sum(far <= protection.REACH for far in rounded) > 0.94 * len(rounded)


def test_what_is_subtracted_from_the_city_has_no_bound() -> None:
    """The city is all that one place had, and the audit still cannot narrow what is hidden of the place."""
    by_month = {1: 4, **dict.fromkeys(range(2, 7), 30)}
    city = City(means={1: 20.0})
    told = city.freeze(counts(by_month) | counts(by_month, area=CITY), 6)
    assert told[Spot("asked", CITY, HALF)].shown
    [hidden] = audit([city.document(6)])
    assert hidden.high == float("inf")


@pytest.mark.parametrize(("noise", "is_shown"), [(0, False), (10, False), (20, True)])
def test_number_is_not_told_if_its_movement_is_large(noise, is_shown) -> None:
    told = City().freeze(counts({6: 10}, area=CITY), 6, noise)
    assert told[Spot("asked", CITY, HALF)].shown == is_shown


def test_few_are_seldom_taken_for_many() -> None:
    drawn = keyed_noise(b"d" * 32)
    for few, seldom in ((1, 0.003), (9, 0.015)):
        many = sum(
            few + drawn(Spot("asked", CITY, month)) >= protection.LEAST_MOVED - STEP / 2 for month in range(20_000)
        )
        assert many < seldom * 20_000


# What only the city has


@pytest.mark.parametrize("months", [12, 24, 48])
def test_what_only_city_has_is_told_by_periods_unchanged(months) -> None:
    """A few deaths a month, and noise that would make of each month a large number."""
    rng = random.Random(months)
    truth = counts({month: rng.randrange(4) for month in range(1, months + 1)}, area=CITY)
    told = City(alone=("asked",)).freeze(truth, months, noise=40)
    assert told and sum(one.months for one in told.values()) == months
    for spot, one in told.items():
        assert one.rule == CITY_ALONE
        assert one.value == sum(truth[spot._replace(month=spot.month - age)] for age in range(one.months))
        assert one.shown == (one.value >= 10)
    assert all(one.months in (3, 12) for one in told.values()), "fixed before each year, never from its own counts"


def test_only_what_no_place_has_is_not_moved() -> None:
    city = City(alone=("asked",))
    before = city.freeze(each_month(20, 12, area=CITY), 12)
    assert all(one.rule == CITY_ALONE for one in before.values())
    assert not city.document(12).city[0].moved_from
    assert City().freeze(each_month(40, 12, area=CITY), 12)[Spot("asked", CITY, HALF)].rule == BY_PERIOD
    told = City(alone=("asked",)).freeze(each_month(20, 12, area=CITY) | each_month(20, 12), 12)
    assert {spot.area for spot in told} == {CITY}


@pytest.mark.parametrize("seed", range(3))
def test_nothing_follows_of_what_only_the_city_has(seed) -> None:
    rng = random.Random(seed)
    truth = counts({month: rng.choice((0, 1, 2, 6, 20)) for month in range(1, 27)}, area=CITY)
    city, documents = City(alone=("asked",)), []
    for through in (3, 9, 14, 26):
        city.freeze(truth, through)
        documents.append(city.document(through))
    assert breaches(documents) == []
    hidden = audit(documents, knows_rule=True)
    assert hidden and all((one.low, one.high) == (0, 9) for one in hidden)

"""Nothing small follows from what is published: asked of an attacker who knows only that, and can reckon."""

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import count
from math import inf
from threading import get_ident

import pytest

from portal.config import ROOT
from portal.indicators.snapshots import solving
from portal.indicators.snapshots.protection import protect
from portal.indicators.snapshots.snapshots import canonical
from portal.indicators.snapshots.table import ALL, CITY, CountDecision, CountLine, Spot, that_fit
from tests.indicators.snapshots.world import (
    CHANNELS,
    LANGUAGES,
    PARENTS,
    Truth,
    breaches,
    document,
    evenly,
    frozen,
    invented,
)

EN, ES = LANGUAGES
WEB, SMS, PAPER = CHANNELS


def asked(counts: dict[tuple[int, CountLine], int], month: int = 1) -> Truth:
    return {Spot("asked", area, line, month): value for (area, line), value in counts.items()}


def shown(told: dict[Spot, CountDecision]) -> set[tuple[str, int, CountLine]]:
    return {(spot.measure, spot.area, spot.line) for spot, one in told.items() if one.shown}


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("places", "mean"), [(1, 12), (2, 6), (3, 15), (4, 40)])
def test_nothing_follows_from_a_month(seed, places, mean) -> None:
    truth = invented(random.Random(seed), places=places, months=1, mean=mean, elsewhere=seed % 2 == 0)
    assert breaches([document(frozen(truth, {}), 1)], truth) == []


@pytest.mark.parametrize(("seed", "places", "mean"), [(0, 1, 5), (1, 2, 15), (2, 2, 8)])
def test_nothing_follows_from_all_snapshots_together(seed, places, mean) -> None:
    truth = invented(random.Random(seed), places=places, months=4, mean=mean, elsewhere=seed % 2 == 0)
    told, documents = {}, []
    for number in (2, 3, 4):
        told = frozen({spot: value for spot, value in truth.items() if spot.month <= number}, told)
        documents.append(document(told, number))
    assert breaches(documents, truth) == []
    assert any(one.sum_shown for one in told.values())


@pytest.mark.parametrize("seed", range(3))
def test_nothing_follows_from_a_place_that_is_published_later(seed) -> None:
    truth = invented(random.Random(seed), places=3, months=3, mean=25)
    early = {spot: value for spot, value in truth.items() if spot.area != 3 and spot.month < 3}
    told = frozen(early, {})
    documents = [document(told, 2)]
    told = frozen(truth, told)
    assert breaches([*documents, document(told, 3)], truth) == []


@pytest.mark.parametrize("seed", range(3))
def test_nothing_follows_where_some_have_no_known_language(seed) -> None:
    rng = random.Random(seed)
    truth = invented(rng, places=2, months=1, mean=30)
    for area in (1, 2):
        spot = Spot("asked", area, EN, 1)
        lost = min(4, truth[spot] - truth[spot._replace(measure="safe")])
        truth[spot] -= lost
        truth[spot._replace(area=CITY)] -= lost
    assert breaches([document(frozen(truth, {}), 1)], truth, exhaustive=False) == []


# ── Years ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def few_in_spanish(months: int) -> Truth:
    """One place where somebody speaks Spanish every other month: fewer than ten in all of it."""
    truth: Truth = {}
    for month in range(1, months + 1):
        for area, many in ((1, 21 + month % 3), (CITY, 95 + month % 5)):
            spanish = month % 2 if area else 14 + month % 2
            lines = {(area, ALL): many, (area, EN): many - spanish, (area, ES): spanish}
            truth |= asked(lines, month)
    return truth


def test_what_is_small_for_more_than_a_year_hides_nothing_else() -> None:
    truth, told = few_in_spanish(16), dict[Spot, CountDecision]()
    for month in range(1, 17):
        made = protect({spot: value for spot, value in truth.items() if spot.month <= month}, told, {}, evenly)
        assert (made.known_before, made.unsolved) == (0, 0)
        told = made.told
    assert breaches([document(told, 16, {})], truth, {}) == []
    assert all(told[Spot("asked", area, ALL, month)].shown for area in (1, CITY) for month in range(1, 17))
    assert not any(one.sum_shown for spot, one in told.items() if spot.area == 1 and spot.line == ES)


def test_years_that_come_at_once_are_told_as_well() -> None:
    truth = few_in_spanish(30)
    made = protect(truth, {}, {}, evenly)
    assert (made.known_before, made.unsolved, made.cut_short) == (0, 0, 0)
    assert all(made.told[Spot("asked", 1, ALL, month)].shown for month in range(1, 31))
    assert breaches([document(made.told, 30, {})], truth, {}) == []


@pytest.mark.parametrize("seed", range(2))
def test_nothing_follows_in_a_second_year(seed) -> None:
    truth = invented(random.Random(seed), places=1, months=14, mean=12, parts=False)
    told: dict[Spot, CountDecision] = {}
    for number in (6, 12, 13, 14):
        made = protect({spot: value for spot, value in truth.items() if spot.month <= number}, told, {}, evenly)
        assert (made.known_before, made.unsolved) == (0, 0)
        told = made.told
    assert any(one.sum_shown for spot, one in told.items() if spot.month > 12)
    assert breaches([document(told, 14, {})], truth, {}) == []


# ── What is hidden unsolved, so that it ends ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("effort", [0.0, 0.001, 0.003])
@pytest.mark.parametrize(("seed", "places", "mean"), [(0, 1, 12), (1, 3, 15), (2, 4, 40)])
def test_nothing_follows_where_it_would_take_too_long_to_solve(seed, places, mean, effort) -> None:
    truth = invented(random.Random(seed), places=places, months=3, mean=mean, elsewhere=seed % 2 == 0)
    told, documents, unsolved = {}, [], 0
    for number in (2, 3):
        some = {spot: value for spot, value in truth.items() if spot.month <= number}
        made = protect(some, told, PARENTS, evenly, effort=effort)
        told, unsolved = made.told, unsolved + made.unsolved
        assert made.known_before == 0
        documents.append(document(told, number))
    assert breaches(documents, truth) == []
    assert unsolved or effort


@pytest.mark.parametrize("seed", range(3))
def test_nothing_follows_from_a_place_that_is_published_later_unsolved(seed) -> None:
    truth = invented(random.Random(seed), places=3, months=3, mean=25)
    told = frozen({spot: value for spot, value in truth.items() if spot.area != 3 and spot.month < 3}, {})
    documents = [document(told, 2)]
    made = protect(truth, told, PARENTS, evenly, effort=0)
    assert breaches([*documents, document(made.told, 3)], truth) == []


def test_what_is_solved_is_solved_as_far_as_it_goes() -> None:
    truth = invented(random.Random(5), places=4, months=2, mean=40)
    much, little = (protect(truth, {}, PARENTS, evenly, effort=effort) for effort in (1.0, 0.0))
    assert much.unsolved == 0 < little.unsolved
    shown_of = [sum(one.shown for one in made.told.values()) for made in (much, little)]
    assert shown_of[0] > 2 * shown_of[1]


# ── The same counts give the same snapshot, on any machine ───────────────────────────────────────────────────────────

AGAIN = """
import pathlib, random, sys
from portal.indicators.snapshots.snapshots import canonical
from tests.indicators.snapshots.world import document, frozen, invented

truth, told = invented(random.Random(11), places=2, months=2, mean=14), {}
for month in (1, 2):
    told = frozen({spot: value for spot, value in truth.items() if spot.month <= month}, told)
pathlib.Path(sys.argv[1]).write_bytes(canonical(document(told, 2)))
"""


def bytes_of(truth: Truth, months: int) -> tuple[bytes, int]:
    told, cut_short = {}, 0
    for number in range(1, months + 1):
        made = protect({spot: one for spot, one in truth.items() if spot.month <= number}, told, PARENTS, evenly)
        told, cut_short = made.told, cut_short + made.cut_short
    return canonical(document(told, months)), cut_short


FEW = {"simplex_iteration_limit": 3, "mip_max_nodes": 0}


@pytest.fixture(params=[{}, FEW], ids=["all steps", "few steps"])
def steps(request, monkeypatch) -> Iterator[dict[str, int]]:
    """So many steps for each question, of a solver that was asked nothing yet."""
    monkeypatch.setattr(solving, "OPTIONS", solving.OPTIONS | request.param)
    solving._highs.cache_clear()
    yield request.param
    solving._highs.cache_clear()


def test_a_slow_machine_freezes_the_same_bytes(monkeypatch, steps) -> None:
    truth = invented(random.Random(11), places=2, months=2, mean=14)
    quick, cut_short = bytes_of(truth, 2)
    assert bool(cut_short) is bool(steps)
    late = count(0, 3600)
    # Every look at a clock is an hour later than the one before; two seconds of the solver's own are over at once.
    for clock in ("time", "monotonic", "perf_counter", "process_time"):
        monkeypatch.setattr(time, clock, lambda: float(next(late)))
    monkeypatch.setattr(solving.Highs, "getRunTime", lambda _solver: 1e-6 - 2.0, raising=False)
    assert bytes_of(truth, 2) == (quick, cut_short)
    assert solving._highs(get_ident()).getOptionValue("time_limit")[1] == inf


def test_what_was_asked_before_and_how_words_are_hashed_change_nothing(tmp_path) -> None:
    bytes_of(invented(random.Random(3), places=2, months=2, mean=9), 2)
    here, _cut_short = bytes_of(invented(random.Random(11), places=2, months=2, mean=14), 2)
    for seed in ("1", "2"):
        told, words = tmp_path / seed, os.environ | {"PYTHONHASHSEED": seed}
        subprocess.run([sys.executable, "-c", AGAIN, told], cwd=ROOT, env=words, capture_output=True, check=True)
        assert told.read_bytes() == here


@pytest.mark.parametrize("seed", range(2))
def test_what_takes_too_many_steps_is_hidden_and_never_shown(seed, monkeypatch) -> None:
    truth = invented(random.Random(seed), places=2, months=2, mean=15)
    whole = protect(truth, {}, PARENTS, evenly)
    monkeypatch.setattr(solving, "OPTIONS", solving.OPTIONS | FEW)
    solving._highs.cache_clear()
    little = protect(truth, {}, PARENTS, evenly)
    solving._highs.cache_clear()
    assert (whole.cut_short, bool(little.cut_short)) == (0, True)
    shown_of = [sum(one.shown + one.sum_shown for one in made.told.values()) for made in (whole, little)]
    assert shown_of[1] < shown_of[0]
    assert breaches([document(little.told, 2)], truth) == []


def test_it_says_how_far_it_is() -> None:
    heard: list[float] = []
    protect(invented(random.Random(5), places=1, months=4, mean=9), {}, PARENTS, evenly, heard.append)
    assert heard == [0.25, 0.5, 0.75, 1.0]


# ── What everybody tries first ───────────────────────────────────────────────────────────────────────────────────────


def test_a_small_language_hides_the_other_one_or_all() -> None:
    told = frozen(asked({(1, ALL): 43, (1, EN): 40, (1, ES): 3}), {}, {})
    assert shown(told) == {("asked", 1, ALL)}


def test_what_is_all_of_one_language_is_not_given_away() -> None:
    told = frozen(asked({(1, ALL): 12, (1, EN): 12, (1, ES): 0}), {}, {})
    assert shown(told) == {("asked", 1, ALL)}


def test_a_small_rest_of_the_city_is_not_given_away() -> None:
    truth = asked({(CITY, ALL): 53, (1, ALL): 20, (2, ALL): 30})
    told = frozen(truth, {}, {})
    assert len(shown(told)) == 2 and ("asked", CITY, ALL) in shown(told)
    assert breaches([document(told, 1, {})], truth, {}) == []


def test_those_who_do_not_feel_safe_are_guarded_as_well() -> None:
    truth = asked({(1, ALL): 40}) | {Spot("safe", 1, ALL, 1): 38}
    assert shown(frozen(truth, {})) == {("asked", 1, ALL)}


def test_a_part_is_never_shown_without_its_whole() -> None:
    truth = asked({(1, ALL): 9}) | {Spot("safe", 1, ALL, 1): 0}
    assert shown(frozen(truth, {})) == set()
    assert shown(frozen(asked({(1, ALL): 30}) | {Spot("safe", 1, ALL, 1): 0}, {})) == {
        ("asked", 1, ALL),
        ("safe", 1, ALL),
    }


def test_a_sum_is_not_shown_if_it_gives_away_its_newest_month() -> None:
    told: dict[Spot, CountDecision] = {}
    for month, value in enumerate((12, 3, 4, 30, 5, 6), start=1):
        told = frozen(asked({(1, ALL): value}, month), told, {})
    sums = {spot.month: one.sum_shown for spot, one in told.items()}
    # 3 + 4 are less than nine, and 30 is shown: through the fifth month 3 + 4 + 5 are twelve.
    assert sums == {1: True, 2: False, 3: False, 4: False, 5: True, 6: False}


def test_counts_in_three_directions() -> None:
    rng = random.Random(11)
    truth = invented(rng, places=3, months=1, mean=60, parts=False, elsewhere=False)
    assert breaches([document(frozen(truth, {}, {}), 1, {})], truth, {}) == []


def test_the_attacker_notices_every_count_that_was_left_open_by_mistake() -> None:
    truth = asked({(1, ALL): 43, (1, EN): 40, (1, ES): 3, (1, WEB): 25, (1, SMS): 18, (1, PAPER): 0})
    told = frozen(truth, {}, {})
    hidden = [spot for spot, one in told.items() if not one.shown and one.value > 9]
    assert hidden
    for spot in hidden:
        weak = told | {spot: told[spot]._replace(shown=True)}
        assert breaches([document(weak, 1, {})], truth, {})


def test_the_attacker_notices_a_sum_that_was_left_open_by_mistake() -> None:
    truth = asked({(1, ALL): 20}, 1) | asked({(1, ALL): 4}, 2)
    told = frozen(truth, {}, {})
    newest = Spot("asked", 1, ALL, 2)
    weak = told | {newest: told[newest]._replace(sum_shown=True)}
    assert breaches([document(told, 2, {})], truth, {}) == []
    assert breaches([document(weak, 2, {})], truth, {})


def test_what_was_decided_stays_and_is_not_reckoned_anew() -> None:
    truth = invented(random.Random(4), places=2, months=2, mean=20)
    early = frozen({spot: value for spot, value in truth.items() if spot.month == 1}, {})
    later = frozen({**truth, Spot("asked", 1, ALL, 1): 500}, early)
    assert {spot: later[spot] for spot in early} == early


def test_how_much_is_hidden_does_not_depend_on_how_large_it_is() -> None:
    """The same places are hidden whatever the small count is: who knows the rules learns nothing from the choice."""
    found = {
        frozenset(shown(frozen(asked({(1, ALL): 40 + few, (1, EN): 40, (1, ES): few}), {}, {}))) for few in range(10)
    }
    assert len(found) == 1


# ── What does not fit together ───────────────────────────────────────────────────────────────────────────────────────


def test_lines_that_are_more_than_all_are_left_out() -> None:
    assert set(that_fit(asked({(1, ALL): 5, (1, EN): 4, (1, ES): 3}), {})) == set(asked({(1, ALL): 0}))


def test_lines_without_a_count_of_all_get_one() -> None:
    assert that_fit(asked({(1, EN): 4, (1, ES): 3}), {})[Spot("asked", 1, ALL, 1)] == 7


def test_a_part_that_is_more_than_the_whole_and_a_city_less_than_its_places_are_left_out() -> None:
    truth = asked({(1, ALL): 20, (2, ALL): 20, (CITY, ALL): 30}) | {Spot("safe", 1, ALL, 1): 21}
    assert set(that_fit(truth, PARENTS)) == set(asked({(1, ALL): 0, (2, ALL): 0}))


def test_a_language_by_one_channel_is_never_published() -> None:
    assert that_fit(asked({(1, ALL): 20, (1, CountLine("es", "sms")): 12}), {}) == asked({(1, ALL): 20})


def test_a_zero_that_was_told_before_is_said_to_be_known() -> None:
    before = {spot: CountDecision(20, True, True) for spot in asked({(CITY, ALL): 20, (1, ALL): 20})}
    made = protect(asked({(2, ALL): 0}), before, {}, evenly)
    assert made.known_before and not made.told[Spot("asked", 2, ALL, 1)].shown

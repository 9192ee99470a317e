"""The geometry of the map: frames, streets joined from pieces, short paths, names that cover nothing."""

from __future__ import annotations

import re
from itertools import pairwise
from math import dist

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.markets.map import frame as labels
from portal.markets.map.frame import (
    FLATTEST,
    TALLEST,
    WIDTH,
    StreetLine,
    around,
    most_that_fit,
    on_grid,
    packed,
    path,
    strokes,
)

corners = st.tuples(st.integers(0, 12), st.integers(0, 12))
pieces = st.lists(
    st.builds(
        StreetLine,
        st.lists(corners, min_size=2, max_size=4, unique=True),
        st.sampled_from([("", ""), ("Elm", "Elm"), ("Oak", "Oak")]),
    ),
    max_size=25,
)
grids = st.lists(st.lists(st.tuples(st.integers(-5, 1005), st.integers(-5, 1005)), min_size=2, max_size=6), max_size=20)


@given(
    st.floats(-179, 179),
    st.floats(-80, 80),
    st.floats(0, 0.5),
    st.floats(0, 0.5),
    st.floats(0, 2),
)
def test_a_frame_holds_what_it_was_made_for(west, south, across, up, air) -> None:
    frame = around(west, south, west + across, south + up, air=air, least_meters=100)
    for corner in ((west, south), (west + across, south + up)):
        x, y = frame.place(*corner)
        assert -2 <= x <= WIDTH + 2
        assert -2 <= y <= frame.height + 2
    assert WIDTH * FLATTEST - 2 <= frame.height <= WIDTH * TALLEST + 2


def test_a_meter_is_as_long_up_as_across() -> None:
    frame = around(-80, 35, -79.9, 35.1, air=0)
    (west, y), (east, _) = frame.place(-79.96, 35.05), frame.place(-79.95, 35.05)
    _, north = frame.place(-79.96, 35.06)
    assert (east - west) / (y - north) == pytest.approx(frame.shrink, rel=1e-3)


@given(pieces)
def test_every_piece_is_in_exactly_one_street(lines: list[StreetLine]) -> None:
    found = strokes(lines)

    def steps(some: list[StreetLine]) -> list[tuple]:
        pairs = (pair for line in some for pair in pairwise(line.points))
        return sorted(tuple(sorted(pair)) for pair in pairs)

    assert steps(found) == steps(lines)
    assert [line.length for line in found] == sorted((line.length for line in found), reverse=True)
    assert len(found) <= len(lines)


@given(pieces)
def test_streets_do_not_depend_on_which_way_a_piece_was_drawn(lines: list[StreetLine]) -> None:
    turned = [StreetLine(line.points[::-1], line.name) for line in lines]
    assert sum(line.length for line in strokes(turned)) == pytest.approx(sum(line.length for line in strokes(lines)))
    assert len(strokes(turned)) == len(strokes(lines))


def test_a_street_goes_straight_on_over_a_crossing() -> None:
    cross = [
        StreetLine([(0, 5), (5, 5)]),
        StreetLine([(10, 5), (5, 5)]),
        StreetLine([(5, 0), (5, 5)]),
        StreetLine([(5, 5), (5, 10)]),
    ]
    assert [len(line.points) for line in strokes(cross)] == [3, 3]
    assert {abs(line.points[0][0] - line.points[-1][0]) for line in strokes(cross)} == {0, 10}


def test_a_street_keeps_its_name_around_a_corner_and_no_other_joins_it() -> None:
    elm, oak = ("Elm", "Elm"), ("Oak", "Oak")
    found = strokes(
        [StreetLine([(0, 0), (5, 0)], elm), StreetLine([(5, 0), (5, 5)], elm), StreetLine([(5, 0), (12, 0)], oak)]
    )
    assert [(line.name, line.length) for line in found] == [(elm, 10), (oak, 7)]


def test_a_ring_is_a_street() -> None:
    ring = [
        StreetLine([(0, 0), (4, 4)]),
        StreetLine([(4, 4), (8, 0)]),
        StreetLine([(8, 0), (4, -4)]),
        StreetLine([(4, -4), (0, 0)]),
    ]
    elm = [StreetLine(line.points, ("Elm", "Elm")) for line in ring]
    assert len(strokes(elm)) == 1


def drawn(text: str) -> list[list[tuple[int, int]]]:
    """Reads a path of `m` and `z` back, as a browser does."""
    lines, here = [], (0, 0)
    for part in re.findall(r"m([^mz]+)(z?)", text):
        numbers = list(map(int, re.findall(r"-?\d+", part[0])))
        line = []
        for x, y in zip(numbers[::2], numbers[1::2], strict=True):
            here = here[0] + x, here[1] + y
            line.append(here)
        here = line[0] if part[1] else here
        lines.append(line)
    return lines


@given(grids, st.booleans())
def test_a_path_draws_the_lines_that_it_was_given(lines, closed) -> None:
    assert sorted(drawn(path(lines, closed=closed))) == sorted(map(list, lines))


@given(grids, st.integers(0, 400))
def test_what_is_kept_fits(lines, budget) -> None:
    kept = most_that_fit(lines, budget)
    assert list(kept) == lines[: len(kept)]
    assert not kept or packed(path(kept)) <= budget


@given(st.lists(st.tuples(st.floats(-5, 1005), st.floats(-5, 1005)), max_size=20))
def test_no_corner_follows_itself(points) -> None:
    found = on_grid(points)
    assert all(here != there for here, there in pairwise(found))


def test_numbers_of_neighbors_stand_side_by_side() -> None:
    spots = labels.apart([(500, 300), (505, 302), (498, 299), (2, 2)], 700)
    assert all(dist(one, other) >= 2 * labels.RADIUS for one in spots for other in spots if one is not other)
    assert all(labels.about(*spot).is_within(700) for spot in spots)


@pytest.mark.parametrize(("before", "left"), [(False, 518), (True, 500 - 18 - 10 * labels.LETTER)])
def test_a_name_stands_on_the_side_that_is_free(before: bool, left: int) -> None:
    assert labels.beside(500, 100, 10, before=before).left == left


def test_a_name_along_a_street_never_stands_on_its_head() -> None:
    assert labels.longest_straight([(0, 0), (1, 9), (100, 9)])[:3] == (50, 9, 0)
    assert labels.longest_straight([(100, 9), (1, 9)])[2] == 0
    assert abs(labels.longest_straight([(5, 900), (5, 100)])[2]) == 90

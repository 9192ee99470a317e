"""The geometry of the map: frames, streets joined from pieces, short paths, names that cover nothing."""

import re
from itertools import pairwise
from math import dist

import pytest
from hypothesis import given, strategies as st

from portal.markets.map import frame as labels
from portal.markets.map.frame import (
    FLATTEST,
    TALLEST,
    WIDTH,
    StreetLine,
    around,
    most_that_fit,
    packed,
    path,
    street_of,
    street_words,
    strokes,
    telling_word,
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


@given(st.floats(-179, 179), st.floats(-80, 80), st.floats(0, 0.5), st.floats(0, 0.5), st.floats(0, 2))
def test_a_frame_holds_what_it_was_made_for(west, south, across, up, air) -> None:
    frame = around(west, south, west + across, south + up, air=air, least_meters=100)
    for corner in ((west, south), (west + across, south + up)):
        x, y = frame.place(*corner)
        assert -2 <= x <= WIDTH + 2
        assert -2 <= y <= frame.height + 2
    assert WIDTH * FLATTEST - 2 <= frame.height <= WIDTH * TALLEST + 2


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
def test_a_piece_drawn_backwards_is_the_same_street(lines: list[StreetLine]) -> None:
    turned = [StreetLine(line.points[::-1], line.name) for line in lines]
    assert sum(line.length for line in strokes(turned)) == pytest.approx(sum(line.length for line in strokes(lines)))
    assert len(strokes(turned)) == len(strokes(lines))


def test_a_street_goes_straight_on_over_a_crossing() -> None:
    cross = [
        StreetLine(list(ends)) for ends in (((0, 5), (5, 5)), ((10, 5), (5, 5)), ((5, 0), (5, 5)), ((5, 5), (5, 10)))
    ]
    assert [len(line.points) for line in strokes(cross)] == [3, 3]
    assert {abs(line.points[0][0] - line.points[-1][0]) for line in strokes(cross)} == {0, 10}


def test_a_street_keeps_its_name_around_a_corner() -> None:
    elm, oak = ("Elm", "Elm"), ("Oak", "Oak")
    found = strokes(
        [StreetLine([(0, 0), (5, 0)], elm), StreetLine([(5, 0), (5, 5)], elm), StreetLine([(5, 0), (12, 0)], oak)]
    )
    assert [(line.name, line.length) for line in found] == [(elm, 10), (oak, 7)]


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


def test_numbers_of_neighbors_stand_side_by_side() -> None:
    spots = labels.apart([(500, 300), (505, 302), (498, 299), (2, 2)], 700)
    assert all(dist(one, other) >= 2 * labels.RADIUS for one in spots for other in spots if one is not other)
    assert all(labels.about(*spot).is_within(700) for spot in spots)


def test_a_name_never_stands_on_its_head() -> None:
    assert labels.longest_straight([(0, 0), (1, 9), (100, 9)])[:3] == (50, 9, 0)
    assert labels.longest_straight([(100, 9), (1, 9)])[2] == 0
    assert abs(labels.longest_straight([(5, 900), (5, 100)])[2]) == 90


# --- The street in an address: what people and a city's files write is the same street, and a guess is none ---


def test_the_same_street_is_read_however_it_is_written() -> None:
    for address, name in (
        ("48 Chapel Street, Alder Falls", "Chapel Street"),
        ("48 chapel st.", "Chapel Street"),
        ("48B CHAPEL ST, 2nd floor", "Chapel Street"),
        ("  48  Chapel  St ", "Chapel Street"),
        ("48 Chapel Str", "Chapel Street"),
        ("12 N. Main St", "NORTH MAIN STREET"),
        ("7 St. Mark’s Ave.", "St Mark's Avenue"),
        ("9 Old Salem Rd", "Old Salem Road"),
        ("3 Niño Court", "Niño Ct"),
    ):
        assert street_of(address) == street_words(name)
    assert street_words("Chapel Street") == ("chapel", "street")
    for address in ("", "Chapel Street", "the church on 5th", "P.O. Box 12", "48", ", , "):
        assert street_of(address) == (), "without a house number nothing is guessed"
    for name, word in (("North Main Street", "main"), ("E Street", ""), ("", "")):
        assert telling_word(street_words(name)) == word


@given(st.text(max_size=300))
def test_anything_may_be_typed(address: str) -> None:
    assert all(street_of(address)) and isinstance(telling_word(street_of(address)), str)

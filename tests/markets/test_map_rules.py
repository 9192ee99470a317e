"""The geometry of the map: frames, streets joined from pieces, short paths, names that cover nothing."""

import re
from math import dist

from hypothesis import given, strategies as st
from shapely import LineString

from portal.core.i18n import Bilingual
from portal.markets.map import frame as labels
from portal.markets.map.frame import (
    FLATTEST,
    TALLEST,
    WIDTH,
    around,
    most_that_fit,
    packed,
    path,
    street_of,
    street_words,
    telling_word,
)
from portal.markets.map.sheets import MapShape, SheetKind, draw

grids = st.lists(st.lists(st.tuples(st.integers(-5, 1005), st.integers(-5, 1005)), min_size=2, max_size=6), max_size=20)


@given(st.floats(-179, 179), st.floats(-80, 80), st.floats(0, 0.5), st.floats(0, 0.5), st.floats(0, 2))
def test_a_frame_holds_what_it_was_made_for(west, south, across, up, air) -> None:
    frame = around(west, south, west + across, south + up, air=air, least_meters=100)
    for corner in ((west, south), (west + across, south + up)):
        x, y = frame.place(*corner)
        assert -2 <= x <= WIDTH + 2
        assert -2 <= y <= frame.height + 2
    assert WIDTH * FLATTEST - 2 <= frame.height <= WIDTH * TALLEST + 2


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


def test_pieces_of_one_name_are_one_street() -> None:
    """Also around a corner, drawn backwards, and over the crossing with another street."""
    elm = [(-80, 36), (-79.99, 36)], [(-79.98, 36), (-79.99, 36)], [(-79.98, 36), (-79.98, 36.01)]
    oak = [(-79.99, 36.02), (-79.99, 36)], [(-79.99, 35.98), (-79.99, 36)]
    shapes = [
        MapShape(SheetKind.STREET, Bilingual(name, name), LineString(line))
        for name, lines in (("Elm", elm), ("Oak", oak))
        for line in lines
    ]
    layers = draw(shapes, around(-80, 35.98, -79.98, 36.02, air=0.1), names=False)
    assert sorted(len(line) for line in drawn(layers.main + layers.minor)) == [2, 3]


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

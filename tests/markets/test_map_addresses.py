"""The street in an address: what people and a city's files write is the same street, and a guess is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.markets.map.addresses import street_of, street_words, telling_word


@pytest.mark.parametrize(
    "address",
    [
        "48 Chapel Street, Alder Falls",
        "48 chapel st.",
        "48B CHAPEL ST, 2nd floor",
        "  48  Chapel  St ",
        "48 Chapel Str",
    ],
)
def test_the_same_street_is_read_however_it_is_written(address: str) -> None:
    assert street_of(address) == street_words("Chapel Street") == ("chapel", "street")


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("12 N. Main St", "NORTH MAIN STREET"),
        ("7 St. Mark’s Ave.", "St Mark's Avenue"),
        ("9 Old Salem Rd", "Old Salem Road"),
        ("3 Niño Court", "Niño Ct"),
    ],
)
def test_it_is_the_street_of_the_file(address: str, name: str) -> None:
    assert street_of(address) == street_words(name)


@pytest.mark.parametrize("address", ["", "Chapel Street", "the church on 5th", "P.O. Box 12", "48", ", , "])
def test_without_a_house_number_nothing_is_guessed(address: str) -> None:
    assert street_of(address) == ()


@pytest.mark.parametrize(("name", "word"), [("North Main Street", "main"), ("E Street", ""), ("", "")])
def test_it_is_looked_for_by_its_own_word(name: str, word: str) -> None:
    assert telling_word(street_words(name)) == word


@given(st.text(max_size=300))
def test_anything_may_be_typed(address: str) -> None:
    assert all(street_of(address)) and isinstance(telling_word(street_of(address)), str)

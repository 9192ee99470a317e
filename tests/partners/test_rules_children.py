"""What in a list of guests speaks of somebody under 18, and what does not."""

from __future__ import annotations

import pytest

from portal.partners.circle_rules import names_child


@pytest.mark.parametrize(
    "text",
    [
        "Quince Cantor and her child",
        "Two kids, one baby",
        "the Almond children",
        "Quince\nPerry, 12",
        "Perry (9), wheelchair",
        "Perry, 15 years old",
        "Perry, a 15-year-old",
        "Perry, age 7",
        "Perry aged 7",
        "Perry, 15 yrs",
        "Perry, teenager",
        "Perry, 8 months",
        "Rosa y su niño",
        "Rosa con dos niñas",
        "Rosa y la nina",
        "Rosa, 12 años",
        "Rosa, 12 anos",
        "Rosa, edad 12",
        "Rosa, edad de 12",
        "Rosa, menor de edad",
        "Rosa y un bebé de 3 meses",
        "Un adolescente",
    ],
)
def test_a_child_is_found(text: str) -> None:
    assert names_child(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Quince Cantor, wheelchair",
        "Perry Almond, needs a ride at 5 PM",
        "Quince, 2 seats; Perry, 1 seat",
        "Perry (22)",
        "Perry, 18",
        "Perry, 64 years old",
        "Rosa, 34 años",
        "Rosa needs child care",
        "Rosa: childcare, child seat",
        "Rosa: silla para niño, cuidado de niños",
        "Bus 12, door 3",
        "12 Fountain Avenue",
        "Rosa Niñez, mayor de edad",
    ],
)
def test_who_is_grown_up_and_what_they_need_stands(text: str) -> None:
    assert not names_child(text)

"""The contact in the footer: numbers as people write them are dialed as phones need them."""

from __future__ import annotations

import pytest

from portal.core.contact import can_be_dialed, dial


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("336-555-0100", "tel:+13365550100"),
        ("(336) 555-0100", "tel:+13365550100"),
        ("1 336 555 0100", "tel:+13365550100"),
        ("+52 55 5555 0100", "tel:+525555550100"),
        ("311", "tel:311"),
        ("336-555-0100 ext. 4", "tel:+13365550100;ext=4"),
        ("336.555.0100 x12", "tel:+13365550100;ext=12"),
        ("336 555 0100 #7", "tel:+13365550100;ext=7"),
        ("555-0100", "tel:5550100"),
    ],
)
def test_a_number_is_dialed_however_it_was_typed(typed: str, address: str) -> None:
    assert can_be_dialed(typed)
    assert dial(typed) == address


@pytest.mark.parametrize(
    "typed", ["", "12", "4444", "call us", "office@x.test", "336-555-0100\n+1", "1" * 16, "<b>311"]
)
def test_what_is_no_number_is_not_dialed(typed: str) -> None:
    assert not can_be_dialed(typed)

"""When the public may read of a call-in, and what it reads before the place is shown."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from portal.markets.fidelity import first_day, is_over, without_names
from portal.markets.gate_rules import Confirmation, GateKey
from portal.markets.status import known_days

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ONE, OTHER = Confirmation(1, GateKey.COMMUNITY_LEAD), Confirmation(2, GateKey.POLICE_LIAISON)


@pytest.mark.parametrize(
    ("ended_at", "given", "released_at", "over"),
    [
        (NOON, [ONE, OTHER], None, True),
        (NOON + MINUTE, [ONE, OTHER], None, False),
        (None, [ONE, OTHER], None, False),
        (NOON, [ONE], None, False),
        (NOON, [], None, False),
        (NOON, [ONE, Confirmation(1, GateKey.POLICE_LIAISON)], None, False),
        (NOON, [], NOON, True),
        (NOON, [], NOON + MINUTE, False),
        (None, [ONE, OTHER], NOON, False),
    ],
)
def test_it_is_over_when_it_has_ended_and_two_have_agreed(ended_at, given, released_at, over) -> None:
    assert is_over(ended_at, given, released_at, NOON) is over


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("We met.\n\nOn Elm Street it ends.\n\nCome.", "We met.\n\nCome."),
        ("In ELM  street's houses.", ""),
        ("La calle OLMEDA, mañana.", ""),
        ("la cálle olmeda", ""),
        ("Elm trees and a street.", "Elm trees and a street."),
        ("Streets of Helm street.", "Streets of Helm street."),
        ("elm-street", ""),
        ("", ""),
    ],
)
def test_paragraphs_that_name_the_place_are_left_out(text: str, left: str) -> None:
    assert without_names(text, ["elm-street", "Elm Street", "Calle Olmeda", "", ""]) == left


def test_a_name_of_signs_alone_leaves_nothing_out() -> None:
    assert without_names("We met.", ["…", " "]) == "We met."


def test_the_public_knows_of_a_place_from_the_night_or_from_the_release() -> None:
    assert first_day(date(2026, 3, 2), date(2026, 3, 1)) == date(2026, 3, 1)
    assert first_day(date(2026, 3, 2), date(2026, 3, 5)) == date(2026, 3, 2)
    assert first_day(date(2026, 3, 2), None) == date(2026, 3, 2)


def test_what_was_decided_before_counts_from_the_first_day_and_once() -> None:
    march, april, may = (date(2026, month, 1) for month in (3, 4, 5))
    assert known_days([may, april, march], april) == [may, april]
    assert known_days([may, april], march) == [may, april]
    assert known_days([april, march], may) == [may]
    assert known_days([], may) == []

"""What stands on the card of a shared link tells nobody what it is about, in either language."""

from __future__ import annotations

import pytest

from portal.markets.gate_rules import MOST_SIGNS, is_neutral, on_card


@pytest.mark.parametrize(
    "text",
    [
        "Drug market closed",
        "d-r-u-g talk",
        "They SELL again",
        "Police walk",
        "Policías y vecinos",
        "Cómo avisar",
        "Our report",
        "Venden otra vez",
        "A raid on Elm",
        "Sobredosis: qué hacer",
        "Send a tip",
        "Crimen",
    ],
)
def test_a_telling_text_gives_way(text: str) -> None:
    assert not is_neutral(text)
    assert on_card(text, "News") == "News"


@pytest.mark.parametrize(
    "text", ["Lamps on Elm", "Tres compromisos del círculo", "Walk on Thursday", "La tarde del patio"]
)
def test_others_stay(text: str) -> None:
    assert on_card(text, "News") == text


def test_a_card_is_one_short_line() -> None:
    assert on_card(" a\n b ", "x") == "a b"
    assert on_card("  ", "x") == "x"
    long = on_card("word " * 90, "x")
    assert len(long) <= MOST_SIGNS + 2
    assert long.endswith("word …")

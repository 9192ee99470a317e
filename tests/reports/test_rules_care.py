"""What a writer is asked to look at again, and what is refused with a reason."""

from __future__ import annotations

import pytest

from portal.reports.rules.care import Giveaway, giveaways, says_only_race


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("call me at 336-555-0142", Giveaway.PHONE),
        ("mi número es (336) 555 0142", Giveaway.PHONE),
        ("write to ana@example.org", Giveaway.EMAIL),
        ("a gray car, plate ABC 1234", Giveaway.PLATE),
        ("they come to 412 Maple Street", Giveaway.HOUSE),
        ("viven en el apartamento 12", Giveaway.HOUSE),
        ("me llamo Rosa", Giveaway.NAME),
        ("my name is Ed", Giveaway.NAME),
    ],
)
def test_words_that_give_somebody_away_are_seen(text: str, kind: Giveaway) -> None:
    assert kind in giveaways(text)


@pytest.mark.parametrize(
    "text",
    [
        "Three people sell by the bus stop every evening after 8.",
        "Venden en la esquina desde las 9 de la noche, como 4 personas.",
        "The light has been out for 3 weeks on Elm Street.",
        "It is 2 blocks from the school and happens at 10:30.",
        "WE HAVE SEEN IT AGAIN AND AGAIN",
        "MOST NIGHTS AT 10 PM, SOMETIMES 8PM, ON 4TH",
    ],
)
def test_an_ordinary_report_is_not_held_up(text: str) -> None:
    assert giveaways(text) == ()


@pytest.mark.parametrize(
    "looks", ["a black man", "two hispanic guys", "un hombre moreno", "Latinos jóvenes", "white teens"]
)
def test_race_alone_is_no_description(looks: str) -> None:
    assert says_only_race(looks)


@pytest.mark.parametrize(
    "looks",
    [
        "",
        "a man",
        "black man with a red jacket and a limp",
        "moreno, gorra azul",
        "sells from a blue cooler",
        "black jacket",
    ],
)
def test_what_can_tell_people_apart_is_taken(looks: str) -> None:
    assert not says_only_race(looks)

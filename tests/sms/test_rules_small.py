"""Places on a list, and delivery states."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.sms.choices import PlaceChoice, PlaceName, choose, mentioned
from portal.sms.deliveries import TERMINAL, Delivery, delivery, later

PLACES = (
    PlaceName("Maple Street", "Calle Maple"),
    PlaceName("Gun Hill Road", "Calle Gun Hill"),
    PlaceName("Oak Park", "Parque Oak"),
)


@pytest.mark.parametrize(
    ("text", "index"),
    [
        ("1", 0),
        ("#2", 1),
        ("3.", 2),
        ("number 3", 2),
        ("dos", 1),
        ("0", None),
        ("Other", None),
        ("otra parte", None),
        ("maple street", 0),
        ("Mapel Street", 0),
        ("calle maple", 0),
        ("it is at Oak Park by the swings", 2),
        ("gun hill road", 1),
    ],
)
def test_choose(text, index):
    found = choose(text, PLACES)
    assert found is not None and found.index == index


def test_a_choice_that_says_more_is_told_from_a_bare_one():
    for bare in ("2", "Gun Hill Road", "calle gun hill", "GUN HILL ROAD.", "other", "0"):
        assert choose(bare, PLACES) in (PlaceChoice(1), PlaceChoice(None))
    for more in ("Gun Hill Road by the stairs", "Gunn Hill Road"):
        assert choose(more, PLACES) == PlaceChoice(1, says_more=True)


def test_a_number_that_was_not_on_the_list_chooses_nothing():
    assert choose("2", PLACES, listed=2) == PlaceChoice(1)
    assert choose("3", PLACES, listed=2) is None
    assert choose("Oak Park", PLACES, listed=2) == PlaceChoice(2)


BIRCH = (
    PlaceName("Birch Street", "Calle Birch"),
    PlaceName("Church Street", "Calle Church"),
    PlaceName("Quinta Park", "Parque La Quinta"),
)


@pytest.mark.parametrize(
    ("text", "index"),
    [
        ("They sell at Birch", 0),
        ("they sell on birch every night", 0),
        ("Please help, BIRCH STREET is full of them", 0),
        ("venden en la calle Birch", 0),
        ("venden en Birch y gritan", 0),
        ("selling behind Church Street", 1),
        ("venden por Quinta cada noche", 2),
    ],
)
def test_a_place_named_by_the_way_is_taken(text, index):
    assert mentioned(text, BIRCH) == index


@pytest.mark.parametrize(
    "text",
    [
        "they sell at the corner",
        "they sell at church",
        "Birch is selling again",
        "they sell at Birch Tavern",
        "not at Birch Street, it is behind the school",
        "they moved from Birch Street to the park",
        "between Birch Street and Church Street",
        "at Birch and Quinta",
        "birchwood road",
        "",
    ],
)
def test_a_place_in_doubt_is_asked_for(text):
    assert mentioned(text, BIRCH) is None


def test_a_short_name_that_two_places_share_is_asked_for():
    assert mentioned("at birch", (*BIRCH, PlaceName("Birch Park", "Parque Birch"))) is None
    assert mentioned("at birch street", (*BIRCH, PlaceName("Birch Park", "Parque Birch"))) is None


@pytest.mark.parametrize(
    "text", ["4", "7", "", "Main Street and 5th", "oak", "1 and 2", "between Maple Street and Oak Park"]
)
def test_no_choice(text):
    assert choose(text, PLACES) is None


def test_without_places_nothing_but_other_is_chosen():
    assert choose("1", ()) is None
    assert choose("0", ()) == PlaceChoice(None)


def test_delivery_words():
    assert delivery("Delivered") is Delivery.DELIVERED
    assert delivery("accepted") is Delivery.QUEUED
    assert delivery("read") is Delivery.DELIVERED
    assert delivery("partially_delivered") is None


@given(st.lists(st.sampled_from(Delivery), min_size=1))
def test_states_never_move_back(told):
    states = list(itertools.accumulate([None, *told], later))[1:]
    ranks = [list(Delivery).index(state) for state in states]
    assert ranks == sorted(ranks)
    final = next((state for state in states if state in TERMINAL), None)
    assert final is None or states[-1] is final

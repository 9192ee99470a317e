"""Places on a list, and delivery states."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from portal.sms.choices import PlaceChoice, PlaceName, choose, mentioned
from portal.sms.deliveries import TERMINAL, Delivery, delivery, later

PLACES = (
    PlaceName("Maple Street", "Calle Maple"),
    PlaceName("Gun Hill Road", "Calle Gun Hill"),
    PlaceName("Oak Park", "Parque Oak"),
)


CHOSEN = {
    0: ("1", "maple street", "Mapel Street", "calle maple"),
    1: ("#2", "dos", "gun hill road"),
    2: ("3.", "number 3", "it is at Oak Park by the swings"),
    None: ("0", "Other", "otra parte"),
}


def test_choose():
    for index, texts in CHOSEN.items():
        for text in texts:
            found = choose(text, PLACES)
            assert found is not None and found.index == index, text
    for text in ("4", "7", "", "Main Street and 5th", "oak", "1 and 2", "between Maple Street and Oak Park"):
        assert choose(text, PLACES) is None, text
    # Without places nothing but "other" is chosen.
    assert (choose("1", ()), choose("0", ())) == (None, PlaceChoice(None))


def test_choice_that_says_more_is_told_from_bare_one():
    for bare in ("2", "Gun Hill Road", "calle gun hill", "GUN HILL ROAD.", "other", "0"):
        assert choose(bare, PLACES) in (PlaceChoice(1), PlaceChoice(None))
    for more in ("Gun Hill Road by the stairs", "Gunn Hill Road"):
        assert choose(more, PLACES) == PlaceChoice(1, says_more=True)


def test_number_not_on_list_chooses_nothing():
    assert choose("2", PLACES, listed=2) == PlaceChoice(1)
    assert choose("3", PLACES, listed=2) is None
    assert choose("Oak Park", PLACES, listed=2) == PlaceChoice(2)


BIRCH = (
    PlaceName("Birch Street", "Calle Birch"),
    PlaceName("Church Street", "Calle Church"),
    PlaceName("Quinta Park", "Parque La Quinta"),
)


MENTIONED = {
    0: (
        *("They sell at Birch", "they sell on birch every night", "Please help, BIRCH STREET is full of them"),
        *("venden en la calle Birch", "venden en Birch y gritan"),
    ),
    1: ("selling behind Church Street",),
    2: ("venden por Quinta cada noche",),
    # In doubt it is asked for.
    None: (
        *("they sell at the corner", "they sell at church", "Birch is selling again", "they sell at Birch Tavern"),
        *("not at Birch Street, it is behind the school", "they moved from Birch Street to the park"),
        *("between Birch Street and Church Street", "at Birch and Quinta", "birchwood road", ""),
    ),
}


def test_a_place_named_by_the_way_is_taken():
    wrong = [(text, index) for index, texts in MENTIONED.items() for text in texts if mentioned(text, BIRCH) != index]
    assert wrong == []


def test_short_name_that_two_places_share_is_asked_for():
    assert mentioned("at birch", (*BIRCH, PlaceName("Birch Park", "Parque Birch"))) is None
    assert mentioned("at birch street", (*BIRCH, PlaceName("Birch Park", "Parque Birch"))) is None


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

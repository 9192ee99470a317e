"""What may be a person's name though nothing announces it, and what is a street, a firm, a day or a sentence."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.core.names import ORDINARY, PARTICLES, bare_names

NAMES = {
    "Rosa Lopez sells by the fountain": "Rosa Lopez",
    "They sell again. Rosa Lopez watches": "Rosa Lopez",
    "I saw Ed Harlow again last night": "Ed Harlow",
    "Yesterday Dontrell Brooks came with a bag": "Dontrell Brooks",
    "Vi a Rosa Pérez en la esquina": "Rosa Pérez",
    "Ayer Ángel Núñez vendió": "Ángel Núñez",
    "la casa de Yadiel de la Cruz": "Yadiel de la Cruz",
    "María del Carmen estaba ahí": "María del Carmen",
    "es el hijo de Juan Carlos Torres Robles": "Juan Carlos Torres Robles",
    "Maria de los Angeles Rivera": "Maria de los Angeles Rivera",
    "Rosa De La Cruz told me": "Rosa De La Cruz",
    "with J. Lopez and two others": "J. Lopez",
    "Maria J. Lopez and a friend": "Maria J. Lopez",
    "D’Angelo O'Neill came by car": "D’Angelo O'Neill",
    "Nayeli Pérez-Robles lives there": "Nayeli Pérez-Robles",
    "Rosa Lopez's porch": "Rosa Lopez's",
    "Vincent van Gogh": "Vincent van Gogh",
    "LaShawn McKay": "LaShawn McKay",
    # Families that are called as places, days and colors are, too.
    "Darnell Hill was there": "Darnell Hill",
    "Linda Lane sells": "Linda Lane",
    "Kevin Young waits": "Kevin Young",
    "Julio Martínez y su primo": "Julio Martínez",
    "April Brown was with them": "April Brown",
    "Carmen Iglesias": "Carmen Iglesias",
    "White Rosa Lopez": "Rosa Lopez",
    # However they are written.
    "vi a rosa lopez ahí": "rosa lopez",
    "ROSA LOPEZ SELLS": "ROSA LOPEZ",
    "jose luis perez garcia vende": "jose luis perez garcia",
    # Behind whose they are.
    "mi vecino carlos vende": "carlos",
    "my neighbor Dontrell sells": "Dontrell",
    "mi primo el Beto": "Beto",
    "Mi vecino Carlos Ramírez": "Carlos Ramírez",
    unicodedata.normalize("NFD", "Vi a Íñigo Pérez ahí"): "Íñigo Pérez",
}
NO_NAMES = (
    *("", " ", "Rosa", "Rosa y Juan", "Rosa and Juan", "Rosa, Juan", "Rosa. Juan"),
    *("Elm Street is dark", "at the corner of Maple Grove and Oak", "on Maple Grove street", "Maple Grove Apartments"),
    *("Penny Lane", "Elm Court", "Grant Park", "Martin Luther King", "Martin Luther King Jr. Blvd", "North Main St"),
    *("calle Benito Ruiz", "en la calle de Juan Mata", "esquina con Juan Mata", "Avenida Ana Ruiz", "Colonia Ana Ruiz"),
    *("Parque Central", "Plaza Mayor", "Iglesia San José", "Nuestra Señora de Guadalupe", "parque de la Reina Ana"),
    *("First Baptist Church", "Grant Elementary School", "Dollar General", "Burger King", "North Carolina", "New York"),
    *("San Antonio", "Santa Rosa", "Los Angeles", "Good Samaritan", "African American men", "a Black Toyota Camry"),
    *("a white Honda Civic", "Every Friday Night", "on Monday Night", "Last July Fourth", "Cada Viernes Santo"),
    *("Yesterday Rosa sold", "Ayer Rosa vendió", "Somebody Rosa knows", "Running Elm kids", "Solamente Rosa"),
    *("Thank You", "Please Help", "Por Favor", "Buenas Noches", "WE CALLED THEM", "I saw Rosa", "Where: Elm"),
    *("Call me\nRosa\nLopez", "Elm (Rosa lives there)", "Police Department", "The Police came"),
    *("They are group A. Later Rosa came", "Mount Olive", "Las Vegas", "El Paso"),
)


def test_two_large_words_in_row_may_be_name() -> None:
    assert {text: bare_names(text) for text in NAMES} == {text: (name,) for text, name in NAMES.items()}


def test_streets_places_firms_days_and_sentences_are_no_names() -> None:
    assert [text for text in NO_NAMES if bare_names(text) != ()] == []


def test_each_is_asked_about_once_in_order_of_text() -> None:
    assert bare_names("Rosa Lopez, then Ed Harlow, then Rosa Lopez.") == ("Rosa Lopez", "Ed Harlow")


def test_the_citys_own_names_are_not_asked_about() -> None:
    text = "Behind Alder Falls Mill, by Juniper Bend, Rosa Lopez sells."
    assert bare_names(text) == ("Alder Falls Mill", "Juniper Bend", "Rosa Lopez")
    assert bare_names(text, ["Alder Falls", "juniper bend", "Calle", ""]) == ("Rosa Lopez",)
    assert bare_names("Rosa de la Cruz, en La Cruz Vieja", ["La Cruz", "La Cruz Vieja"]) == ("Rosa de la Cruz",)
    # One word of a place's name does not hide everybody who is called so.
    assert bare_names(text, ["Rosa", "Lopez Field"]) == ("Alder Falls Mill", "Juniper Bend", "Rosa Lopez")


@given(st.text(max_size=300), st.lists(st.text(max_size=20), max_size=4))
def test_no_text_is_too_strange(text: str, places: list[str]) -> None:
    whole = unicodedata.normalize("NFC", text)
    for found in bare_names(text, places):
        assert found in whole
        assert "\n" not in found


WORDS = st.sampled_from(
    [
        *sorted(ORDINARY)[::40],
        *sorted(PARTICLES),
        "Rosa",
        "Lopez",
        "J.",
        "Elm",
        "Street",
        "street",
        ".",
        ",",
        "\n",
        "🙂",
    ]
)


@given(st.lists(WORDS, max_size=40))
def test_an_ordinary_word_is_in_no_name(words: list[str]) -> None:
    for found in bare_names(" ".join(words)):
        assert not {word.lower() for word in found.split()} & ORDINARY


@pytest.mark.slow
def test_it_takes_no_longer_than_the_text_is_long() -> None:
    for part in (
        *("Rosa ", "Rosa de ", "de ", "de la ", "A. ", "J", "Rosa", "a ", "Elm Street ", "calle de ", "´", "Á́"),
        *("-’", "Rosa.", "Rosa-"),
    ):

        def seconds(letters: int, part: str = part) -> float:
            text = "Rosa " + part * (letters // len(part))
            before = time.thread_time()
            bare_names(text, ["Rosa de Elm", "Rosa de la Rosa", "de de de"])
            return time.thread_time() - before

        seconds(1_000)
        short, long = (min(seconds(letters) for _again in range(3)) for letters in (10_000, 80_000))
        # Eight times the text; a square would take sixty-four times as long.
        assert long < 24 * short + 0.05

"""What is refused as the name of somebody who was called in, and what may be written."""

from __future__ import annotations

import pytest

from portal.partners.callin.rules import Found, delicate, named_there, not_neutral, obvious_name

NAMES = {
    "Marcus Hill": Found.FULL_NAME,
    "Hill, Marcus": Found.FULL_NAME,
    "Keep Dontrell Brooks apart": Found.FULL_NAME,
    "Dontrell J. Brooks": Found.FULL_NAME,
    "Ángel Núñez": Found.FULL_NAME,
    "Yadiel de la Cruz": Found.FULL_NAME,
    "Nayeli Pérez Robles": Found.FULL_NAME,
    "Ximena García-Ochoa comes late": Found.FULL_NAME,
    "D’Angelo O'Neill": Found.FULL_NAME,
    "TREVONTE JACKSON": Found.FULL_NAME,
    "Family Torres": Found.FULL_NAME,
    "Familia Quiñones": Found.FULL_NAME,
    "Mr. Hill": Found.TITLE,
    "mr Hill": Found.TITLE,
    "Mrs. Ochoa and her sister": Found.TITLE,
    "Sr. Peña": Found.TITLE,
    "la Sra. Ochoa": Found.TITLE,
    "señora Quiñones": Found.TITLE,
    "don Chuy": Found.TITLE,
    "Don Cheto": Found.TITLE,
    '"Smoke"': Found.NICKNAME,
    "the one they call “Lil Ray”": Found.NICKNAME,
    "«El Flaco»": Found.NICKNAME,
    "'Boo' and his brother": Found.NICKNAME,
    "le dicen flaco": Found.NICKNAME,
    "alias flaco": Found.NICKNAME,
    "goes by smoke": Found.NICKNAME,
    "apodado el güero": Found.NICKNAME,
    "marcus and his brother": Found.FIRST_NAME,
    "el hermano de javier": Found.FIRST_NAME,
    "call 555 010 2234": Found.NUMBER,
}
NEUTRAL = (
    "",
    "Group A and group B",
    "Group A\nGroup B\nGroup C",
    "Familia Uno, familia dos",
    "8 people, 2 with children",
    "Two brothers of group A come by the North Door",
    "Grupo B entra por la Puerta Norte",
    "Person 3 uses a wheelchair",
    "3 personas hablan español",
    "Person One and Person Two must not meet",
    "don't seat group A by the door",
    "the family that needs an interpreter",
)


def test_a_name_is_refused(subtests: pytest.Subtests) -> None:
    for text, why in NAMES.items():
        with subtests.test(f"{text} {why}"):
            assert obvious_name(text) is why
            assert not_neutral(text) is why


def test_counts_and_neutral_labels_may_be_written(subtests: pytest.Subtests) -> None:
    for text in NEUTRAL:
        with subtests.test(str(text)):
            assert obvious_name(text) is None
            assert not_neutral(text) is None


def test_in_a_label_one_own_word_is_enough(subtests: pytest.Subtests) -> None:
    for text in ("Yadiel", "the brother of Yadiel", "grupo A: Nayeli"):
        with subtests.test(str(text)):
            assert obvious_name(text) is None
            assert not_neutral(text) is Found.FIRST_NAME


def test_a_street_with_its_number_is_no_name(subtests: pytest.Subtests) -> None:
    for text in ("1420 Linden St", "1420 N Linden Street", "1420 Martin Luther King Jr. Blvd", "Calle Linden 1420"):
        with subtests.test(str(text)):
            assert obvious_name(f"Ride from {text}") is None


def test_a_name_beside_a_street_is_one() -> None:
    assert obvious_name("Yadiel Quiñones, 1420 Linden St") is Found.FULL_NAME
    assert obvious_name("1420 Linden St Yadiel Quiñones") is Found.FULL_NAME


def test_where_people_meet_may_bear_a_name(subtests: pytest.Subtests) -> None:
    for text in (
        *("Hall", "library, side door", "Rosa Parks Community Center", "Dr. Martin Luther King Jr. Center"),
        *("St. Mary's parish hall", "Fellowship Hall of Grace Baptist Church", "1420 Linden St", "Calle Linden 1420"),
        *("Biblioteca de Alder Falls", "Iglesia Bautista El Buen Pastor", "Salón comunitario San Juan"),
        "Casa de la Cultura",
    ):
        with subtests.test(str(text)):
            assert named_there(text) is None


def test_where_people_meet_is_nobodys_name(subtests: pytest.Subtests) -> None:
    for text, why in (
        ('Casa de Jorge "Flaco" Pérez', Found.NICKNAME),
        ("Casa de Jorge Pérez", Found.FULL_NAME),
        ("Yadiel Quiñones, 12 Oak Street", Found.FULL_NAME),
        ("Iglesia Bautista, preguntar por Yadiel Quiñones", Found.FULL_NAME),
        ("Mrs. Jones's house", Found.TITLE),
        ("marcus, his house", Found.FIRST_NAME),
        ("hall, 555-123-4567", Found.NUMBER),
    ):
        with subtests.test(f"{text} {why}"):
            assert named_there(text) is why


# --- What in the words of a voice is looked at once more: names, numbers and threats ---


def test_everything_in_it_is_said_once() -> None:
    said = "Te vamos a encontrar. Jorge Pérez mató a mi primo. 919-555-0101"
    assert set(delicate(said, "")) == {"phone", "name", "threat"}


def test_a_threat_is_seen_in_what_is_said(subtests: pytest.Subtests) -> None:
    for text in (
        "We will find you.",
        "I'm gonna kill him",
        "We know where you live",
        "You will pay for this",
        "Stop, or else!",
        "This is your last warning",
        "Los vamos a agarrar a todos",
        "Van a pagarla",
        "Te vas a arrepentir",
        "Sabemos dónde vives",
        "Es el último aviso",
    ):
        with subtests.test(str(text)):
            assert delicate(text, "") == ("threat",)
            assert delicate("", text) == ()


def test_a_voice_as_it_should_be_passes(subtests: pytest.Subtests) -> None:
    for text in (
        "I lost my son on this street. You are worth something to us. It has to stop.",
        "We will find you a job. We are going to help you. This will kill you one day.",
        "I paid for it with ten years.",
        "Mi hijo murió en esta calle. Queremos que se quede con nosotros. Los vamos a ayudar.",
        "Vamos a buscarle trabajo. Te vamos a encontrar trabajo.",
        "A mí también me costó diez años.",
    ):
        with subtests.test(str(text)):
            assert delicate(text, text) == ()

"""What is refused as the name of somebody who was called in, and what may be written."""

import pytest

from portal.partners.callin.rules import Found, named_there, not_neutral, obvious_name

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


@pytest.mark.parametrize(("text", "why"), NAMES.items())
def test_a_name_is_refused(text: str, why: Found) -> None:
    assert obvious_name(text) is why
    assert not_neutral(text) is why


@pytest.mark.parametrize("text", NEUTRAL)
def test_counts_and_neutral_labels_may_be_written(text: str) -> None:
    assert obvious_name(text) is None
    assert not_neutral(text) is None


@pytest.mark.parametrize("text", ["Yadiel", "the brother of Yadiel", "grupo A: Nayeli"])
def test_in_a_label_one_word_of_its_own_is_enough(text: str) -> None:
    assert obvious_name(text) is None
    assert not_neutral(text) is Found.FIRST_NAME


@pytest.mark.parametrize(
    "text", ["1420 Linden St", "1420 N Linden Street", "1420 Martin Luther King Jr. Blvd", "Calle Linden 1420"]
)
def test_a_street_with_its_number_is_no_name(text: str) -> None:
    assert obvious_name(f"Ride from {text}") is None


def test_a_name_beside_a_street_is_one_all_the_same() -> None:
    assert obvious_name("Yadiel Quiñones, 1420 Linden St") is Found.FULL_NAME
    assert obvious_name("1420 Linden St Yadiel Quiñones") is Found.FULL_NAME


@pytest.mark.parametrize(
    "text",
    [
        *("Hall", "library, side door", "Rosa Parks Community Center", "Dr. Martin Luther King Jr. Center"),
        *("St. Mary's parish hall", "Fellowship Hall of Grace Baptist Church", "1420 Linden St", "Calle Linden 1420"),
        *("Biblioteca de Alder Falls", "Iglesia Bautista El Buen Pastor", "Salón comunitario San Juan"),
        "Casa de la Cultura",
    ],
)
def test_where_people_meet_may_bear_a_name(text: str) -> None:
    assert named_there(text) is None


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('Casa de Jorge "Flaco" Pérez', Found.NICKNAME),
        ("Casa de Jorge Pérez", Found.FULL_NAME),
        ("Yadiel Quiñones, 12 Oak Street", Found.FULL_NAME),
        ("Iglesia Bautista, preguntar por Yadiel Quiñones", Found.FULL_NAME),
        ("Mrs. Jones's house", Found.TITLE),
        ("marcus, his house", Found.FIRST_NAME),
        ("hall, 555-123-4567", Found.NUMBER),
    ],
)
def test_where_people_meet_is_nobodys_name(text: str, why: Found) -> None:
    assert named_there(text) is why

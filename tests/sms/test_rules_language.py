"""The language of a text is guessed from a few words and marks; in doubt it stays unknown."""

import pytest

from portal.sms.dialogue import hear
from portal.sms.effects import DialogueState, DialogueStep, SpokenAnswer
from portal.sms.keywords import guess


@pytest.mark.parametrize(
    "text",
    [
        "They are selling at the corner of 5th and Main",
        "two guys by the laundromat every night",
        "someone is dealing behind my house",
        "José is at the corner again with the men",
    ],
)
def test_english(text):
    assert guess(text) == "en"


@pytest.mark.parametrize(
    "text",
    [
        "Están vendiendo en la esquina de la calle Quinta",
        "estan vendiendo otra vez en mi calle",
        "hay muchachos vendiendo cada noche",
        "¿Qué hago?",
        "niños",
    ],
)
def test_spanish(text):
    assert guess(text) == "es"


@pytest.mark.parametrize("text", ["", "1", "ok", "👍", "5th Main 10pm", "Elm"])
def test_unknown(text):
    assert guess(text) is None


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Spanish please they sell pills by the school", "es"),
        ("sorry i dont speak spanish its on 5th and oak by the bus stop", "en"),
        ("english please venden en la esquina", "en"),
        ("no hablo inglés pero they sell on the corner", "es"),
        ("they dont speak english they sell", "en"),
        ("the guys speak spanish and sell at the park", "en"),
        ("why do you need to know", "en"),
        ("para que quieren saber", "es"),
        ("Y", None),
        ("yo vann dwòg devan lekòl la", None),
        ("yo vann dwog devan lekol la", None),
        ("gen moun k ap vann chak swa", None),
        ("yo vi que venden en la esquina", "es"),
    ],
)
def test_a_wish_for_a_language_counts_and_a_third_language_is_answered_in_both(text, language):
    assert guess(text) == language


@pytest.mark.parametrize(
    ("before", "text", "after"),
    [
        ("es", "sorry i dont speak spanish its on 5th and oak by the bus stop", "en"),
        ("es", "i think its by the church", "en"),
        ("en", "no sé, creo que está en la calle Oak", "es"),
        ("es", "the corner of Main street", "es"),
        ("es", "Main and 5th by the church", "es"),
        ("en", "la calle de la iglesia", "en"),
        ("en", "Calle Niño", "en"),
    ],
)
def test_an_answer_to_where_changes_the_language_by_other_words_than_those_of_places(before, text, after):
    assert hear(DialogueState(DialogueStep.WHERE, before, 7), text).talk.language == after


def test_a_single_letter_is_no_report():
    for letter in ("Y", "k", "s"):
        heard = hear(DialogueState(), letter)
        assert [type(one) for one in heard.effects] == [SpokenAnswer]
        assert heard.talk.language is None

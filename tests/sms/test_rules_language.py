"""The language of a text is guessed from a few words and marks; in doubt it stays unknown."""

import pytest

from portal.sms.keywords import guess
from tests.reports import test_rules_urgency


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


@pytest.mark.parametrize(
    ("families", "language"), [(test_rules_urgency.ENGLISH, "en"), (test_rules_urgency.SPANISH, "es")], ids=["en", "es"]
)
def test_a_cry_for_help_is_answered_in_its_own_language_alone(families, language):
    assert [text for text, _kind in test_rules_urgency.each_of(families) if guess(text) != language] == []


@pytest.mark.parametrize("text", ["", "1", "ok", "👍", "5th Main 10pm", "Elm"])
def test_unknown(text):
    assert guess(text) is None

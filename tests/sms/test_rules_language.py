"""The language of a text is guessed from a few words and marks; in doubt it stays unknown."""

from portal.sms.keywords import guess

LANGUAGES = {
    "en": (
        *("They are selling at the corner of 5th and Main", "two guys by the laundromat every night"),
        *("someone is dealing behind my house", "José is at the corner again with the men"),
        *("they dont speak english they sell", "the guys speak spanish and sell at the park"),
        "why do you need to know",
        # A wish for a language counts.
        "sorry i dont speak spanish its on 5th and oak by the bus stop",
        "english please venden en la esquina",
    ),
    "es": (
        *("Están vendiendo en la esquina de la calle Quinta", "estan vendiendo otra vez en mi calle"),
        *("hay muchachos vendiendo cada noche", "¿Qué hago?", "niños", "para que quieren saber"),
        *("yo vi que venden en la esquina", "Spanish please they sell pills by the school"),
        "no hablo inglés pero they sell on the corner",
    ),
    None: (
        *("", "1", "ok", "👍", "5th Main 10pm", "Elm", "Y"),
        # A third language is answered in both.
        *("yo vann dwòg devan lekòl la", "yo vann dwog devan lekol la", "gen moun k ap vann chak swa"),
    ),
}


def test_the_language_of_a_text() -> None:
    wrong = [(text, guess(text)) for language, texts in LANGUAGES.items() for text in texts if guess(text) != language]
    assert wrong == []

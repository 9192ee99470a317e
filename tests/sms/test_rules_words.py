"""Keywords, languages, places on a list, states of deliveries."""

import itertools

from hypothesis import given, strategies as st

from portal.core.i18n import Bilingual
from portal.sms.choices import PlaceChoice, choose, mentioned
from portal.sms.deliveries import TERMINAL, Delivery, delivery, later
from portal.sms.keywords import Keyword, fold, guess, keyword

STOPS = "stop stopall unsubscribe cancel end quit revoke optout alto parar basta baja cancelar detener salir".split()
WORDS = {
    Keyword.STOP: ("Opt out", "OPT-OUT", "s.t.o.p", "Detener", "Fin.", "TERMINAR"),
    Keyword.HELP: ("Ayuda", "hlp", "INFO", "help!"),
    Keyword.START: ("Iniciar", "inicio", "Comenzar", "ALTA", "unstop"),
    Keyword.DELETE: ("borrar", "Delete"),
    Keyword.SPANISH: ("Español", "ESPANOL", "espan\u0303ol"),
    Keyword.ENGLISH: ("Inglés", "english"),
    Keyword.SKIP: ("skip", "Saltar", "OMITIR", "No", "no, gracias"),
    None: (
        *("yes", "1", "", "🛑", "help 🔫", "help me", "Stop them selling at the corner"),
        *("alto el fuego en la esquina", "they cancel the bus here"),
    ),
}


def test_keywords_count_in_any_dress_as_whole_message():
    for word, dress in itertools.product(STOPS, ("{}", " {}. ", "¡{}!", "{}\n", "“{}”", "{}…")):
        assert keyword(dress.format(word)) is keyword(dress.format(word.upper())) is Keyword.STOP, word
    # Only as the whole message.
    assert [(text, kind) for kind, texts in WORDS.items() for text in texts if keyword(text) is not kind] == []


@given(st.text())
def test_fold_is_idempotent(text):
    assert fold(fold(text)) == fold(text)


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
        *("yo vann dwòg devan lekòl la", "yo vann dwog devan lekol la", "moun vann la", "gen moun k ap vann chak swa"),
    ),
}


def test_the_language_of_a_text() -> None:
    wrong = [(text, guess(text)) for language, texts in LANGUAGES.items() for text in texts if guess(text) != language]
    assert wrong == []


PLACES = (
    Bilingual("Maple Street", "Calle Maple"),
    Bilingual("Gun Hill Road", "Calle Gun Hill"),
    Bilingual("Oak Park", "Parque Oak"),
)
CHOSEN = {
    0: ("1", "maple street", "Mapel Street", "calle maple"),
    1: ("#2", "dos", "gun hill road"),
    2: ("3.", "number 3", "it is at Oak Park by the swings"),
    None: ("0", "Other", "otra parte"),
}


def test_a_place_is_chosen_by_number_or_name() -> None:
    for index, texts in CHOSEN.items():
        for text in texts:
            found = choose(text, PLACES)
            assert found is not None and found.index == index, text
    for text in ("4", "7", "", "Main Street and 5th", "oak", "1 and 2", "between Maple Street and Oak Park"):
        assert choose(text, PLACES) is None, text
    # Without places nothing but "other" is chosen.
    assert (choose("1", ()), choose("0", ())) == (None, PlaceChoice(None))


def test_what_says_more_or_is_not_listed() -> None:
    for bare in ("2", "Gun Hill Road", "calle gun hill", "GUN HILL ROAD.", "other", "0"):
        assert choose(bare, PLACES) in (PlaceChoice(1), PlaceChoice(None))
    for more in ("Gun Hill Road by the stairs", "Gunn Hill Road"):
        assert choose(more, PLACES) == PlaceChoice(1, says_more=True)
    # A number that is not on the list chooses nothing.
    assert choose("2", PLACES, listed=2) == PlaceChoice(1)
    assert choose("3", PLACES, listed=2) is None
    assert choose("Oak Park", PLACES, listed=2) == PlaceChoice(2)


BIRCH = (
    Bilingual("Birch Street", "Calle Birch"),
    Bilingual("Church Street", "Calle Church"),
    Bilingual("Quinta Park", "Parque La Quinta"),
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
    # Two places share the short name.
    shared = (*BIRCH, Bilingual("Birch Park", "Parque Birch"))
    assert mentioned("at birch", shared) is mentioned("at birch street", shared) is None


@given(st.lists(st.sampled_from(Delivery), min_size=1))
def test_states_never_move_back(told):
    states = list(itertools.accumulate([None, *told], later))[1:]
    ranks = [list(Delivery).index(state) for state in states]
    assert ranks == sorted(ranks)
    final = next((state for state in states if state in TERMINAL), None)
    assert final is None or states[-1] is final
    words = "Delivered", "read", "accepted", "partially_delivered"
    assert [*map(delivery, words)] == [Delivery.DELIVERED, Delivery.DELIVERED, Delivery.QUEUED, None]

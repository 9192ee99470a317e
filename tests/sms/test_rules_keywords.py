"""Keywords count only as the whole message; other wording of an opt-out is found, reports are not mistaken for it."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.sms.keywords import Keyword, fold, keyword
from portal.sms.opt_outs import OptOutReading, reads_as_opt_out

ENGLISH_STOPS = ["stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"]
STOPS = [*ENGLISH_STOPS, "alto", "parar", "basta", "baja", "cancelar", "detener", "salir"]


@pytest.mark.parametrize("word", STOPS)
@pytest.mark.parametrize("dress", ["{}", " {}. ", "¡{}!", "{}\n", "“{}”", "{}…"])
def test_every_stop_word_counts_in_any_dress(word, dress):
    assert keyword(dress.format(word)) is Keyword.STOP
    assert keyword(dress.format(word.upper())) is Keyword.STOP


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Opt out", Keyword.STOP),
        ("OPT-OUT", Keyword.STOP),
        ("s.t.o.p", Keyword.STOP),
        ("Detener", Keyword.STOP),
        ("Ayuda", Keyword.HELP),
        ("hlp", Keyword.HELP),
        ("Fin.", Keyword.STOP),
        ("TERMINAR", Keyword.STOP),
        ("INFO", Keyword.HELP),
        ("help!", Keyword.HELP),
        ("Iniciar", Keyword.START),
        ("inicio", Keyword.START),
        ("Comenzar", Keyword.START),
        ("ALTA", Keyword.START),
        ("unstop", Keyword.START),
        ("borrar", Keyword.DELETE),
        ("Delete", Keyword.DELETE),
        ("Español", Keyword.SPANISH),
        ("ESPANOL", Keyword.SPANISH),
        ("espan\u0303ol", Keyword.SPANISH),
        ("Inglés", Keyword.ENGLISH),
        ("english", Keyword.ENGLISH),
        ("skip", Keyword.SKIP),
        ("Saltar", Keyword.SKIP),
        ("OMITIR", Keyword.SKIP),
        ("No", Keyword.SKIP),
        ("no, gracias", Keyword.SKIP),
        ("yes", None),
        ("1", None),
        ("", None),
        ("🛑", None),
        ("help 🔫", None),
        ("help me", None),
        ("Stop them selling at the corner", None),
        ("alto el fuego en la esquina", None),
        ("they cancel the bus here", None),
    ],
)
def test_keyword_is_the_whole_message(text, expected):
    assert keyword(text) is expected


@pytest.mark.parametrize(
    "text",
    [
        "please stop",
        "STOP 🛑",
        "stop please!!",
        "Stop texting me",
        "please stop texting me",
        "Can you please stop sending me these messages",
        "quit sending these",
        "Don’t text me anymore",
        "do not contact me again",
        "no more texts please",
        "unsubscribe me",
        "Unsubscribe me from this list",
        "take me off your list",
        "I want to opt out",
        "opt me out",
        "I don't want any more messages",
        "cancel my subscription",
        "No me manden más mensajes",
        "por favor no me manden más mensajes",
        "ya no me escriban",
        "Dejen de mandarme mensajes",
        "deje de escribirme por favor",
        "no quiero recibir más mensajes",
        "no más mensajes",
        "quiero darme de baja",
        "denme de baja",
        "Quítenme de la lista",
        "cancelar suscripción",
        "basta por favor",
    ],
)
def test_wording_that_is_an_opt_out(text):
    assert reads_as_opt_out(text) is OptOutReading.YES


@pytest.mark.parametrize(
    "text",
    [
        "please stop texting me, they saw my phone and they are selling again",
        "the men by the store said stop sending messages to the city",
        "no me manden mensajes que mi hijo ve el teléfono y ellos venden aquí",
        "wrong number",
        "no more",
        "número equivocado",
        "not interested",
    ],
)
def test_wording_in_doubt_goes_to_a_human(text):
    assert reads_as_opt_out(text) is OptOutReading.DOUBT


@pytest.mark.parametrize(
    "text",
    [
        "Stop them selling at the corner",
        "they wont stop selling on my block",
        "they stop cars and sell all night",
        "please stop the dealing on Elm",
        "they send kids to stop cars",
        "They won't leave me alone when I walk by",
        "quit sending the police only at noon, come at night",
        "no me dejan pasar, venden en la esquina",
        "que paren de vender en la calle",
        "no me manden a la policía a la casa",
        "alguien baja de un carro y vende",
        "there is a stop sign where they sell",
        "no",
        "",
        "🙏",
    ],
)
def test_reports_are_no_opt_outs(text):
    assert reads_as_opt_out(text) is OptOutReading.NO


@given(st.text())
def test_fold_is_idempotent(text):
    assert fold(fold(text)) == fold(text)


@given(st.text(max_size=1600))
def test_every_text_has_a_reading(text):
    assert reads_as_opt_out(text) in OptOutReading


@given(st.text(alphabet="stop no me manden mas mensajes texting ", max_size=400))
def test_reading_ends_soon_on_repetitive_text(text):
    assert reads_as_opt_out(text) in OptOutReading


def test_reading_a_long_repetitive_text_ends_soon():
    begun = time.process_time()
    assert reads_as_opt_out("no me manden mas mensajes " * 60) in OptOutReading
    assert reads_as_opt_out("stop texting me more " * 75 + "x") in OptOutReading
    assert time.process_time() - begun < 5

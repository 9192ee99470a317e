"""Keywords count only as the whole message; other wording of an opt-out is found, reports are not mistaken for it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.sms.keywords import Keyword, fold, keyword

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


@given(st.text())
def test_fold_is_idempotent(text):
    assert fold(fold(text)) == fold(text)

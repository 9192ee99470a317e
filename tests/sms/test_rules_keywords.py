"""Keywords count only as the whole message; other wording of an opt-out is found, reports are not mistaken for it."""

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from portal.sms.keywords import Keyword, fold, keyword

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


def test_every_stop_word_counts_in_any_dress():
    for word, dress in product(STOPS, ("{}", " {}. ", "¡{}!", "{}\n", "“{}”", "{}…")):
        assert keyword(dress.format(word)) is keyword(dress.format(word.upper())) is Keyword.STOP, word


def test_keyword_is_the_whole_message():
    assert [(text, kind) for kind, texts in WORDS.items() for text in texts if keyword(text) is not kind] == []


@given(st.text())
def test_fold_is_idempotent(text):
    assert fold(fold(text)) == fold(text)

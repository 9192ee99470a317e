"""The measure of reading itself: syllables of words that are easily miscounted, and texts of a known kind."""

from __future__ import annotations

from xml.etree.ElementTree import fromstring

from tests.reading_grade import ease, grade, plain_text, syllables


def test_syllables() -> None:
    for language, words in (
        ("en", "people=2 receive=2 neighbors=2 community=4 the=1 safe=1 asked=1 needed=2 little=2 changes=2"),
        (
            "es",
            "policía=4 reunión=2 aviso=3 ciudad=2 usted=2 quien=1 guerra=2 muy=1 hay=1 vía=2 leer=2 iglesia=3 baúl=2",
        ),
    ):
        wanted = {word: int(number) for word, _, number in (one.partition("=") for one in words.split())}
        assert {word: syllables(word, language) for word in wanted} == wanted


def test_plain_words_are_told_from_those_of_an_office() -> None:
    assert grade("We read it. Then we tell you what we did.") < 2
    assert (
        grade("Applications submitted subsequent to the aforementioned deadline necessitate administrative review.")
        > 12
    )
    assert ease("Lo leemos. Luego le decimos qué hicimos.") > 80
    assert ease("La tramitación extemporánea de solicitudes requerirá autorización administrativa complementaria.") < 20


def test_only_sentences_count() -> None:
    page = (
        "<main><h1>How to tell us today</h1><nav><p>One two three four five</p></nav>"
        "<ul><li>Call <b>us</b> when you can</li><li>Name</li></ul></main>"
    )
    assert plain_text(fromstring(page)) == "How to tell us today. Call us when you can."

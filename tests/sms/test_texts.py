"""Fixed texts: complete, short enough at their longest, without words that give somebody away, worded as on file.

The files in snapshots/ show every text as it leaves. To accept a change of words, run with SNAPSHOTS=write and commit.
"""

import os
import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path

from portal.core.i18n import Bilingual
from portal.core.texted import Encoding, segments
from portal.core.web import Portal
from portal.following.follow_words import read_follow
from portal.sms.effects import Saying, SpokenAnswer
from portal.sms.keywords import Language, fold, keyword
from portal.sms.texts import LONGEST_SITE, MOST_SEGMENTS, compose, how_many_listed

SNAPSHOTS = Path(__file__).parent / "snapshots"
LANGUAGES: tuple[Language | None, ...] = ("en", "es", None)
LONGEST_CODE, LONGEST_URL, LONGEST_PLACE = 71, 40, 24
"""The first is eight words of eight letters."""
SIX = tuple(Bilingual("P" * LONGEST_PLACE, "L" * LONGEST_PLACE) for _ in range(6))
PLACES = (Bilingual("Maple Street", "Calle Maple"), Bilingual("Oak Park", "Parque Oak"))
CODE = "river lamp stone garden music paper window bread".split()
CODE_ES = "barco lluvia mesa campo papel musgo tren queso".split()
ONE_SEGMENT = (
    *(Saying.FORGOTTEN, Saying.WHEN, Saying.MORE, Saying.THANKS, Saying.ADDED, Saying.LANGUAGE),
    *(Saying.STOPPED, Saying.STARTED, Saying.ERASED),
)
FORBIDDEN = (
    r"drug|tip|report|snitch|deal|sell|police|gun|overdos|droga|soplo|denunci|avis|reporte|vend|polic|arma|sobredosis"
)


def where(language: Language | None, places: tuple[Bilingual, ...]) -> str:
    return compose(SpokenAnswer(Saying.WHERE, language, places))


def every(
    app: Portal, code: list[str] = CODE, places: tuple[Bilingual, ...] = PLACES
) -> Iterator[tuple[Saying, Language | None, str]]:
    app.settings.public_url = app.settings.public_url.replace("http://localhost", "https://cg.example.org")
    with app.app_context():
        for say, language in product(Saying, LANGUAGES):
            yield say, language, compose(SpokenAnswer(say, language, places), code)


def test_longest_text_has_two_segments_and_omits_no_place(app: Portal) -> None:
    app.settings.site_name, app.settings.public_url = "S" * LONGEST_SITE, f"https://{'u' * LONGEST_URL}"
    for say, language, text in every(app, ["c" * LONGEST_CODE], SIX):
        assert segments(text).segments <= MOST_SEGMENTS, (say, language, segments(text).units)
        # Whoever asks for the police in Spanish must find that very word, with its accent.
        assert segments(text).encoding is Encoding.GSM7 or (say, language) == (Saying.POLICE, "es")
        assert say is not Saying.WHERE or text.count("\n") == 7


def test_what_each_text_says_and_does_not_say(app: Portal) -> None:
    for say, language, text in every(app):
        case = say, language
        assert text.startswith("Common Ground: "), case
        # The sender asked about the police.
        assert say is Saying.POLICE or re.search(rf"\b(?:{FORBIDDEN})", fold(text)) is None, case
        assert say not in ONE_SEGMENT or language is None or segments(text).segments == 1, case
        is_urgent, is_receipt = say.endswith(("danger", "overdose", "crisis")), say.startswith("received")
        assert not is_receipt or "river lamp" in text, case
        if is_urgent or say in (Saying.RECEIVED, Saying.HELP):
            assert "911" in text.partition("river")[0], case
        if language is None and (is_receipt or say is Saying.HELP):
            assert re.search(r"[Cc]all 911", text) and re.search(r"[Ll]lame (?:ya )?al 911", text), case
        if say.endswith("crisis"):
            assert text.index("988") < text.index("911"), case
            assert language == "en" or ("marque 2" in text and "AYUDA al 988" in text), case
        if say is Saying.CALL:
            assert {"911", "988"} <= set(re.findall(r"\d+", text)), case
        offered = set(re.findall(r"\b[A-ZÑ]{2,}\b", text))
        assert [word for word in offered if keyword(word) is None and read_follow(fold(word), dict) is None] == [], case


def test_names_are_listed_without_accents_that_would_double_cost(app: Portal) -> None:
    names = ("Calle María", "Callejón del Óvalo", "Jardín de la Colonia", "Calle Fé", "El Niño", "Perú")
    plain = ["Calle Maria", "Callejon del Ovalo", "Jardin de la Colonia", "Calle Fé", "El Niño", "Peru"]
    with app.app_context():
        for language in LANGUAGES:
            text = where(language, tuple(Bilingual(name, name) for name in names))
            assert [line[2:] for line in text.splitlines()[1:-1]] == plain
            assert segments(text).encoding is Encoding.GSM7 and segments(text).segments <= 2
        app.settings.site_name = "S" * LONGEST_SITE
        for language in LANGUAGES:
            assert how_many_listed(language, [Bilingual("P" * LONGEST_PLACE, "Í" * LONGEST_PLACE)] * 6) == 6


def test_parameters_are_never_formatted_again(app: Portal) -> None:
    with app.app_context():
        assert "1 %(code)s" in where("en", (Bilingual("%(code)s", "%(code)s"),))


def test_as_many_places_are_listed_as_room_and_said(app: Portal) -> None:
    with app.app_context():
        for name in ("Álamo " * 12, "P" * 100):
            long = (Bilingual(name, name),) * 6
            text = where("es", long)
            assert segments(text).segments <= MOST_SEGMENTS and text.endswith("0 Otro lugar")
            assert 1 <= how_many_listed("es", long) < 6
        for language, places in product(LANGUAGES, ((), PLACES, SIX, long, (Bilingual("Perú " * 5, "Perú " * 5),) * 6)):
            text = where(language, places)
            assert how_many_listed(language, places) == max(text.count("\n") - 1, 0)
            if places:
                # The question for the place cannot be taken for the question for a name.
                assert "su nombre" not in text and (language != "es" or "nombre del lugar" in text)
            else:
                assert not re.search(r"\bnumber|cifra|\d", text) and segments(text).segments == 1


def test_wording_is_as_on_file(app: Portal) -> None:
    written: dict[str, str] = {}
    for code in (CODE, CODE_ES):
        for say, language, text in every(app, code):
            if (code is CODE_ES) == (language == "es"):
                count, name = segments(text), str(language or "both")
                block = f"── {say} · {count.encoding} {count.units} · {count.segments}\n{text}\n"
                written[name] = f"{written[name]}\n{block}" if name in written else block
    for name, words in written.items():
        if os.environ.get("SNAPSHOTS") == "write":
            (SNAPSHOTS / f"{name}.txt").write_text(words)
        assert words == (SNAPSHOTS / f"{name}.txt").read_text(), name

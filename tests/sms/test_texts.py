"""Fixed texts: complete, short enough at their longest, without words that give somebody away, worded as on file.

The files in snapshots/ show every text as it leaves. To accept a change of words, run with SNAPSHOTS=write and commit.
"""

import os
import re
from pathlib import Path

import pytest

from portal.core.sms.segments import Encoding, segments
from portal.following.follow_words import read_follow
from portal.sms.choices import PlaceName
from portal.sms.effects import Saying
from portal.sms.keywords import fold, keyword
from portal.sms.texts import (
    LONGEST_CODE,
    LONGEST_PLACE,
    LONGEST_SITE,
    LONGEST_URL,
    MOST_SEGMENTS,
    compose,
    how_many_listed,
)

SNAPSHOTS = Path(__file__).parent / "snapshots"
LANGUAGES = ("en", "es", None)
SIX = tuple(PlaceName("P" * LONGEST_PLACE, "L" * LONGEST_PLACE) for _ in range(6))
NOTES = ("We never ask about immigration status.", "Nunca preguntamos por su estatus migratorio.")
LONGEST = {
    "notes": NOTES,
    "site": "S" * LONGEST_SITE,
    "code": "c" * LONGEST_CODE,
    "url": "u" * LONGEST_URL,
    "places": SIX,
}
PLACES = (PlaceName("Maple Street", "Calle Maple"), PlaceName("Oak Park", "Parque Oak"))
USUAL = {"notes": NOTES, "site": "Common Ground", "url": "cg.example.org/sms", "places": PLACES}
CODES = {"en": "river lamp stone garden music paper window bread"}
CODE_ES = "barco lluvia mesa campo papel musgo tren queso"
every_text = pytest.mark.parametrize(("say", "language"), [(say, language) for say in Saying for language in LANGUAGES])
ONE_SEGMENT = {
    Saying.FORGOTTEN,
    Saying.WHEN,
    Saying.MORE,
    Saying.THANKS,
    Saying.ADDED,
    Saying.LANGUAGE,
    Saying.STOPPED,
    Saying.STARTED,
    Saying.ERASED,
}
FORBIDDEN = (
    r"drug|tip|report|snitch|deal|sell|police|gun|overdos|droga|soplo|denunci|avis|reporte|vend|polic|arma|sobredosis"
)


@every_text
def test_at_its_longest_a_text_has_two_segments(say, language):
    count = segments(compose(say, language, **LONGEST))
    assert count.segments <= MOST_SEGMENTS, f"{count.units} units"
    # Whoever asks for the police in Spanish must find that very word, with its accent.
    assert count.encoding is Encoding.GSM7 or (say, language) == (Saying.POLICE, "es")


@every_text
def test_at_its_longest_no_place_is_left_out(say, language):
    text = compose(say, language, **LONGEST)
    assert say is not Saying.WHERE or text.count("\n") == 7


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("say", sorted(ONE_SEGMENT))
def test_short_ones_take_one_segment(say, language):
    assert segments(compose(say, language, **USUAL)).segments == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_names_stand_in_the_list_without_the_accents_that_would_double_its_cost(language):
    names = ("Calle María", "Callejón del Óvalo", "Jardín de la Colonia", "Calle Fé", "El Niño", "Perú")
    text = compose(Saying.WHERE, language, site="Common Ground", places=[PlaceName(name, name) for name in names])
    plain = ["Calle Maria", "Callejon del Ovalo", "Jardin de la Colonia", "Calle Fé", "El Niño", "Peru"]
    assert [line[2:] for line in text.splitlines()[1:-1]] == plain
    assert segments(text).encoding is Encoding.GSM7 and segments(text).segments <= 2
    places = [PlaceName("P" * LONGEST_PLACE, "Í" * LONGEST_PLACE)] * 6
    assert how_many_listed(language, site="S" * LONGEST_SITE, places=places) == 6


@pytest.mark.parametrize("name", ["Álamo " * 12, "P" * 100])
def test_very_long_names_are_listed_as_far_as_there_is_room(name):
    text = compose(Saying.WHERE, "es", site="Common Ground", places=[PlaceName(name, name)] * 6)
    assert segments(text).segments <= MOST_SEGMENTS and text.endswith("0 Otro lugar")
    listed = how_many_listed("es", site="Common Ground", places=[PlaceName(name, name)] * 6)
    assert 1 <= listed < 6 and text.count("\n") - 1 == listed


@pytest.mark.parametrize("places", [SIX, PLACES, tuple(PlaceName("Perú " * 5, "Perú " * 5) for _ in range(6))])
def test_the_question_for_the_place_cannot_be_taken_for_the_question_for_a_name(places):
    text = compose(Saying.WHERE, "es", site="Common Ground", places=places)
    assert "su nombre" not in text
    assert "nombre del lugar" in text
    assert text.endswith("0 Otro lugar")


@pytest.mark.parametrize("language", LANGUAGES)
def test_as_many_are_listed_as_it_is_said(language):
    for places in ((), PLACES, SIX):
        text = compose(Saying.WHERE, language, site="Common Ground", places=places)
        assert how_many_listed(language, site="Common Ground", places=places) == max(text.count("\n") - 1, 0)


@every_text
def test_the_sender_comes_first_and_nothing_gives_anybody_away(say, language):
    text = compose(say, language, **USUAL, code="")
    assert text.startswith("Common Ground: ")
    # The sender asked about the police.
    assert say is Saying.POLICE or re.search(rf"\b(?:{FORBIDDEN})", fold(text)) is None


@every_text
def test_911_comes_before_anything_else_where_it_matters(say, language):
    if say in {Saying.RECEIVED, Saying.HELP} or say.endswith(("danger", "overdose", "crisis")):
        text = compose(say, language, **USUAL, code="river lamp")
        assert "911" in text
        assert "river" not in text or text.index("911") < text.index("river")


@pytest.mark.parametrize("say", [Saying.HELP, Saying.RECEIVED, *(say for say in Saying if say.startswith("received_"))])
def test_911_is_named_in_both_languages_when_the_language_is_unknown(say):
    text = compose(say, None, **USUAL)
    assert re.search(r"[Cc]all 911", text)
    assert re.search(r"[Ll]lame (?:ya )?al 911", text)


@pytest.mark.parametrize("say", [Saying.CRISIS, Saying.RECEIVED_CRISIS])
@pytest.mark.parametrize("language", LANGUAGES)
def test_988_comes_before_911_and_says_how_to_reach_spanish(say, language):
    text = compose(say, language, **USUAL, code="river lamp")
    assert text.index("988") < text.index("911")
    assert language == "en" or ("marque 2" in text and "AYUDA al 988" in text)


@every_text
def test_every_keyword_that_a_text_offers_is_understood(say, language):
    text = compose(say, language, **USUAL).removeprefix("Common Ground")
    offered = set(re.findall(r"\b[A-ZÑ]{2,}\b", text))
    assert [word for word in offered if keyword(word) is None and read_follow(fold(word), dict) is None] == []


@pytest.mark.parametrize("say", [say for say in Saying if say.startswith("received")])
@pytest.mark.parametrize("language", LANGUAGES)
def test_receipts_carry_the_code(say, language):
    assert "river lamp" in compose(say, language, **USUAL, code="river lamp")


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_places_no_number_is_asked_for(language):
    text = compose(Saying.WHERE, language, site="Common Ground")
    assert not re.search(r"\bnumber|cifra|\d", text)
    assert segments(text).segments == 1


def test_parameters_are_never_formatted_again():
    assert "{code}" in compose(Saying.WHERE, "en", site="X", places=[PlaceName("{code}", "{code}")], code="secret")


@pytest.mark.parametrize("language", LANGUAGES)
def test_whoever_wants_to_talk_is_told_who_can_be_called(language):
    assert {"911", "988"} <= set(re.findall(r"\d+", compose(Saying.CALL, language, **USUAL)))


@pytest.mark.parametrize("language", LANGUAGES)
def test_wording_is_as_on_file(language):
    code = CODE_ES if language == "es" else CODES["en"]
    blocks = []
    for say in Saying:
        text = compose(say, language, **USUAL, code=code)
        count = segments(text)
        blocks.append(f"── {say} · {count.encoding} {count.units} · {count.segments}\n{text}\n")
    written, file = "\n".join(blocks), SNAPSHOTS / f"{language or 'both'}.txt"
    if os.environ.get("SNAPSHOTS") == "write":
        file.parent.mkdir(exist_ok=True)
        file.write_text(written)
    assert written == file.read_text()

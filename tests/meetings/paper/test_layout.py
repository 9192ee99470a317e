"""What a flyer looks like: one sheet, nothing beyond its edges or on the code, and the same for eyes and ears."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from PIL import Image
from pypdf import PdfReader

from portal.core.i18n import speaking
from portal.core.web import Portal
from portal.meetings.paper import FLYER_SIZES, drawn
from tests.pdfs import accessible, text_of

FLYER: dict[str, Any] = {
    "eyebrow": "Common Ground · Reunión",
    "headline": "Reunión de vecinos: ¿qué sigue?",
    "day": "jueves, 3 de diciembre de 2026",
    "leaf": ("jue", "3", "diciembre"),
    "hours": "de 6:30 p.m. a 8:00 p.m.",
    "place": "Salón de Grace Chapel, 2.º piso",
    "access": "Puerta lateral, con elevador.",
    "purpose": "Decidir juntos las próximas tres semanas.",
    "needs": (("yes", "Intérprete: Sí"), ("asked", "Transporte: Ya preguntamos"), ("no", "Comida: No")),
    "called_off": "",
    "reason": "",
    "lead": "Toda la información:",
    "address": "http://localhost/es/meetings/reunion-de-vecinos-k7f2qd",
    "shown_address": "localhost/es/meetings/reunion-de-vecinos-k7f2qd",
    "texting": "O mándenos un mensaje: (336)\u00a0555-0100",
    "other_language": "This page is in English too.",
    "other_lang": "en",
}
TEXT = st.text(st.sampled_from("abcdñÁ ¿-/mW\n#$@[]*_🙂"), min_size=0, max_size=900)
LONGEST = {"headline": 120, "place": 160, "access": 1_000, "purpose": 2_000, "reason": 500, "eyebrow": 90}
"""As much as the form of a meeting and the settings take."""
MARGIN, FOOT = 15, 60
"""Millimeters at the sides, and of the part with the code."""


@pytest.fixture(autouse=True)
def spanish(app: Portal) -> Iterator[None]:
    with app.app_context(), speaking("es"):
        yield


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    texts=st.fixed_dictionaries({name: TEXT.map(lambda text: text * 3) for name in LONGEST}),
    off=st.booleans(),
    size=st.sampled_from(sorted(FLYER_SIZES)),
)
def test_whatever_is_said_stays_on_the_sheet(app: Portal, texts: dict[str, str], off: bool, size: str) -> None:
    with app.app_context(), speaking("es"):
        said = {name: texts[name][:most] for name, most in LONGEST.items()}
        stays(FLYER | said | {"called_off": "Cancelada" if off else ""}, size)


def test_the_longest_texts_stay_on_the_sheet() -> None:
    address = f"https://a-long-name.of-a-city.example.org/es/meetings/{'long-' * 15}k7f2qd"
    # When it is, and what is at hand, stay whole, whatever else is cut.
    whole = (FLYER["day"], FLYER["hours"], *(sentence for _answer, sentence in FLYER["needs"]), FLYER["other_language"])
    for letters in ("W" * 30, "i\n", "Sin fin ", "W" * 3_000, "@@@@@@@@@/]"):
        said = {name: (letters * most)[:most] for name, most in LONGEST.items()}
        flyer = FLYER | said | {"address": address, "shown_address": address[8:]}
        stays(flyer, "a4")
        text = text_of(drawn(flyer, "a4", "pdf"))
        assert [words for words in whole if words not in text] == []


def test_what_is_not_said_leaves_no_hole() -> None:
    for missing in (("access", "purpose"), ("texting", "place"), ("reason",)):
        stays(FLYER | dict.fromkeys(missing, ""), "letter")
    stays(FLYER | {"needs": ()}, "letter")


def stays(flyer: dict[str, Any], size: str) -> None:
    """One page, with white margins, and a white line between all that is said and the foot."""
    width, height = FLYER_SIZES[size]
    assert len(PdfReader(BytesIO(drawn(flyer, size, "pdf"))).pages) == 1
    picture = Image.open(BytesIO(drawn(flyer, size, "png"))).convert("L")
    right, bottom = picture.size
    dots = right / width
    under_the_band = round(18 * dots)
    for left in (0, right - round((MARGIN - 2) * dots)):
        assert is_white(picture, left, under_the_band, left + round((MARGIN - 2) * dots), bottom)
    assert is_white(picture, 0, bottom - round(5 * dots), right, bottom)
    # The line above the foot, which ends where the code is, lies in white.
    rule = next(
        y
        for y in range(bottom - 1, 0, -1)
        if all(picture.getpixel((x, y)) < 200 for x in range(right // 4, right // 2))
    )
    assert abs((height - FOOT) * dots - rule) < 3 * dots
    assert is_white(picture, 0, rule - round(1.5 * dots), right, rule - 2)
    assert is_white(picture, 0, rule + 3, right, rule + round(3 * dots))


def is_white(picture: Image.Image, left: int, top: int, right: int, bottom: int) -> bool:
    return picture.crop((left, top, right, bottom)).getextrema()[0] > 245


def test_what_is_called_off_says_so() -> None:
    off = FLYER | {"called_off": "Cancelada", "reason": "Lluvia", "needs": (), "purpose": ""}
    words = text_of(drawn(off, "a4", "pdf"))
    assert words.index("Cancelada") < words.index("Lluvia") < words.index("Reunión de vecinos")


def test_a_machine_reads_the_page_with_all_its_accents() -> None:
    for paper in ("a4", "letter"):
        content = drawn(FLYER, paper, "pdf")
        sides = PdfReader(BytesIO(content)).pages[0].mediabox[2:]
        assert [float(side) / 72 * 25.4 for side in sides] == pytest.approx(FLYER_SIZES[paper], abs=0.5)
        text = text_of(content)
        for said in (FLYER["headline"], FLYER["day"], FLYER["place"], "Comida: No", "Transporte: Ya preguntamos"):
            assert said in text


def test_it_is_heard_from_title_to_other_language() -> None:
    found = accessible(drawn(FLYER, "letter", "pdf"), "es", FLYER["headline"])
    figures = [element["/Alt"] for kind, element in found if kind == "/Figure"]
    assert len(figures) == 1
    assert FLYER["address"] in figures[0]
    # An address is in no language.
    assert [element["/Lang"] for _kind, element in found if element.get("/Lang", "zxx") != "zxx"] == ["en"]

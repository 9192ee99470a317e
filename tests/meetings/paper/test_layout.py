"""Where things stand on a flyer: nothing leaves the sheet, nothing lies on the code."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from pypdf import PdfReader

from portal.meetings.paper.drawing import CODE, FOOT, MARGIN, REGULAR, SIZES, Flyer, broken, lay_out, measured, pdf, png
from portal.meetings.paper.drawing import PaperSheet as Sheet

FLYER = Flyer(
    eyebrow="Common Ground · Reunión",
    title="Reunión de vecinos: ¿qué sigue?",
    day="jueves, 3 de diciembre de 2026",
    hours="de 6:30 p.m. a 8:00 p.m.",
    place="Salón de Grace Chapel, 2.º piso",
    access="Puerta lateral, con elevador.",
    purpose="Decidir juntos las próximas tres semanas.",
    needs=(("yes", "Intérprete: Sí"), ("asked", "Transporte: Ya preguntamos"), ("no", "Comida: No")),
    called_off="",
    reason="",
    lead="Toda la información:",
    address="http://localhost/es/meetings/reunion-de-vecinos-k7f2qd",
    shown_address="localhost/es/meetings/reunion-de-vecinos-k7f2qd",
    texting="O mándenos un mensaje: (336)\u00a0555-0100",
    other_language="This page is in English too.",
)
TEXT = st.text(st.sampled_from("abcdñÁ ¿?-/mW\n"), min_size=0, max_size=900)


LONGEST = {"title": 120, "place": 160, "access": 1_000, "purpose": 2_000, "reason": 500, "eyebrow": 90}
"""As much as the form of a meeting and the settings take."""


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    texts=st.fixed_dictionaries({name: TEXT.map(lambda text: text * 3) for name in LONGEST}),
    off=st.booleans(),
    size=st.sampled_from(sorted(SIZES)),
)
def test_whatever_is_said_stays_on_the_sheet_and_off_the_code(texts: dict[str, str], off: bool, size: str) -> None:
    said = {name: texts[name][:most] for name, most in LONGEST.items()}
    said["eyebrow"] = said["eyebrow"].replace("\n", " ")
    stays(lay_out(replace(FLYER, **said, called_off="Cancelada" if off else ""), size))


@pytest.mark.parametrize("size", sorted(SIZES))
@pytest.mark.parametrize("letters", ["Wide words everywhere ", "W" * 30, "i\n", "Sin fin "])
def test_the_longest_texts_there_can_be_stay_on_the_sheet(letters: str, size: str) -> None:
    said = {name: (letters * most)[:most] for name, most in LONGEST.items()}
    said["eyebrow"] = said["eyebrow"].replace("\n", " ")
    address = f"https://a-long-name.of-a-city.example.org/es/meetings/{'long-' * 15}k7f2qd"
    sheet = lay_out(replace(FLYER, **said, address=address, shown_address=address[8:]), size)
    stays(sheet)
    # When it is stays whole, whatever else is cut.
    assert FLYER.day in " ".join(words.text for words in sheet.words)


def stays(sheet: Sheet) -> None:
    for words in sheet.words:
        assert words.x + measured(words.text, words.font, words.size) <= sheet.width - MARGIN + 0.5
        assert words.y < sheet.height - 1
    assert sheet.bottom <= sheet.height - CODE - FOOT


@given(TEXT, st.floats(20, 200))
def test_breaking_lines_loses_no_letter(text: str, width: float) -> None:
    lines = broken(text, REGULAR, 6, width)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(measured(line, REGULAR, 6) <= width for line in lines)


def test_what_is_called_off_says_so_and_invites_to_nothing() -> None:
    off = replace(FLYER, called_off="Cancelada", reason="Lluvia", needs=(), purpose="")
    words = [words.text for words in lay_out(off, "a4").words]
    title = next(place for place, line in enumerate(words) if line.startswith("Reunión"))
    assert words.index("Cancelada") < words.index("Lluvia") < title


@pytest.mark.parametrize("paper", ["a4", "letter"])
def test_the_page_can_be_read_by_a_machine_with_all_its_accents(paper: str) -> None:
    page = PdfReader(BytesIO(pdf(FLYER, paper, "es"))).pages[0]
    width, height = SIZES[paper]
    assert (round(float(page.mediabox.width) / 72 * 25.4), round(float(page.mediabox.height) / 72 * 25.4)) == (
        round(width),
        round(height),
    )
    text = " ".join(page.extract_text().split())
    for said in (FLYER.title, FLYER.day, FLYER.place, "Comida: No", "Transporte: Ya preguntamos"):
        assert said in text


def test_the_picture_has_the_size_that_phones_show_whole_and_is_light() -> None:
    content = png(FLYER)
    picture = Image.open(BytesIO(content))
    assert picture.size == (1080, 1350)
    assert len(content) < 150_000


def test_the_same_words_make_the_same_bytes() -> None:
    first = pdf(FLYER, "a4", "es")
    pdf.cache_clear()
    assert pdf(FLYER, "a4", "es") == first

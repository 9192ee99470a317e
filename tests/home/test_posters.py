"""A poster leads to the right page, says what to do without it, and is the same for everybody who prints it."""

from __future__ import annotations

import re
from io import BytesIO
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest
import segno
from flask.testing import FlaskClient
from pypdf import PdfReader

from portal.app import create_app
from portal.config import Settings, SmsSender
from portal.core.db import db
from portal.core.web import Portal
from portal.home.poster_pages import PAPERS, dark_runs, modules, pdf, sheet
from portal.home.poster_pages import PosterSheet as Sheet
from portal.markets.places import Market
from tests.conftest import Work
from tests.make import both, make_market

LANGUAGES = pytest.mark.parametrize("lang", ["en", "es"])
PAPER = pytest.mark.parametrize("paper", list(PAPERS))
NUMBER = "+13365550100"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"sms_sender": SmsSender.CONSOLE, "sms_number": NUMBER})


@pytest.fixture(autouse=True)
def place(work: Work) -> None:
    with work() as session:
        make_market(session).name = both("Elm Street", "Peña & Ñandú ¿á?")


def text_of(content: bytes) -> str:
    return " ".join(PdfReader(BytesIO(content)).pages[0].extract_text().split())


def drawn(runs: list[tuple[float, float, float]], dot: float) -> list[list[bool]]:
    """The modules that rectangles stand for, as rows."""
    left, top = min(x for x, _y, _width in runs), min(y for _x, y, _width in runs)
    size = round((max(x + width for x, _y, width in runs) - left) / dot)
    rows = [[False] * size for _row in range(size)]
    for x, y, width in runs:
        first, row = round((x - left) / dot), round((y - top) / dot)
        for column in range(first, first + round(width / dot)):
            rows[row][column] = True
    return rows


def expected(address: str) -> list[list[bool]]:
    return [[bool(dot) for dot in row] for row in segno.make_qr(address, error="q").matrix]


@LANGUAGES
@PAPER
@pytest.mark.parametrize("path", ["", "places/elm-street/"])
def test_the_code_on_paper_is_the_address_of_the_page(client: FlaskClient, lang: str, paper: str, path: str) -> None:
    answer = client.get(f"/{lang}/{path}poster-{paper}.pdf")
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    page = PdfReader(BytesIO(answer.data)).pages[0]
    rectangles = re.findall(
        r"([\d.]+) ([\d.]+) ([\d.]+) -([\d.]+) re f", page.get_contents().get_data().decode("latin-1")
    )
    runs = [(float(x), -float(y), float(width)) for x, y, width, _height in rectangles]
    assert drawn(runs, float(rectangles[0][3])) == expected(f"http://localhost/{lang}/{path}")
    width, height = (float(side) * 25.4 / 72 for side in page.mediabox[2:])
    assert (width, height) == pytest.approx(PAPERS[paper], abs=0.1)


@LANGUAGES
@PAPER
def test_the_picture_has_the_same_code_and_words(client: FlaskClient, lang: str, paper: str) -> None:
    answer = client.get(f"/{lang}/places/elm-street/poster-{paper}.svg")
    assert answer.mimetype == "image/svg+xml"
    tree = ET.fromstring(answer.data)
    found = re.findall(r"M([\d.]+) ([\d.]+)h([\d.]+)v([\d.]+)", tree.find("{*}path").get("d"))
    runs = [(float(x), float(y), float(width)) for x, y, width, _height in found]
    assert drawn(runs, float(found[0][3])) == expected(f"http://localhost/{lang}/places/elm-street/")
    words = " ".join(line.text or "" for line in tree.iter("{http://www.w3.org/2000/svg}text"))
    paper_words = text_of(client.get(f"/{lang}/places/elm-street/poster-{paper}.pdf").data)
    assert words == paper_words
    assert not re.search(r'style=|<style|<script|xlink|href="http', answer.text)


@LANGUAGES
def test_it_says_the_place_the_address_the_number_and_911(client: FlaskClient, lang: str) -> None:
    text = text_of(client.get(f"/{lang}/places/elm-street/poster-letter.pdf").data)
    said = {
        "en": ("Elm Street", "call 911", "You do not have to say who you are", "También en español."),
        "es": ("Peña & Ñandú ¿á?", "llame al 911", "No tiene que decir quién es", "Also in English."),
    }[lang]
    for words in (*said, f"localhost/{lang}/places/elm-street/", "(336) 555-0100"):
        assert words in text
    assert not re.search(r"drug|droga|dealer|police|polic", text, re.IGNORECASE)


def test_without_a_number_it_promises_none(settings: Settings) -> None:
    app = create_app(settings.model_copy(update={"sms_sender": SmsSender.OFF}))
    text = text_of(app.test_client().get("/en/poster-a4.pdf").data)
    assert "text message" not in text
    assert "555" not in text
    db.engine.dispose()


def test_every_copy_is_the_same(client: FlaskClient, settings: Settings) -> None:
    first = client.get("/en/places/elm-street/poster-a4.pdf", headers={"Host": "evil.example", "User-Agent": "One"})
    other = create_app(settings)
    second = other.test_client().get("/en/places/elm-street/poster-a4.pdf", headers={"User-Agent": "Two"})
    assert first.data == second.data
    assert first.headers["ETag"] == second.headers["ETag"]
    assert "Set-Cookie" not in first.headers
    db.engine.dispose()


@pytest.mark.parametrize("name", ["Łódź “Plaza” – €5 🙂 北", "\u0301", "A" * 200, "W" * 60, "wide " * 40])
def test_no_name_breaks_it(app: Portal, name: str) -> None:
    market = Market(slug="x" * 60, name=both(name, name))
    with app.test_request_context("/en/"):
        for paper in PAPERS:
            poster: Sheet = sheet(market, paper)
            assert pdf(poster).startswith(b"%PDF")
            assert max(y for _x, y, _width in poster.runs) - min(y for _x, y, _width in poster.runs) > 60
            lines = sorted(poster.lines, key=lambda line: line.y)
            assert all(lower.y - upper.y >= lower.size for upper, lower in pairwise(lines))
            assert lines[0].y - lines[0].size > 0
            assert lines[-1].y < poster.height - 8
            assert all(line.size > 1.5 for line in lines)


@LANGUAGES
def test_it_is_read_aloud_from_above(app: Portal, client: FlaskClient, lang: str) -> None:
    with app.test_request_context(f"/{lang}/"):
        app.preprocess_request()
        for paper in PAPERS:
            heights = [line.y for line in sheet(None, paper).lines]
            assert heights == sorted(heights)
    text = text_of(client.get(f"/{lang}/places/elm-street/poster-letter.pdf").data)
    whole = {
        "en": "This is not 911. Nobody watches it around the clock. In danger, call 911. También en español.",
        "es": "Esto no es el 911. Nadie lo atiende las 24 horas. Si hay peligro, llame al 911. Also in English.",
    }
    assert text.endswith(whole[lang])


def test_nothing_lies_upon_another_line(app: Portal) -> None:
    with app.test_request_context("/es/"):
        for market in (None, Market(slug="y" * 60, name=both("x", "Una calle con un nombre bastante largo de veras"))):
            for paper in PAPERS:
                lines = sorted(sheet(market, paper).lines, key=lambda line: line.y)
                assert all(lower.y - upper.y >= lower.size for upper, lower in pairwise(lines))


def test_runs_are_the_dark_modules() -> None:
    dots = [[True, True, False, True], [False, False, False, False], [False, True, True, True]]
    assert list(dark_runs(dots)) == [(0, 0, 2), (3, 0, 1), (1, 2, 3)]
    assert modules("http://localhost/en/") == expected("http://localhost/en/")

"""A poster leads to the right page, says what to do without it, and is the same for everybody who prints it."""

import re
from io import BytesIO
from xml.etree import ElementTree as ET

import pytest
import segno
from flask.testing import FlaskClient
from pypdf import PdfReader

from portal.config import SmsSender
from portal.core.paper import SIZES
from portal.core.web import Portal
from tests.conftest import Work
from tests.make import both, make_market
from tests.pdfs import text_of

NUMBER = "+13365550100"


def make_place(app: Portal, work: Work) -> None:
    app.settings = app.settings.model_copy(update={"sms_sender": SmsSender.CONSOLE, "sms_number": NUMBER})
    with work() as session:
        make_market(session).name = both("Elm Street", "Peña & Ñandú ¿á?")


def runs_of(drawing: str) -> list[tuple[float, float, float, float]]:
    """The rectangles of the code in an SVG, as (x, y, length, height): its path is the one of the most parts."""
    path = max(re.findall(r' d="([^"]+)"', drawing), key=lambda path: path.count("Z"))
    runs, x, y = [], 0.0, 0.0
    for across, down, length, height in re.findall(r"[mM] (\S+) (\S+?)h (\S+) ?v (\S+) ?h", path):
        x, y = x + float(across), y + float(down)
        runs.append((x, y, float(length), float(height)))
    return runs


def drawn_code(drawing: str) -> list[list[bool]]:
    """The modules of the code in an SVG, as rows."""
    runs = runs_of(drawing)
    dot = runs[0][3]
    left, top = min(x for x, *_rest in runs), min(y for _x, y, *_rest in runs)
    size = round((max(x + length for x, _y, length, _height in runs) - left) / dot)
    rows = [[False] * size for _row in range(size)]
    for x, y, length, _height in runs:
        first, row = round((x - left) / dot), round((y - top) / dot)
        for column in range(first, first + round(length / dot)):
            rows[row][column] = True
    return rows


def expected(address: str) -> list[list[bool]]:
    return [[bool(dot) for dot in row] for row in segno.make_qr(address, error="q").matrix]


def test_a_poster_leads_to_its_page(app: Portal, client: FlaskClient, work: Work) -> None:
    make_place(app, work)
    for lang, said in (
        ("en", ("Elm Street", "call 911", "You do not have to say who you are", "También en español.")),
        ("es", ("Peña & Ñandú ¿á?", "llame al 911", "No tiene que decir quién es", "Also in English.")),
    ):
        for paper in SIZES:
            for path in ("", "places/elm-street/"):
                answer = client.get(f"/{lang}/{path}poster-{paper}.pdf")
                assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
                (sheet,) = PdfReader(BytesIO(answer.data)).pages
                sides = [float(side) * 25.4 / 72 for side in sheet.mediabox[2:]]
                assert sides == pytest.approx(SIZES[paper], abs=0.1)
                # Both files come from one template, and a drawing can be read in a test.
                drawing = client.get(f"/{lang}/{path}poster-{paper}.svg")
                assert drawing.mimetype == "image/svg+xml"
                assert drawn_code(drawing.text) == expected(f"http://localhost/{lang}/{path}")
                assert not re.search(r'style=|<style|<script|href="[^#]|url\((?!#)', drawing.text)
                text = text_of(answer.data)
                assert text == f"Common Ground {ET.fromstring(drawing.data).find('{*}desc').text}"
                assert not re.search(r"drug|droga|dealer|police|polic", text, re.IGNORECASE)
            wanted = (*said, f"localhost/{lang}/places/elm-street/", "(336) 555-0100")
            assert [words for words in wanted if words not in text] == []


def test_without_a_number_it_promises_none(client: FlaskClient) -> None:
    text = text_of(client.get("/en/poster-a4.pdf").data)
    assert "text message" not in text
    assert "555-0100" not in text

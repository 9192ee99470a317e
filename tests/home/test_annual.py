"""A year on paper: from one snapshot, the same numbers as a page and as a PDF."""

from __future__ import annotations

from io import BytesIO

import pytest
from flask.testing import FlaskClient
from PIL import Image
from pypdf import PdfReader

from portal.indicators.charts import PanelDrawing
from portal.indicators.snapshots.drafting import with_changes
from tests.conftest import Work
from tests.indicators.published import MONTHS, a_document, calls, publish
from tests.make import make_market
from tests.page import Reader
from tests.pdfs import accessible, tags

YEAR = "/{}/places/elm-street/year/{}"


@pytest.fixture
def known(work: Work) -> str:
    with work() as session:
        make_market(session, "Elm Street")
        return publish(session)


def sum_of(year: str) -> int:
    return sum(value for month, value in zip(MONTHS, calls(30, 12), strict=True) if month.startswith(year))


@pytest.mark.parametrize("lang", ["en", "es"])
def test_page_and_file_say_the_same(page: Reader, known: str, lang: str) -> None:
    read = page(YEAR.format(lang, "2025/"))
    told = PdfReader(BytesIO(page.client.get(YEAR.format(lang, "2025.pdf")).data))
    paper = " ".join(" ".join(sheet.extract_text() for sheet in told.pages).split())
    share = next(
        row for row in read.find_all("tr") if "100" not in "".join(row.itertext()) and "%" in "".join(row.itertext())
    )
    of_100 = share.findall("td")[-1].text
    for words in (str(sum_of("2025")), str(sum_of("2024")), known, "Elm", of_100):
        assert words in read.text
        assert words in paper
    title = {"en": "Elm Street in 2025", "es": "Calle Elm en 2025"}[lang]
    found = accessible(page.client.get(YEAR.format(lang, "2025.pdf")).data, lang, title)
    kinds = [kind for kind, _element in found]
    # Numbers stand under headings of columns, and the year has one heading.
    assert kinds.count("/H1") == 1
    assert kinds.count("/TH") == 3 * kinds.count("/Table") > 0


@pytest.mark.parametrize("lang", ["en", "es"])
def test_what_residents_say_stands_in_both_with_how_sure_it_is(page: Reader, work: Work, lang: str) -> None:
    with work() as session:
        make_market(session, "Elm Street")
        publish(session, with_changes(a_document()))
    said = {"en": "We can't tell yet whether that is a change", "es": "Aún no se puede saber si eso es un cambio"}[lang]
    told = PdfReader(BytesIO(page.client.get(YEAR.format(lang, "2025.pdf")).data))
    assert said in " ".join(" ".join(sheet.extract_text() for sheet in told.pages).split())
    assert said in page(YEAR.format(lang, "2025/")).text


def test_the_file_is_the_same_whenever_it_is_made(client: FlaskClient, known: str) -> None:
    first, second = (client.get(YEAR.format("es", f"2025.pdf?{number}")).data for number in range(2))
    assert first == second


def test_pictures_come_along_once_they_are_drawn(client: FlaskClient, known: str, work: Work) -> None:
    picture = BytesIO()
    Image.new("RGB", (40, 20), "white").save(picture, "PNG")
    with work() as session:
        drawn = {"digest": known, "slug": "elm-street", "measure": "drug_calls", "lang": "en"}
        session.add_all([PanelDrawing(form=form, content=picture.getvalue(), **drawn) for form in ("narrow", "paper")])
    paper = PdfReader(BytesIO(client.get(YEAR.format("en", "2025.pdf")).data))
    assert sum(len(sheet.images) for sheet in paper.pages) == 1
    found = tags(client.get(YEAR.format("en", "2025.pdf")).data)
    assert [bool(element["/Alt"]) for kind, element in found if kind == "/Figure"] == [True]


@pytest.mark.parametrize("year", ["2022", "2026", "1999"])
def test_a_year_that_is_not_whole_has_no_report(client: FlaskClient, known: str, year: str) -> None:
    assert client.get(YEAR.format("en", f"{year}/")).status_code == 404
    assert client.get(YEAR.format("en", f"{year}.pdf")).status_code == 404


def test_a_hidden_place_has_no_years(client: FlaskClient, work: Work) -> None:
    with work() as session:
        make_market(session, "Elm Street", released=False)
        publish(session)
    assert client.get(YEAR.format("en", "2025/")).status_code == 404

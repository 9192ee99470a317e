"""A year on paper: from one snapshot, with its numbers and those of the year before."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from tests.conftest import Work
from tests.indicators.published import MONTHS, calls, publish
from tests.make import make_market
from tests.page import Reader

YEAR = "/{}/places/elm-street/year/{}"


@pytest.fixture
def known(work: Work) -> str:
    with work() as session:
        make_market(session, "Elm Street")
        return publish(session)


def sum_of(year: str) -> int:
    return sum(value for month, value in zip(MONTHS, calls(30, 12), strict=True) if month.startswith(year))


@pytest.mark.parametrize("lang", ["en", "es"])
def test_a_year_has_its_sums_and_those_of_the_year_before(page: Reader, known: str, lang: str) -> None:
    read = page(YEAR.format(lang, "2025/"))
    share = next(
        row for row in read.find_all("tr") if "100" not in "".join(row.itertext()) and "%" in "".join(row.itertext())
    )
    of_100 = share.findall("td")[-1].text
    title = {"en": "Elm Street in 2025", "es": "Calle Elm en 2025"}[lang]
    for words in (str(sum_of("2025")), str(sum_of("2024")), known, title, of_100):
        assert words in read.text


def test_a_year_tells_nothing_of_another_time(page: Reader, known: str) -> None:
    text = page(YEAR.format("en", "2025/")).text
    assert "fell by about" not in text and "2026" not in text.partition("<main")[2].partition("frozen on")[0]


@pytest.mark.parametrize("year", ["2022", "2023", "2026", "1999"])
def test_a_year_that_is_not_whole_or_before_the_call_in_has_no_report(
    client: FlaskClient, known: str, year: str
) -> None:
    assert client.get(YEAR.format("en", f"{year}/")).status_code == 404
    assert f"/year/{year}/" not in client.get("/en/places/elm-street/progress/").text


def test_a_hidden_place_has_no_years(client: FlaskClient, work: Work) -> None:
    with work() as session:
        make_market(session, "Elm Street", released=False)
        publish(session)
    assert client.get(YEAR.format("en", "2025/")).status_code == 404

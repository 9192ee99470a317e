"""How it works and what other cities found: honest numbers, both languages, nulls as large as successes."""

from __future__ import annotations

from dataclasses import fields

from portal.core.i18n import Bilingual
from portal.home.figures import NO_CHANGE, RESULTS
from portal.news.library import is_address
from tests.conftest import Work
from tests.make import make_market
from tests.page import Reader


def test_how_it_works_says_what_is_not_known(page: Reader) -> None:
    for lang in ("en", "es"):
        text = page(f"/{lang}/how-it-works/").text
        assert ("in others nothing changed" if lang == "en" else "en otras no cambió nada") in text


def test_it_names_no_place_of_this_city(page: Reader, work: Work) -> None:
    with work() as session:
        make_market(session, "Elm Street")
        make_market(session, "Birch Street", released=False)
    for lang in ("en", "es"):
        for address in ("how-it-works", "other-cities"):
            text = page(f"/{lang}/{address}/").text
            assert "Elm" not in text
            assert "Birch" not in text


def test_every_result_shows_its_design_and_how_sure(page: Reader) -> None:
    for lang in ("en", "es"):
        found = page(f"/{lang}/other-cities/")
        for result in RESULTS:
            shown = (result.place, result.finding, result.numbers, result.design, result.certainty)
            assert [one[lang] for one in shown if one[lang] not in found.text] == []
            assert found.has(f"a[href={result.url}]")


def test_the_table_is_whole() -> None:
    texts = [getattr(result, field.name) for result in RESULTS for field in fields(result)]
    assert all(text.is_whole for text in texts if isinstance(text, Bilingual))
    assert all(is_address(result.url) for result in RESULTS)
    assert NO_CHANGE in [result.finding for result in RESULTS]


def test_numbers_are_those_that_were_published() -> None:
    for source, numbers in (
        ("2012", ("0.854",)),
        ("2010", ("7.3",)),
        ("Corsaro, McGarrell, 2009", ("55", "18.1")),
        ("RAND", ("28", "56", "16", "4")),
    ):
        result = next(one for one in RESULTS if source in one.source)
        for lang in ("en", "es"):
            assert [number for number in numbers if number not in result.numbers[lang]] == []

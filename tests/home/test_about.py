"""How it works and what other cities found: honest numbers, both languages, nulls as large as successes."""

from __future__ import annotations

from dataclasses import fields

import pytest

from portal.core.i18n import Bilingual
from portal.home.figures import NO_CHANGE, RESULTS
from portal.news.library import is_address
from tests.conftest import Work
from tests.make import make_market
from tests.page import Reader

LANGUAGES = pytest.mark.parametrize("lang", ["en", "es"])


@LANGUAGES
def test_how_it_works_says_what_is_not_known(page: Reader, lang: str) -> None:
    text = page(f"/{lang}/how-it-works/").text
    assert ("in others nothing changed" if lang == "en" else "en otras no cambió nada") in text


@LANGUAGES
def test_nine_steps_and_both_sides(page: Reader, lang: str) -> None:
    found = page(f"/{lang}/how-it-works/")
    assert len(list(found.find_all("ol.timeline li"))) == 9
    assert [number for number in ("15", "24", "4") if number not in found.text] == []
    assert [name for name in ("High Point", "Nashville", "Peoria", "Seattle") if name not in found.text] == []
    assert found.has(f"a[href=/{lang}/other-cities/]")
    assert found.has(f"a[href=/{lang}/guides/]")


@LANGUAGES
def test_it_names_no_place_of_this_city(page: Reader, work: Work, lang: str) -> None:
    with work() as session:
        make_market(session, "Elm Street")
        make_market(session, "Birch Street", released=False)
    for address in ("how-it-works", "other-cities"):
        text = page(f"/{lang}/{address}/").text
        assert "Elm" not in text
        assert "Birch" not in text


@LANGUAGES
def test_every_result_stands_there_with_its_design_and_how_sure_it_is(page: Reader, lang: str) -> None:
    found = page(f"/{lang}/other-cities/")
    for result in RESULTS:
        shown = (result.place, result.finding, result.numbers, result.design, result.certainty)
        assert [one[lang] for one in shown if one[lang] not in found.text] == []
        assert found.has(f"a[href={result.url}]")


def test_nothing_found_is_as_large_as_something_found(page: Reader) -> None:
    cards = list(page("/en/other-cities/").find_all("article.card"))
    shapes = {tuple((one.tag, one.get("class")) for one in card.iter()) for card in cards}
    assert len(cards) == len(RESULTS)
    assert len(shapes) == 1


def test_the_table_is_whole() -> None:
    texts = [getattr(result, field.name) for result in RESULTS for field in fields(result)]
    assert all(text.is_whole for text in texts if isinstance(text, Bilingual))
    assert all(is_address(result.url) for result in RESULTS)
    assert NO_CHANGE in [result.finding for result in RESULTS]


@pytest.mark.parametrize(
    ("source", "numbers"),
    [
        ("2012", ("0.854",)),
        ("2010", ("7.3",)),
        ("Corsaro, McGarrell, 2009", ("55", "18.1")),
        ("RAND", ("28", "56", "16", "4")),
    ],
)
def test_numbers_are_those_that_were_published(source: str, numbers: tuple[str, ...]) -> None:
    result = next(one for one in RESULTS if source in one.source)
    for lang in ("en", "es"):
        assert [number for number in numbers if number not in result.numbers[lang]] == []

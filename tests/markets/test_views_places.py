"""Places as a resident sees them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from portal.markets.status import STATUSES
from tests.conftest import Work
from tests.make import both, make_decision, make_market, make_meeting, make_post
from tests.page import Reader

LANGUAGES = pytest.mark.parametrize("lang", ["en", "es"])


@LANGUAGES
@pytest.mark.parametrize("status", STATUSES)
def test_every_status_is_said_with_its_dates(page: Reader, work: Work, lang: str, status: str) -> None:
    with work() as session:
        market = make_market(session, status=None)
        decision = make_decision(status, date(2025, 3, 3))
        decision.review_on = date(date.today().year + 1, 12, 3)
        market.decisions.append(decision)
        market.released_at = datetime(2024, 1, 1, tzinfo=UTC)
    year = date.today().year + 1
    dates = ("March ", f"December 3, {year}") if lang == "en" else ("marzo ", f"3 de diciembre de {year}")
    for path in (f"/{lang}/places/", f"/{lang}/places/elm-street/", f"/{lang}/"):
        found = page(path)
        assert all(words in found.text for words in dates)
        assert found.has(".badge")


@LANGUAGES
def test_a_place_tells_who_decided_on_what_and_what_happens_there(page: Reader, work: Work, lang: str) -> None:
    with work() as session:
        market = make_market(session)
        market.about = both("Come on **Thursdays**.", "Venga los **jueves**.")
        make_meeting(session, market_id=market.id, title=both("Here", "Aquí"))
        make_meeting(session, title=both("Somewhere", "En otra parte"))
        make_post(session, market_id=market.id, title=both("Local", "Local"))
        make_post(session, title=both("Global", "Global"))
    found = page(f"/{lang}/places/elm-street/")
    said = {
        "en": ("The neighborhood council", "Two quiet months.", "Here", "Local"),
        "es": ("El consejo de vecinos", "Dos meses tranquilos.", "Aquí", "Local"),
    }
    assert [words for words in said[lang] if words not in found.text] == []
    assert not any(words in found.text for words in ("Somewhere", "En otra parte", "Global"))
    assert "".join(found.find("section strong").itertext()) == ("Thursdays" if lang == "en" else "jueves")


@LANGUAGES
def test_earlier_decisions_stay_to_be_read(page: Reader, work: Work, lang: str) -> None:
    with work() as session:
        market = make_market(session)
        market.decisions.append(make_decision("message_delivered", date(2026, 1, 9)))
    steps = list(page(f"/{lang}/places/elm-street/").find_all("ol.timeline li"))
    assert [step.get("class") for step in steps] == ["now", "done"]


@LANGUAGES
def test_a_place_without_a_decision_and_a_list_without_places(page: Reader, work: Work, lang: str) -> None:
    assert ("No place is shown yet." if lang == "en" else "Todavía no se muestra") in page(f"/{lang}/places/").text
    with work() as session:
        make_market(session, status=None)
    page(f"/{lang}/places/elm-street/")
    assert ("Not reviewed yet" if lang == "en" else "Todavía sin revisar") in page(f"/{lang}/?").text


@LANGUAGES
def test_many_places_come_in_pages_and_the_front_page_leads_to_them(page: Reader, work: Work, lang: str) -> None:
    with work() as session:
        for number in range(30):
            make_market(session, f"Street {number:02}")
    first = page(f"/{lang}/places/")
    assert len(list(first.find_all("ol.standings li"))) == 12
    second = first.follow("Next" if lang == "en" else "Siguiente")
    assert second.path == f"/{lang}/places/page/2/"
    assert len(list(page(f"/{lang}/places/page/3/").find_all("ol.standings li"))) == 6
    assert page.client.get(f"/{lang}/places/page/4/").status_code == 404
    front = page(f"/{lang}/")
    assert len(list(front.find_all("ol.standings li"))) == 12
    assert front.has(f"a[href=/{lang}/places/]")


def test_no_day_before_the_release_is_shown(page: Reader, work: Work) -> None:
    with work() as session:
        market = make_market(session, status=None)
        market.released_at = datetime(2026, 5, 4, 15, tzinfo=UTC)
        for status, month in (("message_delivered", 1), ("holding", 3), ("slipping", 6)):
            market.decisions.append(make_decision(status, date(2026, month, 9)))
    text = page("/en/places/elm-street/").text
    assert "Started again in June" in text
    assert "May 4, 2026" in text
    assert not any(words in text for words in ("January 9, 2026", "March 9", "since March", "The community spoke"))


def test_a_review_that_is_due_is_not_promised_any_more(page: Reader, work: Work) -> None:
    with work() as session:
        market = make_market(session, status=None)
        decision = make_decision("holding", date(2026, 1, 9))
        decision.review_on = date(2026, 2, 3)
        market.decisions.append(decision)
    text = page("/en/places/elm-street/").text
    assert "its review was due on February 3" in text
    assert "next review" not in text

"""Places as a resident sees them."""

from datetime import UTC, date, datetime

from portal.markets.status import Status
from tests.conftest import Work
from tests.make import both, make_decision, make_market, make_meeting, make_post
from tests.page import Reader


def test_every_status_is_said_with_its_dates(page: Reader, work: Work) -> None:
    year = date.today().year + 1
    with work() as session:
        for number, status in enumerate(Status, 1):
            market = make_market(session, f"Street {status}", status=None)
            decision = make_decision(status, date(2025, 3, 3))
            decision.review_on = date(year, 12, number)
            market.decisions.append(decision)
            market.released_at = datetime(2024, 1, 1, tzinfo=UTC)
    listed = page("/es/places/").text + page("/es/").text
    for number, status in enumerate(Status, 1):
        found = page(f"/es/places/street-{status.replace('_', '-')}/")
        dates = ("marzo", f"{number} de diciembre de {year}")
        assert [words for words in dates if words not in found.text or words not in listed] == [], status
        assert found.has(".badge")


def test_a_place_tells_who_decided_on_what(page: Reader, work: Work) -> None:
    with work() as session:
        market = make_market(session)
        market.about = both("Come on **Thursdays**.", "Venga los **jueves**.")
        make_meeting(session, market_id=market.id, title=both("Here", "Aquí"))
        make_meeting(session, title=both("Somewhere", "En otra parte"))
        make_post(session, market_id=market.id, title=both("Local", "Local"))
        make_post(session, title=both("Global", "Global"))
    found = page("/es/places/elm-street/")
    said = ("El consejo de vecinos", "Dos meses tranquilos.", "Aquí", "Local")
    assert [words for words in said if words not in found.text] == []
    assert not any(words in found.text for words in ("Somewhere", "En otra parte", "Global"))
    assert "jueves" in ["".join(strong.itertext()) for strong in found.find_all("section strong")]


def test_a_place_without_a_decision(page: Reader, work: Work) -> None:
    assert "Todavía no se muestra" in page("/es/places/").text
    with work() as session:
        make_market(session, status=None)
    page("/es/places/elm-street/")
    assert "Todavía sin revisar" in page("/es/?").text


def test_no_day_before_the_release_is_shown(page: Reader, work: Work) -> None:
    with work() as session:
        market = make_market(session, status=None)
        market.released_at = datetime(2026, 5, 4, 15, tzinfo=UTC)
        for status, month in (("message_delivered", 1), ("holding", 3), ("slipping", 6)):
            decision = make_decision(status, date(2026, month, 9))
            decision.review_on = date(2026, month + 1, 3)
            market.decisions.append(decision)
    text = page("/en/places/elm-street/").text
    assert "Started again in June" in text
    assert "May 4, 2026" in text
    assert "Its review was due on July 3" in text and "next review" not in text
    assert not any(words in text for words in ("January 9, 2026", "March 9", "since March", "The community spoke"))

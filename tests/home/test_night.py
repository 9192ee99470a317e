"""The night of a call-in, and why a place was chosen: from which minute on, and what is not said before the release."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from portal.core.clock import now
from portal.core.page_cache import renew_cache_version
from portal.markets.places import CallIn
from tests.conftest import Work
from tests.make import both, make_call_in, make_market
from tests.page import Reader

MINUTE = timedelta(minutes=1)


def look_again(client: FlaskClient) -> None:
    client.application.page_cache._looked_at = 0.0


def answer(client: FlaskClient, url: str) -> tuple[int, list[tuple[str, str]], bytes]:
    found = client.get(url)
    return found.status_code, found.headers.to_wsgi_list(), found.data


def test_it_goes_live_at_the_minute_of_its_end_and_names_no_place(page: Reader, work: Work) -> None:
    lang = "en"
    never = answer(page.client, "/en/tonight/")
    assert never[0] == 404
    with work() as session:
        market = make_market(session, "Canary Street", released=False)
        make_call_in(session, market, now() + MINUTE)
    assert answer(page.client, "/en/tonight/") == never
    assert not page("/en/").has("a[href=/en/tonight/]")
    with work() as session:
        session.query(CallIn).one().ended_at = now()
        renew_cache_version()
    look_again(page.client)
    found = page("/en/tonight/")
    said = {
        "en": ("You matter.", "Rosa helps with work.", "Greet each other.", "988", "Naloxone", "911"),
        "es": ("Usted vale.", "Rosa ayuda con trabajo.", "Salúdense.", "988", "naloxona", "911"),
    }
    assert [words for words in said[lang] if words not in found.text] == []
    assert not any(word in found.response.text.lower() for word in ("canar", "/places/c"))
    assert page("/en/").has("a[href=/en/tonight/]")
    for path in ("places/canary-street/call-in/", "places/canary-street/why-here/", "places/canary-street/"):
        assert page.client.get(f"/en/{path}").status_code == 404


def test_from_its_release_on_the_place_is_named(page: Reader, work: Work) -> None:
    with work() as session:
        make_call_in(session, make_market(session))
    for lang in ("en", "es"):
        for path in ("tonight/", "places/elm-street/call-in/"):
            found = page(f"/{lang}/{path}")
            assert "Elm" in found.text
            assert found.has(f"a[href=/{lang}/places/elm-street/]")


@pytest.mark.parametrize("keys", [0, 1])
def test_one_person_alone_shows_nothing(client: FlaskClient, work: Work, keys: int) -> None:
    with work() as session:
        make_call_in(session, make_market(session, released=False), keys=keys)
    assert client.get("/en/tonight/").status_code == 404


def test_place_named_by_mistake_stays_hidden_until_release(page: Reader, work: Work) -> None:
    with work() as session:
        market = make_market(session, released=False)
        market.own_name = both("The Wedge", "La cuña")
        call_in = make_call_in(session, market)
        call_in.message = both("We met.\n\nOn ELM STREET it ends.", "Nos reunimos.\n\nEn la cuña se acaba.")
        call_in.services = both("Ask at the wedge.", "Pregunte.")
    english, spanish = page("/en/tonight/"), page("/es/tonight/")
    assert "We met." in english.text
    assert "Nos reunimos." in spanish.text
    assert not any(word in (english.text + spanish.text).lower() for word in ("elm", "wedge", "cuña"))
    assert "Help that is offered" not in english.text


def test_it_is_new_for_two_weeks_and_newest_counts(page: Reader, work: Work) -> None:
    with work() as session:
        make_call_in(session, make_market(session, "Old Street"), now() - timedelta(days=14, minutes=1))
    assert page.client.get("/en/tonight/").status_code == 404
    page("/en/places/old-street/call-in/")
    with work() as session:
        make_call_in(session, make_market(session, "Mid Street"), now() - timedelta(days=13))
        make_call_in(session, make_market(session, "New Street"), now() - timedelta(days=1))
        renew_cache_version()
    look_again(page.client)
    text = page("/en/tonight/").text
    assert "New Street" in text
    assert "Mid Street" not in text


def test_why_here_waits_for_end_of_call_in(page: Reader, work: Work) -> None:
    lang = "en"
    never = answer(page.client, "/en/places/oak-street/why-here/")
    with work() as session:
        market = make_market(session, "Oak Street")
        market.why_here = both("Neighbors **asked** for it.", "Los vecinos lo **pidieron**.")
        make_call_in(session, market, now() + MINUTE)
        make_market(session, "Elm Street")
    assert answer(page.client, "/en/places/oak-street/why-here/") == never
    assert "why-here" not in page("/en/places/oak-street/").response.text
    assert "call-in" not in page("/en/places/oak-street/").response.text
    with work() as session:
        session.query(CallIn).one().ended_at = now()
        renew_cache_version()
    look_again(page.client)
    assert ("Neighbors asked" if lang == "en" else "vecinos lo pidieron") in page("/en/places/oak-street/").follow(
        "Why here" if lang == "en" else "Por qué aquí"
    ).text
    assert page.client.get("/en/places/elm-street/why-here/").status_code == 404

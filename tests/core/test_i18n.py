"""Which language a page is in, and how each writes dates."""

import re
from datetime import UTC, date, datetime

import pytest
from flask import g
from flask_babel import gettext

from portal.core.i18n import LANGUAGES, clock, day, language, language_here, moment, speaking


def test_the_first_address_asks_the_browser(client):
    for accepted, lang in (
        ("es", "es"),
        ("es-MX,es;q=0.9,en;q=0.8", "es"),
        ("en-US,en;q=0.9,es;q=0.8", "en"),
        ("fr,de;q=0.5", "en"),
        ("fr,es;q=0.2,en;q=0.1", "es"),
        ("", "en"),
        (";;;,q=x", "en"),
    ):
        answer = client.get("/", headers={"Accept-Language": accepted})
        assert (answer.status_code, answer.location) == (302, f"/{lang}/")
        assert "Accept-Language" in answer.headers["Vary"]
        assert "Set-Cookie" not in answer.headers


def test_every_page_leads_to_itself_in_the_other_language(page):
    found = page("/es/", headers={"Accept-Language": "en"})
    assert (found.response.headers["Content-Language"], found.tree.get("lang")) == ("es", "es")
    there = page("/en/places/").follow("Español")
    assert there.path == "/es/places/"
    assert there.follow("English").path == "/en/places/"
    # Missing pages speak the language of their address.
    assert page("/es/no-hay", 404).tree.get("lang") == "es"
    assert page("/no-language", 404).tree.get("lang") == "en"
    page("/fr/", 404)


def test_dates_and_languages_are_written_as_people_here_do(app):
    saturday, evening = date(2026, 7, 4), datetime(2026, 7, 4, 22, 30, 30, tzinfo=UTC)
    for lang, of_day, of_clock, of_moment, names in (
        ("en", "Saturday, July 4, 2026", "6:30 PM", "Jul 4, 2026, 6:30 PM", ["English", "Spanish"]),
        ("es", "sábado, 4 de julio de 2026", "6:30 p.m.", "4 jul 2026, 6:30 p.m.", ["inglés", "español"]),
    ):
        with app.app_context(), speaking(lang):
            times = [re.sub(r"\s", " ", said) for said in (day(saturday), clock(evening), moment(evening))]
            assert times == [of_day, of_clock, of_moment]
            assert [language_here(code) for code in LANGUAGES] == names


def test_speaking_to_somebody_else_changes_nothing_outside(app):
    with app.test_request_context("/es/"):
        g.lang = "es"
        with speaking("en"):
            assert (language(), gettext("Leave this page")) == ("en", "Leave this page")
            with speaking("es"):
                assert gettext("Leave this page") == "Salir de esta página"
            assert language() == "en"
        assert language() == "es"
    with app.app_context():
        with pytest.raises(ZeroDivisionError), speaking("es"):
            raise ZeroDivisionError
        assert language() == "en"

"""The front door."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from portal.app import create_app
from portal.config import Environment, Settings, SmsSender
from portal.core.clock import now, today
from portal.core.db import db
from portal.core.numbers import telephone
from tests.conftest import Work
from tests.make import both, make_commitment, make_market, make_meeting, make_office, make_post
from tests.page import Reader


@pytest.mark.parametrize(
    ("asked", "lang"), [("es-MX,es;q=0.9", "es"), ("fr, en;q=0.5", "en"), ("de", "en"), ("", "en")]
)
def test_the_bare_address_follows_the_browsers_language(client: FlaskClient, asked: str, lang: str) -> None:
    answer = client.get("/", headers={"Accept-Language": asked})
    assert answer.location == f"/{lang}/"
    assert "Accept-Language" in answer.headers["Vary"]
    assert "Set-Cookie" not in answer.headers


def test_it_shows_places_the_next_meeting_and_three_posts(page: Reader, work: Work) -> None:
    with work() as session:
        make_market(session)
        make_meeting(session, title=both("Next one", "La próxima"))
        make_meeting(session, title=both("Later one", "La de después"), starts_at=now() + timedelta(days=30))
        for number in range(4):
            title, published_at = both(f"Post {number}", f"Nota {number}"), now() - timedelta(hours=number)
            make_post(session, title=title, published_at=published_at)
    text = page("/es/").text
    shown, left_out = (("Calle Elm", "Tranquilo desde", "La próxima", "Nota 0", "Nota 2"), ("La de después", "Nota 3"))
    assert [words for words in shown if words not in text] == []
    assert [words for words in left_out if words in text] == []


@pytest.mark.parametrize(("lang", "said"), [("en", "3 promises, 2 of them late"), ("es", "3 compromisos, 2 atrasados")])
def test_each_place_leads_to_its_promises(page: Reader, work: Work, lang: str, said: str) -> None:
    with work() as session:
        elm, none, fir = (make_market(session, f"{name} Street") for name in ("Elm", "Oak", "Fir"))
        office = make_office(session)
        for days in (-3, -2, 5):
            make_commitment(session, office, today() + timedelta(days=days), market_id=elm.id)
        make_commitment(session, office, market_id=elm.id, published=False)
        make_commitment(session, office)
        make_commitment(session, office, today() - timedelta(days=1), market_id=fir.id)
        slugs = elm.slug, none.slug
    front = page(f"/{lang}/")
    assert said in front.text
    assert {"en": "1 promise: late, not kept yet", "es": "1 compromiso: atrasado, aún no se cumple"}[lang] in front.text
    assert f"/{lang}/promises/places/{slugs[0]}" in front.response.text
    assert f"/{lang}/promises/places/{slugs[1]}" not in front.response.text


def test_what_is_cancelled_before_the_next_is_shown(page: Reader, work: Work) -> None:
    with work() as session:
        reason = both("Ill.", "Enferma.")
        soon = now() + timedelta(days=1)
        make_meeting(session, title=both("Off", "No"), starts_at=soon, state="cancelled", change_reason=reason)
        make_meeting(session, title=both("On", "Sí"))
        make_meeting(session, title=both("Later", "Luego"), starts_at=now() + timedelta(days=90))
    text = page("/en/").text
    # What takes place comes first; what was called off is told beside it.
    assert text.index("On") < text.index("Off") < text.index("Canceled")
    assert "Later" not in text


def test_many_cancellations_do_not_bury_the_next_meeting(page: Reader, work: Work) -> None:
    with work() as session:
        reason = both("Ill.", "Enferma.")
        for day in range(1, 7):
            starts = now() + timedelta(days=day)
            title = both(f"Off {day}", f"No {day}")
            make_meeting(session, title=title, starts_at=starts, state="cancelled", change_reason=reason)
        make_meeting(session, title=both("Takes place", "Se hace"), starts_at=now() + timedelta(days=60))
    text = page("/en/").text
    assert text.index("Takes place") < text.index("Off 1")
    assert "Off 4" not in text


def test_one_can_report_and_come_back(page: Reader) -> None:
    front = page("/es/")
    assert front.has("a[href=/es/report/]")
    assert front.has("a[href=/es/report/follow]")
    assert not any((link.get("href") or "").startswith("sms:") for link in front.find_all("a"))


def test_where_texts_are_taken_the_number_is_there(settings: Settings) -> None:
    texting = settings.model_copy(update={"sms_sender": SmsSender.CONSOLE, "sms_number": "+13365550100"})
    front = Reader(create_app(texting).test_client())("/en/")
    assert front.has("a[href=sms:+13365550100]")
    assert "(336) 555-0100" in front.text
    db.engine.dispose()


@pytest.mark.parametrize(
    ("number", "written"), [("+13365550100", "(336) 555-0100"), ("555-0100", "555-0100"), ("nonsense", "nonsense")]
)
def test_numbers_are_written_for_people(number: str, written: str) -> None:
    assert telephone(number) == written


def test_who_can_see_tells_the_truth_for_each_way(page: Reader) -> None:
    text = page("/es/who-can-see/").text
    said = (
        "la dirección de internet (IP) de su teléfono",
        "Un juez",
        "Nunca preguntamos por su estatus migratorio.",
        "pastor",
    )
    assert [words for words in said if words not in text] == []
    assert "anonym" not in text
    assert "anónim" not in text


def test_the_note_on_immigration_is_the_operators_own(settings: Settings) -> None:
    app = create_app(settings.model_copy(update={"immigration_note_es": "Aquí rige la ordenanza 12."}))
    assert "Aquí rige la ordenanza 12." in Reader(app.test_client())("/es/who-can-see/").text
    db.engine.dispose()


def test_robots_and_health(client: FlaskClient) -> None:
    assert client.get("/robots.txt").text.startswith("User-agent: *")
    healthy = client.get("/health")
    assert (healthy.status_code, healthy.text) == (200, "ok\n")


def test_health_does_not_say_why_the_database_is_gone(client: FlaskClient, portal_dir: Path) -> None:
    db.engine.dispose()
    (portal_dir / "portal.db").write_bytes(b"not a database " * 99)
    sick = client.get("/health")
    assert (sick.status_code, sick.text) == (503, "unavailable\n")


@pytest.mark.parametrize("environment", list(Environment))
def test_the_style_guide_is_for_development(settings: Settings, environment: Environment) -> None:
    changes = {"environment": environment, "public_url": "https://portal.test"}
    app = create_app(settings.model_copy(update=changes))
    assert ("styleguide" in app.blueprints) == (environment is Environment.DEVELOPMENT)
    db.engine.dispose()

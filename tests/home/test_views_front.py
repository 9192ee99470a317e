"""The front door."""

from __future__ import annotations

from datetime import timedelta

from portal.app import create_app
from portal.config import Environment, Settings, SmsSender
from portal.core.clock import now
from portal.core.db import db
from portal.core.numbers import telephone
from tests.conftest import Work
from tests.make import both, make_market, make_meeting, make_post
from tests.page import Reader


def test_it_shows_places_the_next_meeting_and_three_posts(page: Reader, work: Work) -> None:
    with work() as session:
        make_market(session)
        make_meeting(session, title=both("Next one", "La próxima"))
        make_meeting(session, title=both("Later one", "La de después"), starts_at=now() + timedelta(days=30))
        for number in range(4):
            title, published_at = both(f"Post {number}", f"Nota {number}"), now() - timedelta(hours=number)
            make_post(session, title=title, published_at=published_at)
    for lang in ("en", "es"):
        text = page(f"/{lang}/").text
        shown, left_out = {
            "en": (("Elm Street", "Calm since", "Next one", "Post 0", "Post 2", "911"), ("Later one", "Post 3")),
            "es": (("Calle Elm", "Tranquilo desde", "La próxima", "Nota 0", "Nota 2"), ("La de después", "Nota 3")),
        }[lang]
        assert [words for words in shown if words not in text] == []
        assert [words for words in left_out if words in text] == []


def test_what_is_cancelled_before_next_meeting_is_shown_too(page: Reader, work: Work) -> None:
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


def test_where_texts_are_taken_the_number_is_there(settings: Settings) -> None:
    texting = settings.model_copy(update={"sms_sender": SmsSender.CONSOLE, "sms_number": "+13365550100"})
    app = create_app(texting)
    front = Reader(app.test_client())("/en/")
    assert front.has("a[href=sms:+13365550100]")
    assert "(336) 555-0100" in front.text
    db.engine.dispose()


def test_numbers_are_written_for_people() -> None:
    assert [
        (number, written)
        for number, written in (("+13365550100", "(336) 555-0100"), ("555-0100", "555-0100"), ("nonsense", "nonsense"))
        if telephone(number) != written
    ] == []


def test_who_can_see_tells_the_truth_for_each_way(page: Reader) -> None:
    for lang in ("en", "es"):
        text = page(f"/{lang}/who-can-see/").text
        said = {
            "en": (
                "don’t keep your IP address",
                "A court could ask",
                "We never ask about immigration status.",
                "pastor",
            ),
            "es": (
                "la dirección de internet (IP) de su teléfono",
                "Un juez",
                "Nunca preguntamos por su estatus migratorio.",
                "pastor",
            ),
        }
        assert [words for words in said[lang] if words not in text] == []
        assert "anonym" not in text
        assert "anónim" not in text


def test_the_note_on_immigration_is_the_operators_own(settings: Settings) -> None:
    app = create_app(settings.model_copy(update={"immigration_note_es": "Aquí rige la ordenanza 12."}))
    assert "Aquí rige la ordenanza 12." in Reader(app.test_client())("/es/who-can-see/").text
    db.engine.dispose()


def test_the_style_guide_is_for_development(settings: Settings) -> None:
    for environment in list(Environment):
        changes = {"environment": environment, "public_url": "https://portal.test"}
        app = create_app(settings.model_copy(update=changes))
        assert ("styleguide" in app.blueprints) == (environment is Environment.DEVELOPMENT)
        db.engine.dispose()

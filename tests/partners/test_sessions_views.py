"""The pages of sessions, walked through as those do who prepare one, and as somebody of the public."""

from datetime import timedelta
from typing import Any

import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core import clock
from portal.partners.circles import Circle
from portal.partners.reconciliation.sessions import SealedEnvelope, Theme
from tests.conftest import Work
from tests.make import make_circle, make_commitment, make_member, make_office, sign_in
from tests.page import SAME_ORIGIN, Reader, reader_of
from tests.partners.sessions import make_circle_session, make_public_session

DAY = timedelta(days=1)
PAIRS = ("venue", "community", "agencies", "languages", "report", "report_by")


class City(dict[str, Any]):
    """A circle of reconciliation with an elder and police, and a promise that somebody made."""

    def __init__(self, session: Session) -> None:
        lead = make_member(session, ["facilitator"], language="es")
        elder = make_member(session, [], language="es")
        police = make_member(session, ["police_liaison"], language="es")
        circle = make_circle(session, lead, elder, police, kind="reconciliation", with_police=True)
        make_commitment(session, make_office(session))
        super().__init__(lead=lead, elder=elder, police=police, circle=circle.id, today=clock.today())


def filled(city) -> dict[str, str]:
    typed = {f"{name}_{lang}": f"Zona {name}" for name in PAIRS for lang in ("en", "es")}
    days = {"community_on": 5, "agencies_on": 6, "held_on": 10, "report_on": 20}
    return typed | {name: (city["today"] + ahead * DAY).isoformat() for name, ahead in days.items()} | {"hour": "6:30"}


def test_a_session_is_planned_from_what_it_begins_with(page: Reader, city) -> None:
    sign_in(page.client, city["lead"])
    for component in ("harm", "listening", "facts", "change"):
        shown = page(f"/es/circles/{city['circle']}/sessions/new/{component}").form().submit(**filled(city))
        assert "La sesión está planeada." in shown.text and "10 minutos" in shown.text


def test_a_plan_with_a_gap_keeps_what_was_typed(page: Reader, city) -> None:
    sign_in(page.client, city["lead"])
    form = page(f"/es/circles/{city['circle']}/sessions/new/listening").form()
    for name, typed, said in (
        ("length", "60", "suman 90 minutos"),
        ("agenda_es", "Hola\n90 Hablar", "Cada renglón empieza con sus minutos"),
        ("agenda_es", "45 Hola\n45 Hablar", "los mismos minutos"),
        ("recorder_en", "Sam", "en los dos idiomas"),
        ("community_on", "2030-01-01", "Cada lado se reúne aparte"),
        ("purpose_es", "", "en los dos idiomas"),
    ):
        shown = form.submit(422, **{**filled(city), name: typed})
        assert said in shown.text
        assert shown.form().values["venue_es"] == "Zona venue"


def session_today(work: Work, city) -> int:
    with work() as session:
        circle = session.get_one(Circle, city["circle"])
        return make_circle_session(session, circle, city["lead"], days=0).id


def at(city, circle_session: int, rest: str = "", lang: str = "es") -> str:
    return f"/{lang}/circles/{city['circle']}/sessions/{circle_session}/{rest}"


def test_from_suggestions_to_a_shared_theme(app, page: Reader, city, work: Work) -> None:
    circle_session = session_today(work, city)
    sign_in(page.client, city["lead"])
    ask = page(at(city, circle_session, "ask")).form("")
    words = {"title_en": "Talk", "title_es": "Hablar", "about_en": "Calls", "about_es": "Llamadas"}
    assert "Abierta a propuestas" in ask.submit(**words, closes_on=city["today"].isoformat()).text
    listed = Reader(app.test_client())("/es/listening/").follow("Hablar")
    assert "Esto no es el 911" in listed.text
    empty = listed.form().submit(422, suggestion=" ")
    thanks = empty.form().submit(suggestion="Nadie devolvió mi llamada.")
    assert "30 días" in thanks.text
    assert "Set-Cookie" not in thanks.response.headers
    table = page(at(city, circle_session, "suggestions"), quotes=("Nadie devolvió",))
    assert "Nadie devolvió mi llamada." in table.text
    theme = {"title_en": "Calls", "title_es": "Llamadas", "body_en": "None back.", "body_es": "Nadie llama."}
    table = table.follow("Escribir un tema").form().submit(**theme)
    with work() as session:
        (row,), (made,) = session.scalars(select(SealedEnvelope)).all(), session.scalars(select(Theme)).all()
    table = table.form().submit(press="sort", suggestion=[str(row.id)], theme=str(made.id))
    assert "Tema: Llamadas" in table.text
    assert page(at(city, circle_session)).text.count("Espera a la comunidad") == 1

    elder, police = (reader_of(app, city[who]) for who in ("elder", "police"))
    assert elder(at(city, circle_session)).form("approve").submit().text.count("Aprobado por la comunidad") == 1
    assert "Nadie llama." not in police(at(city, circle_session)).text
    page(at(city, circle_session)).form("share").submit()
    assert "Nadie llama." in police(at(city, circle_session)).text
    table = page(at(city, circle_session, "suggestions"))
    assert "para siempre" in table.form().submit(press="erase", suggestion=[str(row.id)], sure="y").text
    assert "Nadie ha propuesto" in page(at(city, circle_session, "suggestions")).text


def test_a_closed_question_is_one_that_never_was(page: Reader, work: Work) -> None:
    with work() as session:
        make_public_session(session)
    question = 'main a[href="/es/listening/what-to-say"]'
    page("/es/listening/what-to-say")
    assert page("/es/").has(question)
    with time_machine.travel(clock.now() + 2 * DAY):
        closed, never = (page(f"/es/listening/{slug}", 404).response for slug in ("what-to-say", "what-to-eat"))
        assert (closed.data, dict(closed.headers)) == (never.data, dict(never.headers))
        assert page.client.post("/en/listening/what-to-say", headers=SAME_ORIGIN).status_code == 404
        assert not page("/es/").has(question)


def test_a_suggestion_that_names_needs_a_second_press(page: Reader, work: Work) -> None:
    with work() as session:
        make_public_session(session)
    typed = "Me llamo Rosa Pérez, 919-555-0101. Hablen de las llamadas."
    turned = page("/es/listening/what-to-say").form().in_other_language(quotes=(typed,), suggestion=typed)
    asked = turned.form().in_other_language(quotes=(typed,)).form().submit(422, quotes=(typed,))
    assert asked.path == "/es/listening/what-to-say"
    assert "un número de teléfono" in asked.text and "el nombre de alguien" in asked.text
    assert asked.form().values["suggestion"] == typed
    with work() as session:
        assert not session.scalars(select(SealedEnvelope)).all()
    asked.form().submit(sure="y")
    with work() as session:
        assert len(session.scalars(select(SealedEnvelope)).all()) == 1


def test_pages_for_one_person_only_are_walked_through(page: Reader, city, work: Work) -> None:
    circle_session = session_today(work, city)
    sign_in(page.client, city["lead"])
    notes = page(at(city, circle_session, "notes"))
    assert notes.form().submit(422, note="Solo para mí.").has("#days-error")
    notes = notes.form().submit(note="Solo para mí.", days="7")
    assert "Solo para mí." in notes.text
    assert "Solo para mí." not in notes.form("delete").submit(sure="y").text
    heads = page(at(city, circle_session, "heads")).form().submit(residents="31", police="2")
    assert "31" in heads.text
    assert "ya se contó" in heads.form("reported").submit().text
    rules = page(at(city, circle_session, "rules")).form().submit(rules_en="Listen.", rules_es="Escuchar.")
    assert "Versión 2" in rules.text
    assert "7:00" in page(at(city, circle_session, "plan")).form().submit(hour="7:00").text


def test_the_community_answers_and_promises_are_entered(app, page: Reader, city: City, work: Work) -> None:
    circle_session = session_today(work, city)
    sign_in(page.client, city["lead"])
    form = page(at(city, circle_session, "acknowledgements/new")).form()
    said = {"harm_en": "Stops", "harm_es": "Retenes", "words_en": "To Rosa Gomez.", "words_es": "A Rosa Gómez."}
    office = next(option.get("value") for option in form.element.iter("option"))
    given = said | {"spoken_on": city["today"].isoformat(), "office": office}
    # A name is asked about once.
    asked = form.submit(422, press="publish", quotes=("To Rosa Gomez.",), **given)
    assert "Rosa Gómez" in " ".join(asked.find("#may_be_public-error").itertext())
    assert "Retenes" not in page("/es/acknowledgements/").text
    asked.form().submit(press="publish", may_be_public="y", quotes=("To Rosa Gomez.",))
    elder = reader_of(app, city["elder"])
    before = elder(at(city, circle_session), quotes=("To Rosa Gomez.",))
    assert "Escucha Céfiro" not in before.text
    agreed = before.form("accept").submit(agree="y", quotes=("To Rosa Gomez.",))
    assert "Escucha Céfiro" in agreed.text
    answer = {"answer_en": "Heard.", "answer_es": "Lo oímos.", "by_en": "Us", "by_es": "Nosotros"}
    answering = agreed.follow("Responder por la comunidad", quotes=("To Rosa Gomez.",))
    answering.form().submit(quotes=("To Rosa Gomez.",), **answer)
    assert "Lo oímos." in page("/es/acknowledgements/?2").follow("Retenes").text
    due = (city["today"] + 30 * DAY).isoformat()
    words = {"what_en": "Lamp", "what_es": "Farola", "office": office, "due_on": due}
    made = page(at(city, circle_session, "promise")).form().submit(**words)
    assert made.wide.values["what_es"] == "Farola" and made.wide.values["made_on"] == city["today"].isoformat()

"""A resident on a phone, in Spanish, without JavaScript: from the front page to her answer."""

import time

from sqlalchemy import select

from portal.core.page_cache import LOOK_SECONDS
from portal.reports.reports import Thread
from portal.reports.threads import answer, mark_read
from tests.conftest import Work
from tests.journeys.browsing import code_words, follow, heading, photo, press
from tests.journeys.conftest import Hire, Visit, new_place

WORDS = "Venden junto a la parada del autobús, y nadie se atreve a pasar."
MORE = "Ahora también por la mañana."


def test_she_reports_without_javascript_and_reads_the_answer(visit: Visit, work: Work, hire: Hire) -> None:
    with work() as session:
        market_id = new_place(session, "Cedar Street").id
    time.sleep(LOOK_SECONDS)
    her = visit("/", script=False, locale="es-US")
    page = her.page
    assert page.url.endswith("/es/")

    follow(page, "Calle Cedar")
    page.get_by_role("main").get_by_role("link", name="Avisar sin dar mi nombre").first.click()
    assert page.get_by_label("¿Qué lugar?").input_value() == "cedar-street"

    page.get_by_label("¿Qué está pasando?").fill(WORDS)
    page.get_by_text("Más: voz, fotos, por otra persona").click()
    page.get_by_label("¿Cuándo?").fill("Casi todas las noches")
    page.get_by_text("Leer más").click()
    press(page, "English")
    assert page.get_by_label("What is happening?").input_value() == WORDS
    press(page, "Español")
    press(page, "Enviar")
    assert "Elija una opción" in page.get_by_role("alert").inner_text()
    assert page.get_by_label("¿Qué está pasando?").input_value() == WORDS
    assert page.get_by_label("¿Cuándo?").input_value() == "Casi todas las noches"

    page.get_by_label("Venden drogas a la vista de todos").check()
    page.get_by_label("Fotos").set_input_files([photo("IMG_0001.jpg"), photo("IMG_0002.jpg", b"no picture")])
    press(page, "Enviar")
    assert heading(page) == "Gracias. Ya lo tenemos."
    said = page.get_by_role("main").inner_text()
    assert "Tenemos su foto. No pudimos guardar la foto 2." in said
    assert "IMG_0002" not in said
    code = code_words(page)
    assert len(code) == 8

    page.get_by_label("Sus palabras clave").fill(" ".join(code).upper())
    press(page, "Revisar mis palabras")
    assert heading(page) == "Sus palabras están bien"

    volunteer = hire("triage")
    with work() as session:
        thread = session.scalars(select(Thread).where(Thread.market_id == market_id)).one()
        assert thread.code_confirmed
        mark_read(thread, volunteer.id)
        answer(thread, "Gracias. Vamos a pasar el jueves.", volunteer.id)

    follow(page, "A la página principal")
    follow(page, "Lea nuestra respuesta con sus palabras clave")
    page.get_by_label("Sus palabras clave").fill(", ".join(code[:7]))
    press(page, "Abrir")
    assert "menos de ocho palabras" in page.get_by_role("alert").inner_text()
    page.get_by_label("Sus palabras clave").fill("\n".join(code))
    press(page, "Abrir")
    assert "Vamos a pasar el jueves." in page.get_by_role("main").inner_text()

    page.get_by_label("Escríbanos").fill(MORE)
    press(page, "Enviar")
    talk = [text.strip() for text in page.locator(".talk .said").all_text_contents()]
    sent = [f"{WORDS}\n\nCuándo: Casi todas las noches", "Una foto"]
    assert talk == [*sent, "Gracias. Vamos a pasar el jueves.", MORE]

    her.expect_no_cookie()
    her.expect_nowhere(*code, "Venden", "parada")


def test_without_javascript_reloading_an_error_sends_the_words(visit: Visit) -> None:
    her = visit("/es/report/", script=False)
    page = her.page
    assert "cárguela otra vez y no regrese" in page.get_by_role("main").inner_text()
    page.get_by_label("¿Qué está pasando?").fill(WORDS)
    page.get_by_label("Venden drogas a la vista de todos").check()
    her.context.set_offline(True)
    press(page, "Enviar")
    page.wait_for_url("chrome-error://**")
    her.context.set_offline(False)
    page.reload()
    assert heading(page) == "Gracias. Ya lo tenemos."
    assert len(code_words(page)) == 8

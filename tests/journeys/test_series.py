"""An organizer with a phone, in Spanish, without JavaScript: a series, one date moved, one skipped."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import requests
import vobject
from playwright.sync_api import Page

from portal.meetings.week import holiday_on
from tests.conftest import Work
from tests.journeys.browsing import PHONE, follow, heading, press, unfold
from tests.journeys.conftest import Hire, Visit
from tests.journeys.town import Town
from tests.make import both, make_meeting
from tests.patience import HANGS

TITLE = both("Quilting by the window", "Costura junto a la ventana")
REASON = {"en": "The floor is being waxed.", "es": "Están encerando el piso."}
NEW_YORK = ZoneInfo("America/New_York")
BOTH = ("en", "es")


def quiet_tuesday() -> date:
    """A Tuesday months after every other meeting of the town, with no holiday on a date that is used."""
    ahead = (date.today() + timedelta(days=days) for days in range(120, 400))
    return next(
        day
        for day in ahead
        if day.weekday() == 1
        and not any(holiday_on(day + timedelta(days=later)) for later in (0, 14, 16, 28, 42, 56, 70))
    )


def say_why(page: Page) -> None:
    unfold(page)
    for lang in BOTH:
        page.locator(f"#reason_{lang}").fill(REASON[lang])


def fits(page: Page) -> bool:
    """Whether nothing leaves the window, told by the picture: without JavaScript a page cannot be asked."""
    shot = page.screenshot(full_page=True)
    width = int.from_bytes(shot[16:20], "big")
    return width == PHONE["width"]


def test_a_series_is_made_one_date_moves_and_one_is_skipped(visit: Visit, hire: Hire, town: Town, work: Work) -> None:
    member, first = hire("organizer", language="es"), quiet_tuesday()
    with work() as session:
        meeting = make_meeting(
            session, member, starts_at=datetime.combine(first, time(18, 30), NEW_YORK), title=TITLE, slug="quilting"
        )
    page = visit(f"/es/team/meetings/{meeting.id}", member=member, script=False).page
    follow(page, "Repetir esta reunión")
    assert fits(page)
    page.get_by_label("Un martes sí y otro no").check()
    page.get_by_label("Después de cierto número de reuniones").check()
    page.get_by_label("Cuántas reuniones").fill("6")
    press(page, "Ver las fechas")
    assert page.locator("[name=hold]").count() == 5
    assert fits(page)
    page.locator("[name=hold]").nth(4).uncheck()
    press(page, "Crear estas fechas")
    page.get_by_text("Las fechas están creadas.").wait_for()
    rows = page.locator("ul.rows a")
    assert rows.count() == 5
    assert fits(page)
    press(page, "Publicar todas las fechas")
    page.get_by_text("Se publicó en los dos idiomas.").wait_for()

    rows.nth(1).click()
    moved = first + timedelta(weeks=2, days=2)
    page.get_by_label("Día", exact=True).fill(moved.isoformat())
    say_why(page)
    press(page, "Guardar los cambios")
    page.get_by_text("La página y los calendarios están al día.").wait_for()

    page.goto(f"/es/team/meetings/{meeting.id}")
    follow(page, "Todas las fechas de la serie")
    assert page.get_by_text("Distinta de la serie").count() == 1
    rows.nth(2).click()
    follow(page, "Cancelar esta reunión")
    say_why(page)
    press(page, "Cancelar la reunión")
    page.get_by_text("La reunión está cancelada.").first.wait_for()

    reader = visit("/es/meetings/quilting", script=False).page
    follow(reader, "Un martes sí y otro no")
    assert heading(reader) == TITLE.es
    dates = reader.locator("ul.rows li").all_inner_texts()
    assert len(dates) == 5
    assert REASON["es"] in dates[1]
    assert "Hubo un cambio" in dates[1]
    assert "Cancelada" in dates[2]
    assert fits(reader)
    calendar = reader.get_by_role("link", name="Archivo de calendario").get_attribute("href") or ""
    events = vobject.readOne(requests.get(town.url + calendar, timeout=HANGS).text, validate=True).vevent_list
    assert [event.dtstart.value.date() for event in events] == [
        first,
        moved,
        *(first + timedelta(weeks=weeks) for weeks in (4, 6, 8)),
    ]
    assert [event.status.value for event in events].count("CANCELLED") == 1
    other = visit(re.sub("/es/", "/en/", reader.url.removeprefix(town.url)), script=False).page
    assert REASON["en"] in other.get_by_role("main").inner_text()

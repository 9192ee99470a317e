"""An organizer with a phone, in Spanish: what she publishes stands on the public pages at once, in both languages."""

import re
import time
from datetime import date, timedelta
from html import unescape

import requests
from icalendar import Calendar
from playwright.sync_api import Page

from portal.core.page_cache import LOOK_SECONDS
from tests.conftest import Work
from tests.journeys.browsing import follow, heading, press, turn_to, unfold
from tests.journeys.conftest import Hire, Visit
from tests.journeys.town import Town, free_day
from tests.patience import HANGS

MEETING = {"en": "Supper under the oak", "es": "Cena bajo el roble"}
REASON = {"en": "A storm is coming.", "es": "Viene una tormenta."}
TEXTS = {"purpose": "Plan", "place": "Park", "access": "Gate", "host": "Ana", "report_back_by": "Eva"}
BOTH = ("en", "es")
NEXT = re.compile(r'<a[^>]* rel="next" href="([^"]+)"')


def read(town: Town, path: str) -> str:
    """The page as everybody gets it, whichever process of the server answers.

    One that keeps pages ready may not know of a new edition yet, but must within a second.
    """
    time.sleep(LOOK_SECONDS)
    answers = [requests.get(town.url + path, timeout=HANGS) for _ in range(6)]
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    return answers[0].text


def meetings(town: Town, lang: str) -> str:
    """All pages of the list of meetings."""
    pages = [read(town, f"/{lang}/meetings/")]
    while on := NEXT.search(pages[-1]):
        pages.append(read(town, unescape(on[1])))
    return "".join(pages)


def fill_meeting(page: Page, day: date) -> None:
    unfold(page)
    for lang in BOTH:
        page.locator(f"#title_{lang}").fill(MEETING[lang])
        for name, text in TEXTS.items():
            page.locator(f"#{name}_{lang}").fill(f"{text} {lang}")
    page.get_by_label("Día", exact=True).fill(day.isoformat())
    page.get_by_label("Empieza a las").fill("18:30")
    page.get_by_label("Termina a las").fill("20:00")
    for need in ("mode", "interpreter", "childcare", "food", "ride"):
        page.locator(f"[name={need}]").first.check()
    page.get_by_label("A más tardar qué día").fill((day + timedelta(days=11)).isoformat())


def events(town: Town) -> dict[str, str]:
    calendar = Calendar.from_ical(read(town, "/es/meetings.ics"))
    return {str(event["SUMMARY"]): str(event.get("STATUS")) for event in calendar.walk("VEVENT")}


def test_a_meeting_is_published_and_called_off(visit: Visit, hire: Hire, town: Town, work: Work) -> None:
    for lang in BOTH:
        assert MEETING[lang] not in read(town, f"/{lang}/") + meetings(town, lang)
    page = visit("/es/team/meetings/", member=hire("organizer", language="es")).page
    follow(page, "Planear una reunión")
    page.locator("#title_es").fill(MEETING["es"])
    press(page, "Publicar")
    page.get_by_role("alert").filter(has_text="Revise esto").wait_for()
    assert page.locator("#title_es").input_value() == MEETING["es"]
    assert MEETING["es"] not in meetings(town, "es")

    fill_meeting(page, free_day(work, 9))
    press(page, "Publicar")
    page.get_by_text("Se publicó en los dos idiomas.").wait_for()
    for lang in BOTH:
        assert MEETING[lang] in meetings(town, lang)
    assert events(town)[MEETING["es"]] == "CONFIRMED"

    reader = visit("/en/meetings/", script=False).page
    turn_to(reader, MEETING["en"])
    follow(reader, MEETING["en"])
    assert "Gate en" in reader.get_by_role("main").inner_text()

    turn_to(page, MEETING["es"])
    follow(page, MEETING["es"])
    follow(page, "Cancelar esta reunión")
    unfold(page)
    for lang in BOTH:
        page.locator(f"#reason_{lang}").fill(REASON[lang])
    press(page, "Cancelar la reunión")
    page.get_by_text("La reunión está cancelada.").first.wait_for()
    assert [status for title, status in events(town).items() if MEETING["es"] in title] == ["CANCELLED"]
    reader.reload()
    assert REASON["en"] in reader.get_by_role("main").inner_text()
    follow(reader, "Español")
    assert heading(reader) == MEETING["es"]
    assert REASON["es"] in reader.get_by_role("main").inner_text()

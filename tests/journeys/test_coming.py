"""A family comes to a meeting: answers without an account, finds it full, comes once there are seats, stays away."""

import pytest
from playwright.sync_api import Page, ViewportSize, expect
from sqlalchemy import select

from portal.meetings.rsvp.rsvp import MeetingSeats, Rsvp
from tests.conftest import Work
from tests.journeys.browsing import DESKTOP, PHONE, follow, heading, press
from tests.journeys.conftest import Hire, Visit
from tests.make import make_meeting

SAID = {
    "coming": "Voy a ir",
    "full": "Todos los cupos están ocupados.",
    "more": "Somos más, o necesito algo",
    "save": "Guardar los cambios",
    "people": "¿Cuántas personas, contando a los niños?",
    "ages": "Edades de los niños que necesitan cuidado",
    "send": "Enviar mi respuesta",
    "counted": "Contamos con usted",
    "away": "No voy a ir",
    "stays": "Usted no viene",
    "code": "Su código",
    "open": "Abrir",
    "mine": "Cambiar o cancelar mi respuesta",
}


def answer(page: Page, slug: str, people: int) -> tuple[str, str]:
    """From the meeting's page to the private link and the code."""
    said = SAID
    page.goto(f"/es/meetings/{slug}")
    expect(page.get_by_role("button", name=said["coming"], exact=True)).to_be_visible()
    follow(page, said["more"])
    page.get_by_label(said["people"]).fill(str(people))
    press(page, said["send"])
    expect(page.locator("#my-code")).to_be_visible()
    return page.locator("#my-link a").get_attribute("href") or "", page.locator("#my-code").inner_text()


@pytest.mark.parametrize(("size", "script"), [(PHONE, False), (DESKTOP, True)], ids=["phone", "desktop"])
def test_a_family_comes(visit: Visit, work: Work, hire: Hire, size: ViewportSize, script: bool) -> None:
    said, author = SAID, hire("organizer")
    with work() as session:
        meeting = make_meeting(session, author)
        session.add(MeetingSeats(meeting_id=meeting.id, capacity=6, close_hours=0))
    one, other = (visit("/es/", script=script, size=size) for _ in range(2))

    one.page.goto(f"/es/meetings/{meeting.slug}")
    press(one.page, said["coming"])
    expect(one.page.locator("#my-code")).to_be_visible()
    assert heading(one.page) == said["counted"]
    one.page.get_by_label(said["people"]).fill("4")
    one.page.get_by_label(said["ages"]).fill("cinco")
    press(one.page, said["save"])
    expect(one.page.get_by_role("alert").first).to_be_visible()
    assert one.page.get_by_label(said["people"]).input_value() == "4"
    one.page.get_by_label(said["ages"]).fill("5")
    press(one.page, said["save"])
    expect(one.page.get_by_role("status")).to_be_visible()
    expect(one.page.locator("#my-code")).to_be_visible()
    link = one.page.locator("#my-link a").get_attribute("href") or ""

    other.page.goto(f"/es/meetings/{meeting.slug}/answer/")
    other.page.get_by_label(said["people"]).fill("3")
    press(other.page, said["send"])
    expect(other.page.get_by_role("alert").first).to_be_visible()
    assert other.page.get_by_label(said["people"]).input_value() == "3"

    one.page.goto(link)
    press(one.page, said["away"])
    expect(one.page.get_by_role("heading", level=1)).to_have_text(said["stays"])

    _other_link, code = answer(other.page, meeting.slug or "", 3)
    assert heading(other.page) == said["counted"]
    other.page.goto(f"/es/meetings/{meeting.slug}")
    follow(other.page, said["mine"])
    other.page.get_by_label(said["code"]).fill(code.upper())
    press(other.page, said["open"])
    expect(other.page.get_by_role("heading", level=1)).to_have_text(said["counted"])
    with work() as session:
        own = select(Rsvp.state).where(Rsvp.meeting_id == meeting.id)
        assert sorted(session.scalars(own)) == ["cancelled", "coming"]
    for window in (one, other):
        window.expect_no_cookie()

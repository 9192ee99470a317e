"""From a suggestion of the public to an acknowledgement that everybody reads, to a promise that was kept and one that
was broken: on phones, without JavaScript."""

from __future__ import annotations

from datetime import date, timedelta

from playwright.sync_api import Page, expect
from sqlalchemy import select, update

from portal.core.clock import today
from portal.partners.circle_rules import CircleRole
from portal.partners.circles import Circle
from portal.partners.reconciliation.sessions import ReconciliationSession, SealedEnvelope
from tests.conftest import Work
from tests.journeys.browsing import follow, heading, press
from tests.journeys.conftest import Hire, Visit
from tests.make import make_circle, make_office, sit_in

SUGGESTED = "Nadie nos devuelve la llamada."
DAYS = {"community_on": 3, "agencies_on": 4, "held_on": 8, "report_on": 20}
PAIRS = ("venue", "community", "agencies", "languages", "report", "report_by")


def test_from_a_suggestion_to_an_acknowledgement(visit: Visit, hire: Hire, work: Work) -> None:
    people = hire("facilitator", name="Sim Hazel"), hire(language="es", name="Alma Hazel"), hire("police_liaison")
    facilitator, elder, liaison = people
    with work() as session:
        circle = make_circle(session, facilitator, elder, name="Hazel circle", kind="reconciliation", with_police=True)
        sit_in(session, circle, liaison, CircleRole.MEMBER)
        office = make_office(session, name="Hazel office").id
        there, first = f"/en/circles/{circle.id}/", today()
    lead = visit(there, member=facilitator, script=False).page
    follow(lead, "Sessions")
    follow(lead, "Acknowledgement of harm")
    for name in PAIRS:
        for lang in ("en", "es"):
            lead.locator(f"#{name}_{lang}").fill(f"Hazel {name}")
    for name, ahead in DAYS.items():
        lead.locator(f"#{name}").fill((first + timedelta(days=ahead)).isoformat())
    lead.locator("#hour").fill("6:30 PM")
    press(lead, "Save")
    assert heading(lead) == "Acknowledgement of harm"
    session_page = lead.url
    follow(lead, "Ask the public")
    for name, said in {"title_en": "Hazel talk", "title_es": "Charla Avellano"}.items():
        lead.locator(f"#{name}").fill(said)
    for lang in ("en", "es"):
        lead.locator(f"#about_{lang}").fill("Hazel.")
    press(lead, "Publish in both languages")

    resident = visit("/es/listening/", script=False)
    follow(resident.page, "Charla Avellano")
    resident.page.locator("#suggestion").fill(SUGGESTED)
    press(resident.page, "Enviar")
    assert heading(resident.page) == "Gracias"
    resident.expect_no_cookie()
    resident.expect_nowhere("llamada")

    lead.goto(session_page)
    follow(lead, "What the public suggests")
    expect(lead.get_by_text(SUGGESTED)).to_be_visible()
    follow(lead, "Write a theme")
    theme = {"title_en": "Calls", "title_es": "Llamadas", "body_en": "No one calls.", "body_es": "Nadie llama."}
    for name, said in theme.items():
        lead.locator(f"#{name}").fill(said)
    press(lead, "Save")
    lead.locator("[name=suggestion]").check()
    lead.locator("#theme").select_option(label="Calls")
    press(lead, "Sort them")
    expect(lead.get_by_text("Theme: Calls")).to_be_visible()

    police = visit(session_page, member=liaison, script=False).page
    assert police.get_by_text("No one calls.").count() == 0
    police.goto(f"{session_page}suggestions")
    assert heading(police) == "There is no page here"

    hers = visit(session_page.replace("/en/", "/es/"), member=elder, script=False).page
    assert hers.get_by_text("Se dice el reconocimiento").count() == 0
    hers.get_by_label("Acepto estas reglas").check()
    press(hers, "Mostrarme el orden del día")
    expect(hers.get_by_text("Se dice el reconocimiento")).to_be_visible()
    press(hers, "Aprobarlo por la comunidad")
    lead.goto(session_page)
    press(lead, "Share it with both sides")
    police.goto(session_page)
    expect(police.get_by_text("No one calls.")).to_be_visible()

    # The day comes.
    with work() as session:
        days = {"community_on": first - timedelta(days=3), "agencies_on": first - timedelta(days=2), "held_on": first}
        session.execute(
            update(ReconciliationSession).where(ReconciliationSession.circle_id == circle.id).values(**days)
        )
    lead.goto(session_page)
    follow(lead, "Write down an acknowledgement")
    lead.locator("#office").select_option(str(office))
    lead.locator("#spoken_on").fill(first.isoformat())
    spoken = {
        "harm_en": "Hazel stops",
        "harm_es": "Retenes del avellano",
        "words_en": "We did.",
        "words_es": "Lo hicimos.",
    }
    for name, text in spoken.items():
        lead.locator(f"#{name}").fill(text)
    press(lead, "Publish")

    resident.page.goto("/es/acknowledgements/")
    follow(resident.page, "Retenes del avellano")
    expect(resident.page.get_by_text("Lo hicimos.")).to_be_visible()
    expect(resident.page.get_by_text("Todavía no hay respuesta.")).to_be_visible()
    hers.goto(session_page.replace("/en/", "/es/"))
    follow(hers, "Responder por la comunidad")
    for name, text in {"answer_en": "Heard.", "answer_es": "Lo oímos.", "by_en": "Us", "by_es": "Nosotros"}.items():
        hers.locator(f"#{name}").fill(text)
    press(hers, "Publicar en los dos idiomas")
    resident.page.reload()
    assert heading(resident.page) == "Retenes del avellano"
    expect(resident.page.get_by_text("Lo oímos.")).to_be_visible()
    assert resident.page.evaluate("document.scrollingElement.scrollWidth") == 360

    # Two promises were made there, and the other side says what became of them.
    held, broken = (promise(lead, session_page, office, first, name) for name in ("lamp", "line"))
    theirs = visit("/es/account/", member=hire("faith_partner", language="es"), script=False).page
    say(theirs, held, "El compromiso se cumplió", "Ya alumbra.")
    say(theirs, broken, "El compromiso no se cumplió", "Sonó en vano.")
    police.goto(held)
    assert police.get_by_text("You are the other side").count() == 0
    resident.page.goto("/es/promises/")
    for name, word, why in (("lamp", "Cumplido", "Ya alumbra."), ("line", "Incumplido", "Sonó en vano.")):
        follow(resident.page, f"Se prometió: Avellano {name}")
        expect(resident.page.locator("main .badge").first).to_have_text(word)
        expect(resident.page.get_by_text(why)).to_be_visible()
        expect(resident.page.get_by_text("Reconocimiento del daño", exact=False).first).to_be_visible()
        resident.page.goto("/es/promises/")
    assert "Avellano lamp" in resident.page.request.get("/es/promises/all.csv").text()
    resident.expect_no_cookie()
    with work() as session:
        assert session.get(Circle, circle.id)
        kept = session.scalars(
            select(SealedEnvelope).join(ReconciliationSession).where(ReconciliationSession.circle_id == circle.id)
        ).all()
        assert [row.week_on.weekday() for row in kept if row.week_on] == [0]


def promise(page: Page, session_page: str, office: int, first: date, name: str) -> str:
    """Enter a promise that was made at the session, publish it, and return the team's page of it."""
    page.goto(session_page)
    follow(page, "Enter a promise")
    page.locator("#what_en").fill(f"Hazel {name}")
    page.locator("#what_es").fill(f"Avellano {name}")
    page.locator("#office").select_option(str(office))
    page.locator("#due_on").fill((first + timedelta(days=30)).isoformat())
    press(page, "Put it into the list")
    press(page, "Publish")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Promised: Hazel {name}")
    return page.url


def say(page: Page, address: str, verdict: str, why: str) -> None:
    """Say as the other side what became of it."""
    page.goto(address.replace("/en/", "/es/"))
    follow(page, "Decir si se cumplió")
    page.get_by_label(verdict).check()
    for lang in ("en", "es"):
        page.locator(f"#text_{lang}").fill(why)
    press(page, "Publicar")

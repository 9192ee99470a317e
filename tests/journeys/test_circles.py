"""A circle from its founding to the day on which somebody leaves it, on phones without JavaScript, in two languages."""

from __future__ import annotations

from playwright.sync_api import Page, expect
from sqlalchemy import select

from portal.accounts.users import desk_private_keys
from portal.partners.circles import Circle, Note, open_text
from tests.conftest import Work
from tests.journeys.browsing import code_words, follow, heading, press
from tests.journeys.conftest import Hire, Visit
from tests.make import private_key_of

NAMES = {"name_en": "Juniper circle", "name_es": "Círculo del Enebro", "purpose_en": "Voices.", "purpose_es": "Voces."}
FIRST, SECOND, THIRD = "Who brings the bread?", "Yo llevo el pan.", "Now it is the rest of us."


def make_phrase(page: Page) -> None:
    """Write the 24 words down, and show that two of them are on the paper."""
    press(page, "Show me the words")
    words = code_words(page)
    assert len(words) == 24
    press(page, "I have written them down")
    for name in ("first", "second"):
        number = int(page.locator(f"label[for={name}]").inner_text().split()[-1])
        page.locator(f"#{name}").fill(words[number - 1])
    press(page, "Check my words")


def test_founded_joined_written_in_left_and_locked_anew(visit: Visit, hire: Hire, work: Work) -> None:
    ruth, alma = hire("faith_partner", name="Ruth Juniper"), hire(language="es", name="Alma Juniper")
    lead = visit("/en/circles/", member=ruth, script=False).page
    follow(lead, "Found a circle")
    for name, words in NAMES.items():
        lead.locator(f"#{name}").fill(words)
    press(lead, "Found it")
    make_phrase(lead)
    assert heading(lead) == "Juniper circle"

    elder = visit("/es/account/", member=alma, script=False).page
    assert elder.get_by_role("link", name="Círculos").count() == 0
    here = lead.url
    follow(lead, "People: invite, change, remove")
    lead.locator("#email").fill(alma.email)
    lead.locator("#name").fill("Alma")
    press(lead, "Invite")
    expect(lead.get_by_text("They are invited.")).to_be_visible()

    elder.goto(here.replace("/en/", "/es/"))
    assert heading(elder) == "Aquí no hay ninguna página"
    elder.goto("/es/account/")
    follow(elder, "Círculos")
    follow(elder, "Círculo del Enebro")
    press(elder, "Entrar al círculo")
    elder.get_by_label("Lo prometo").check()
    press(elder, "Entrar al círculo")
    expect(elder.get_by_text("Usted aún no puede abrir lo que se escribe aquí")).to_be_visible()

    lead.goto(here)
    press(lead, "Let Alma Juniper in")
    follow(lead, "Notebook")
    follow(lead, "Write a topic")
    lead.locator("#title").fill("Bread")
    lead.locator("#body").fill(FIRST)
    press(lead, "Write it down")
    topic = lead.url

    elder.goto(topic.replace("/en/", "/es/"))
    expect(elder.get_by_text(FIRST)).to_be_visible()
    elder.locator("#body").fill(SECOND)
    press(elder, "Anotarlo")
    elder.goto(here.replace("/en/", "/es/"))
    follow(elder, "Salir del círculo")
    press(elder, "Salir del círculo")
    elder.goto(topic.replace("/en/", "/es/"))
    assert heading(elder) == "Aquí no hay ninguna página"

    lead.goto(topic)
    expect(lead.get_by_text(SECOND)).to_be_visible()
    lead.locator("#body").fill(THIRD)
    press(lead, "Write it down")
    expect(lead.get_by_text(THIRD)).to_be_visible()
    with work() as session:
        circle = next(one for one in session.scalars(select(Circle)) if one.name.en == "Juniper circle")
        notes = session.scalars(select(Note).where(Note.circle_id == circle.id).order_by(Note.place)).all()
        generations = [note.desk_key_id for note in notes]
        assert generations[0] == generations[1] != generations[2]
        assert [open_text(note, desk_private_keys(ruth.id, private_key_of(ruth)))["body"] for note in notes] == [
            FIRST,
            SECOND,
            THIRD,
        ]
        assert desk_private_keys(alma.id, private_key_of(alma)) == {}

"""A report goes from the desk to those who work at the place, and comes back with what they found."""

from __future__ import annotations

import re

from playwright.sync_api import expect
from sqlalchemy import select

from portal.reports.reports import PassedOn
from portal.reports.triage import Category
from tests.conftest import Work
from tests.journeys.browsing import DESKTOP, PHONE, follow, heading, press
from tests.journeys.conftest import Hire, Visit
from tests.make import let_in, make_market, make_report

WRITTEN = "Every night by the fountain. One of them: his name is Ed Harlow, 336-555-0142."
READABLE = "Every night by the fountain, around nine."
FOUND = "Fuimos tres noches y no vimos a nadie."


def test_passed_on_masked_answered_on_a_phone_and_closed(visit: Visit, hire: Hire, work: Work) -> None:
    owner = hire("organizer", receives=True, name="Olive Owner", language="es")
    liaison = hire("police_liaison", receives=True)
    with work() as session:
        place, other = make_market(session, "Juniper Street"), make_market(session, "Larch Street")
        place.owner_id = owner.id
        let_in(session, other, liaison)
        thread_id = make_report(WRITTEN, market_id=place.id, category=Category.SELLING).thread.id

    desk = visit(f"/en/desk/{thread_id}", member=hire("triage"), script=False, size=DESKTOP).page
    readable = desk.get_by_label("If you pass it on: what they may read")
    assert readable.input_value() == "Every night by the fountain. One of them: [left out], [left out]."
    readable.fill("Every night by the fountain. Ask 336-555-0142.")
    desk.get_by_label("And then").select_option("pass team")
    press(desk, "Send")
    expect(desk.get_by_role("alert")).to_contain_text("It was not passed on yet")
    assert desk.get_by_label("If you pass it on").input_value() == "Every night by the fountain. Ask 336-555-0142."
    desk.get_by_label("If you pass it on").fill(READABLE)
    press(desk, "Send")
    expect(desk.get_by_role("main")).to_contain_text("Nobody has it yet")

    phone = visit("/es/account/", member=owner, script=False, size=PHONE).page
    follow(phone, "Lo que nos pasaron")
    phone.get_by_role("link", name=READABLE).click()
    assert heading(phone) == "Calle Juniper"
    shown = phone.content()
    assert "Ed Harlow" not in shown and "555-0142" not in shown and str(thread_id) not in shown
    press(phone, "Ya lo tenemos")
    expect(phone.get_by_role("main")).to_contain_text("El equipo de avisos ve que usted lo tiene.")
    phone.get_by_label("Fuimos y no lo vimos").check()
    phone.get_by_label("Unas palabras para el equipo de avisos").fill(FOUND)
    press(phone, "Enviar al equipo de avisos")
    expect(phone.get_by_role("main")).to_contain_text("Nuestra respuesta")
    address = phone.url

    with work() as session:
        row_id = session.scalars(select(PassedOn.id).where(PassedOn.thread_id == thread_id)).one()
    police = visit("/en/received/", member=liaison, script=False, size=PHONE).page
    assert READABLE not in police.content()
    answers = [police.request.get(f"/en/received/{number}") for number in (row_id, 1234567)]
    assert [answer.status for answer in answers] == [404, 404]
    # The token of a form carries the second in which it was made.
    theirs, never = (re.sub(r'name="csrf_token" value="[^"]+"', "", answer.text()) for answer in answers)
    assert theirs == never

    desk.reload()
    expect(desk.get_by_role("main")).to_contain_text("Olive Owner has it since")
    expect(desk.get_by_role("main")).to_contain_text(FOUND)
    assert desk.get_by_label("And then").input_value() == "close not_seen"
    desk.get_by_label("Answer to the person").fill("Thank you. They looked on three nights and saw nobody.")
    press(desk, "Send")
    assert heading(desk) == "Desk"
    answer = phone.goto(address)
    assert answer and answer.status == 404

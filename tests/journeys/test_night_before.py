"""The night before a call-in somebody takes their word back, and is gone from every sheet, stage and page."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from portal.core.clock import today
from portal.partners.callin import call_in as actions
from portal.partners.callin.call_in import CallInOffer
from portal.partners.callin.evening_rules import Consent
from portal.partners.callin.rules import EveningSheet
from portal.partners.circle_rules import CircleRole
from portal.partners.circles import my_seat
from tests.conftest import Work
from tests.journeys.browsing import follow, heading
from tests.journeys.conftest import Hire, Visit
from tests.journeys.test_door import kept
from tests.make import make_circle, sit_in
from tests.partners.callin.evenings import add_voice, let_speak, plan
from tests.patience import wait_for

GONE = "Wanda Willow"
PARTS = ("", "run/", "voices/", "help/", "tonight/", *(f"tonight/{sheet}" for sheet in EveningSheet))


def shows(page: Page, address: str) -> list[str]:
    """Where somebody reads the name, or who sits beside them."""
    asked = {part: page.request.get(f"{address}{part}").text() for part in PARTS}
    return [part for part, text in asked.items() if GONE in text or "Sister Willow" in text]


@pytest.mark.parametrize("lang", ["en", "es"])
def test_a_word_taken_back_the_night_before_is_gone_everywhere(visit: Visit, hire: Hire, work: Work, lang: str) -> None:
    lead, elder, liaison = hire("faith_partner"), hire(name="Ezra Willow"), hire("police_liaison")
    with work() as session:
        circle = make_circle(session, lead, elder, with_police=True)
        sit_in(session, circle, liaison, CircleRole.MEMBER)
        call_in = plan(circle, lead, today() + timedelta(days=1))
        card = add_voice(circle, lead, call_in, *Consent, name=GONE, point="worth", support="Sister Willow")
        let_speak(circle, lead, call_in, card)
        given = {"what": "Work", "office": "", "made": "0", "delivered": "0"}
        actions.add_line(my_seat(circle.id, lead), call_in, CallInOffer(), given)
    address = f"/{lang}/circles/{circle.id}/call-ins/{call_in.id}/"
    tablet = visit(f"{address}tonight/", member=lead).page
    wait_for(lambda: len(kept(tablet)["paths"]) == 4)
    said = {
        "en": ("Nobody: go on to the next.", "They take it back: ", "taken back on"),
        "es": ("Nadie: siga con lo próximo.", "Lo retira: ", "lo retiró el"),
    }[lang]
    page = visit(address, member=lead, script=False).page
    assert shows(page, address) == ["run/", "voices/", "tonight/host"]
    page.goto(f"{address}voices/")
    follow(page, GONE)
    assert heading(page) == GONE
    page.get_by_role("button", name=said[1]).first.click()
    expect(page.get_by_text(said[2]).first).to_be_visible()
    # Their keeper still finds them in the list, with the day on which they took it back, until they are forgotten.
    assert shows(page, address) == ["voices/"]
    page.goto(f"{address}tonight/host")
    assert said[0] in page.content()
    expect(tablet.locator("[data-plan] li").nth(1)).to_contain_text(said[0])
    assert GONE not in tablet.content()
    for member in (elder, liaison):
        theirs = visit(address, member=member, script=False).page
        assert shows(theirs, address) == []

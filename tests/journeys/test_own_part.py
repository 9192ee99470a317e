"""The evening on a phone: a voice takes her name back, and the pastor who leads finds the evening with one tap."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from portal.core.clock import today
from portal.partners.callin.evening_rules import Consent
from tests.conftest import Work
from tests.journeys.axe import problems
from tests.journeys.conftest import Hire, Visit
from tests.journeys.test_door import kept
from tests.make import make_circle
from tests.partners.callin.evenings import add_voice, let_speak, plan
from tests.patience import wait_for


def own_link(page: Page, lang: str) -> str:
    """The private link as the lead reads it from the screen."""
    links = page.locator("code.link").all_inner_texts()
    return next(link for link in links if f"/{lang}/" in link)


@pytest.mark.parametrize("lang", ["en", "es"])
def test_a_voice_without_an_account_takes_her_name_back(visit: Visit, hire: Hire, work: Work, lang: str) -> None:
    pastor = hire("faith_partner")
    with work() as session:
        circle = make_circle(session, pastor)
        call_in = plan(circle, pastor)
        card = add_voice(circle, pastor, call_in, *Consent, name="Wanda Willow")
        let_speak(circle, pastor, call_in, card)
    address = f"/{lang}/circles/{circle.id}/call-ins/{call_in.id}/"
    lead = visit(f"{address}voices/{card.id}/", member=pastor).page
    lead.locator("form[action$='/link'] button").click()
    link = own_link(lead, lang)
    host = visit(f"{address}tonight/host", member=pastor).page
    expect(host.get_by_text("Wanda Willow")).to_be_visible()
    mark = host.locator("[data-mark]").inner_text()

    for address_of_hers in (link, f"{link}{Consent.NAME.value}"):
        assert problems(visit(address_of_hers).page, briefly=True) == []
    her = visit(link, script=False).page
    assert "Wanda" not in her.content()
    her.locator(f"a[href$='/{Consent.NAME.value}']").click()
    her.locator("main form button").click()
    expect(her.get_by_role("status")).to_be_visible()

    # The page that is open follows by itself, and says that papers are others now.
    expect(host.get_by_text("Wanda Willow")).to_have_count(0)
    expect(host.locator("[data-mark]")).not_to_have_text(mark)
    today_page = visit(f"/{lang}/team/today/", member=pastor).page
    today_page.locator(f"main a[href='{address}voices/{card.id}/']").click()
    today_page.locator("form[action$='/seen'] button").click()
    expect(today_page.locator("form[action$='/seen']")).to_have_count(0)


def test_the_pastor_finds_the_evening_with_one_tap(visit: Visit, hire: Hire, work: Work) -> None:
    pastor = hire("faith_partner")
    with work() as session:
        circle = make_circle(session, pastor)
        plan(circle, pastor)
    page = visit("/en/team/today/", member=pastor).page
    opens = page.locator("main .card a.button").first
    # Without scrolling.
    box = opens.bounding_box()
    assert box
    assert box["y"] + box["height"] < 740
    opens.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Tonight")
    assert page.url.endswith("/tonight/host")
    expect(page.locator("[data-now]")).to_have_text("Not begun. First: Welcome and ground rules")
    expect(page.get_by_text("Cora Coordinator")).to_be_visible()


def test_without_a_network_the_evening_opens_without_names(visit: Visit, hire: Hire, work: Work) -> None:
    pastor = hire("faith_partner")
    with work() as session:
        circle = make_circle(session, pastor)
        call_in = plan(circle, pastor, today())
        card = add_voice(circle, pastor, call_in, *Consent, name="Wanda Willow")
        let_speak(circle, pastor, call_in, card)
    page = visit(f"/en/circles/{circle.id}/call-ins/{call_in.id}/tonight/host", member=pastor).page
    wait_for(lambda: len(kept(page)["paths"]) == 4)
    expect(page.get_by_text("Wanda Willow")).to_be_visible()
    page.reload()
    expect(page.get_by_text("Wanda Willow")).to_be_visible()
    page.context.set_offline(True)
    page.reload()
    expect(page.locator("[data-plan] li")).to_have_count(10)
    assert "Wanda" not in page.content()
    assert "Cora" not in page.content()
    page.context.set_offline(False)

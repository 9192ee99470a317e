"""The evening on a phone: a voice takes her name back, and the pastor who leads finds the evening with one tap."""

from __future__ import annotations

import re
from datetime import date

from playwright.sync_api import Page, expect

from portal.accounts.users import Member
from portal.core.clock import today
from portal.partners.callin import call_in as actions
from portal.partners.callin.call_in import CallInCard, CallInItem, lines
from portal.partners.callin.evening_rules import Consent, give
from portal.partners.circles import Circle, my_seat
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


def test_a_voice_without_an_account_takes_her_name_back(visit: Visit, hire: Hire, work: Work) -> None:
    pastor = hire("faith_partner")
    with work() as session:
        circle = make_circle(session, pastor)
        call_in = plan(circle, pastor)
        card = add_voice(circle, pastor, call_in, *Consent, name="Wanda Willow")
        let_speak(circle, pastor, call_in, card)
    address = f"/es/circles/{circle.id}/call-ins/{call_in.id}/"
    lead = visit(f"{address}voices/{card.id}/", member=pastor).page
    lead.locator("form[action$='/link'] button").click()
    link = own_link(lead, "es")
    host = visit(f"{address}tonight/host", member=pastor).page
    expect(host.get_by_text("Wanda Willow")).to_be_visible()
    mark = host.locator("[data-mark]").inner_text()

    for address_of_hers in (link, f"{link}{Consent.NAME.value}"):
        assert problems(visit(address_of_hers).page) == []
    her = visit(link, script=False).page
    assert "Wanda" not in her.content()
    her.locator(f"a[href$='/{Consent.NAME.value}']").click()
    her.locator("main form button").click()
    expect(her.get_by_role("status")).to_be_visible()

    # The page that is open follows by itself, and says that papers are others now.
    expect(host.get_by_text("Wanda Willow")).to_have_count(0)
    expect(host.locator("[data-mark]")).not_to_have_text(mark)


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


# --- An evening on stage ---


VOICE = give({"who": "elder", "name": "Vera Voice", "point": "harm"}, Consent.SPEAK, date(2026, 5, 4))


def prepare_evening(work: Work, hire: Hire) -> tuple[Member, int, int, int]:
    """A call-in tonight, whose first voice is somebody's: the lead, and ids of circle, call-in and voice."""
    lead = hire("community_lead")
    with work() as session:
        circle = make_circle(session, lead)
        seat = my_seat(circle.id, lead)
        call_in = actions.plan_call_in(seat, today(), {"begins": "18:30"}, None)
        actions.fill_run(seat, call_in)
        voice = actions.add_line(seat, call_in, CallInCard(), VOICE)
        first = lines(CallInItem, call_in)[1]
        actions.change_line(seat, call_in, first, {"part": "voice", "about": "", "voice": str(voice.id)})
        return lead, circle.id, call_in.id, voice.id


def test_it_counts_down_without_a_network(visit: Visit, work: Work, hire: Hire) -> None:
    lead, circle, call_in, _voice = prepare_evening(work, hire)
    page = visit(f"/en/circles/{circle}/call-ins/{call_in}/tonight/", member=lead).page
    wait_for(lambda: len(kept(page)["paths"]) == 4)
    expect(page.locator("[data-now]")).to_have_text("Not begun. First: Welcome and ground rules")
    page.context.set_offline(True)
    page.reload()
    page.get_by_role("button", name="Start, or next").click()
    expect(page.locator("[data-now]")).to_have_text("Welcome and ground rules")
    expect(page.locator("[data-clock]")).to_have_text(re.compile(r"7:5\d"))
    expect(page.locator("[data-then]")).to_have_text("Next: Community voice 1: The harm it does")
    page.get_by_role("button", name="Start, or next").click()
    page.get_by_role("button", name="One minute more").click()
    expect(page.locator("[data-clock]")).to_have_text(re.compile(r"3:5\d|4:00"))
    page.reload()
    expect(page.locator("[data-now]")).to_have_text("Community voice 1: The harm it does")
    assert "Vera" not in page.content()
    page.context.set_offline(False)


def test_a_word_taken_back_reaches_an_open_stage(visit: Visit, work: Work, hire: Hire) -> None:
    lead, circle, call_in, voice = prepare_evening(work, hire)
    page = visit(f"/en/circles/{circle}/call-ins/{call_in}/tonight/", member=lead).page
    expect(page.locator("[data-plan] li").nth(1)).to_contain_text("The harm it does")
    with work() as session:
        seat = my_seat(session.get_one(Circle, circle).id, lead)
        actions.take_consent(seat, session.get_one(CallInCard, voice), VOICE, Consent.SPEAK, given=False)
    expect(page.locator("[data-plan] li").nth(1)).to_contain_text("Nobody: go on to the next.")
    expect(page.locator("[data-said]")).to_have_text("The plan has changed.")

"""An evening at the door and its run: opened, then without a network, and nothing is left on the phone."""

import json
import re
from datetime import date
from typing import Any

from playwright.sync_api import Locator, Page, expect

from portal.accounts.users import Member
from portal.core.clock import now, today
from portal.meetings.door import counted
from portal.meetings.meeting import Meeting
from portal.partners.callin import call_ins
from portal.partners.callin.call_ins import CallInCard, CallInItem, CallInPlan, lines
from portal.partners.callin.evening_rules import Consent, give
from portal.partners.circle_rules import CircleRole
from portal.partners.circles import Circle, my_seat
from tests.conftest import Work
from tests.journeys.axe import problems
from tests.journeys.browsing import Window, press
from tests.journeys.conftest import Hire, Visit
from tests.make import make_circle, make_meeting, sit_in
from tests.partners.callin.evenings import add_voice, let_speak, plan
from tests.patience import wait_for

SENT = "Todo está enviado."
KEPT = """async () => {
  const found = [];
  for (const name of await caches.keys()) {
    for (const request of await (await caches.open(name)).keys()) found.push(new URL(request.url).pathname);
  }
  return {paths: found.sort(), store: {...localStorage},
          workers: (await navigator.serviceWorker.getRegistrations()).map((one) => one.scope)};
}"""


def meeting_now(work: Work, hire: Hire) -> Meeting:
    """One that begins now."""
    author = hire("organizer")
    with work() as session:
        return make_meeting(session, author, starts_at=now().replace(microsecond=0))


def at_door(visit: Visit, hire: Hire, meeting: Meeting) -> Window:
    return visit(f"/es/team/meetings/{meeting.id}/door/", member=hire("organizer", language="es"))


def kept(page: Page) -> dict[str, Any]:
    found: dict[str, Any] = page.evaluate(KEPT)
    return found


def tap(page: Page, name: str, times: int = 1) -> None:
    for _each in range(times):
        page.locator(f"[data-count='{name}']").click()


def shown(page: Page, name: str) -> str:
    return page.locator(f"[data-count='{name}'] b").inner_text()


def sums(work: Work, meeting: Meeting) -> dict[str, int]:
    with work():
        return counted(meeting.id)


def test_without_a_network_taps_are_kept(visit: Visit, hire: Hire, work: Work) -> None:
    meeting = meeting_now(work, hire)
    window = at_door(visit, hire, meeting)
    page = window.page
    tap(page, "who.residents", 3)
    expect(page.locator("[data-state]")).to_have_text(SENT)
    assert sums(work, meeting) == {"who.residents": 3}
    window.context.set_offline(True)
    tap(page, "who.youth")
    tap(page, "language.es")
    expect(page.locator("[data-state]")).to_contain_text("Todavía sin enviar: 2.")
    # A thumb that reloads the page is asked first; whoever closes it all the same loses nothing.
    with page.expect_event("dialog") as asked:
        page.close(run_before_unload=True)
    assert asked.value.type == "beforeunload"
    asked.value.dismiss()
    tap(page, "who.police")
    page.locator("[data-undo-last]").click()
    assert shown(page, "who.police") == "0"
    assert sums(work, meeting) == {"who.residents": 3}
    page.close()
    page = window.context.new_page()
    window.context.set_offline(False)
    page.goto(f"/es/team/meetings/{meeting.id}/door/")
    assert [shown(page, name) for name in ("who.residents", "who.youth", "language.es")] == ["3", "1", "1"]
    expect(page.locator("[data-undo-last]")).to_be_enabled()
    expect(page.locator("[data-state]")).to_have_text(SENT)
    assert sums(work, meeting) == {"who.residents": 3, "who.youth": 1, "language.es": 1}


def test_a_phone_holds_no_name_no_code(visit: Visit, hire: Hire, work: Work) -> None:
    meeting = meeting_now(work, hire)
    page = at_door(visit, hire, meeting).page
    page.goto(f"/en/team/meetings/{meeting.id}")
    page.goto(f"/en/team/meetings/{meeting.id}/paper/")
    page.goto(f"/en/team/meetings/{meeting.id}/door/")
    tap(page, "who.residents")
    found = kept(page)
    assert (found["paths"], found["workers"]) == ([], [])
    (store,) = found["store"].values()
    assert set(json.loads(store)) == {"door", "turn", "sent", "counts", "steps", "until"}
    for secret in (meeting.title.en, meeting.place.en, "csrf", 'token" value', "Ana Member"):
        assert secret not in page.content()


def test_signing_out_leaves_nothing_on_the_phone(visit: Visit, hire: Hire, work: Work) -> None:
    page = at_door(visit, hire, meeting_now(work, hire)).page
    tap(page, "who.residents")
    assert problems(page) == []
    expect(page.locator("[data-state]")).to_have_text(SENT)
    page.goto("/en/account/")
    assert kept(page)["store"]
    press(page, "Sign out")
    page.wait_for_url("**/sign-in")
    assert kept(page) == {"paths": [], "store": {}, "workers": []}


def test_after_the_evening_the_page_erases_itself(visit: Visit, hire: Hire, work: Work) -> None:
    window = at_door(visit, hire, meeting_now(work, hire))
    tap(window.page, "who.residents")
    expect(window.page.locator("[data-state]")).to_have_text(SENT)
    window.context.add_init_script(f"const then = Date.now; Date.now = () => then() + {15 * 3600 * 1000};")
    window.page.reload()
    expect(window.page.locator("[data-door]")).to_contain_text("La reunión terminó")
    assert kept(window.page)["store"] == {}
    assert kept(window.page)["paths"] == []


def test_without_javascript_there_is_a_form_and_a_sheet(visit: Visit, hire: Hire, work: Work) -> None:
    meeting = meeting_now(work, hire)
    page = visit(f"/es/team/meetings/{meeting.id}/door/", member=hire("organizer", language="es"), script=False).page
    expect(page.locator("[data-count]").first).to_be_hidden()
    page.locator("main .button:visible").first.click()
    page.locator("[id='who.residents']").fill("12")
    page.locator("[id='language.es']").fill("4")
    page.locator("main form.wide [type=submit]").click()
    expect(page.locator(".facts").first).to_contain_text("12")
    assert sums(work, meeting) == {"who.residents": 12, "language.es": 4}
    page.locator("[id='who.residents']").fill("13")
    page.locator("main form.wide [type=submit]").click()
    expect(page.locator(".facts").first).to_contain_text("13")
    assert sums(work, meeting) == {"who.residents": 13, "language.es": 4}


Run = tuple[int, str, Member, Member]


def prepare_run(work: Work, hire: Hire) -> Run:
    """A call-in with the usual run, the address of its page, and the two who lead there."""
    lead, other = hire("community_lead", name="Ruth Laurel"), hire("organizer", name="Olga Laurel", language="es")
    with work() as session:
        circle = make_circle(session, lead)
        sit_in(session, circle, other, CircleRole.LEAD)
        seat = my_seat(circle.id, lead)
        call_in = call_ins.plan_call_in(seat, today(), {"begins": "18:00"}, None)
        call_ins.fill_run(seat, call_in)
        return call_in.id, f"/en/circles/{circle.id}/call-ins/{call_in.id}/run/", lead, other


def stored(work: Work, call_in: int) -> list[tuple[int, int, int]]:
    with work() as session:
        return [(row.id, row.room, row.minutes) for row in lines(CallInItem, session.get_one(CallInPlan, call_in))]


def rows(page: Page) -> Locator:
    return page.locator("ol.run > li")


def finger(page: Page, kind: str, *at: float) -> None:
    """A finger on the glass, as the browser hears of it."""
    points = [{"x": at[0], "y": at[1]}] if at else []
    session: Any = getattr(page, "touch_session", None) or page.context.new_cdp_session(page)
    page.touch_session = session
    session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


def drag(page: Page, row: int, down: float, aside: float = 0) -> None:
    """Drag a row by its dots with a finger, in small steps."""
    box = rows(page).nth(row).locator("[data-grip]").bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    finger(page, "touchStart", x, y)
    for part in range(1, 11):
        finger(page, "touchMove", x + aside * part / 10, y + down * part / 10)
        page.wait_for_timeout(20)
    finger(page, "touchEnd")


def test_a_finger_drags_an_item_to_its_turn(visit: Visit, work: Work, hire: Hire) -> None:
    call_in, address, lead, _other = prepare_run(work, hire)
    before = stored(work, call_in)
    window = visit(address, member=lead, has_touch=True, reduced_motion="reduce")
    page = window.page
    expect(rows(page).nth(1).locator("[data-what] > strong")).to_have_text(re.compile("6:08.* Community voice 1"))
    rows(page).nth(0).evaluate("row => scrollTo(0, row.offsetTop - 150)")
    heights = rows(page).evaluate_all("all => all.map((row) => row.offsetHeight)")
    drag(page, 0, heights[0] + heights[1] / 2)
    expect(rows(page).nth(1).locator("[data-what] > strong")).to_have_text(re.compile("6:03.*Welcome"))
    expect(rows(page).nth(0).locator("[data-what] > strong")).to_have_text(re.compile("6:00.* Community voice 1"))
    expect(page.locator("[data-news]")).to_contain_text(re.compile("Welcome and ground rules: 2 of 10"))
    wait_for(
        lambda: [one[0] for one in stored(work, call_in)] == [before[1][0], before[0][0], *(b[0] for b in before[2:])]
    )
    drag(page, 1, 4, aside=60)
    expect(rows(page).nth(1)).to_contain_text("Room 2: with law enforcement")
    expect(rows(page).nth(1).locator("select")).to_have_value("2")
    wait_for(lambda: stored(work, call_in)[1] == (before[0][0], 2, 8))
    drag(page, 1, 4, aside=-60)
    wait_for(lambda: stored(work, call_in)[1] == (before[0][0], 1, 8))
    expect(page.locator("[data-news]")).to_contain_text("Welcome and ground rules: 2 of 10")
    wait_for(lambda: page.evaluate("1") and window.posts(f"{address}save") == 3)
    assert page.evaluate("document.scrollingElement.scrollWidth") == 360


def test_two_who_move_at_once_both_learn_of_it(visit: Visit, work: Work, hire: Hire) -> None:
    call_in, address, lead, other = prepare_run(work, hire)
    ids = [one[0] for one in stored(work, call_in)]
    here = visit(address, member=lead).page
    there = visit(address.replace("/en/", "/es/"), member=other).page
    rows(there).nth(9).get_by_role("button", name=re.compile("Antes:")).click()
    wait_for(lambda: [one[0] for one in stored(work, call_in)] == [*ids[:8], ids[9], ids[8]])
    rows(here).nth(0).get_by_role("button", name=re.compile("Later:")).click()
    told = here.get_by_role("alert").filter(has_text="Somebody else changed the run meanwhile")
    expect(told).to_be_focused()
    assert [one[0] for one in stored(work, call_in)] == [*ids[:8], ids[9], ids[8]]
    expect(rows(here).nth(0).locator("[data-what] > strong")).to_contain_text("Community voice 1")
    press(here, "Save order, minutes and rooms")
    wait_for(lambda: [one[0] for one in stored(work, call_in)] == [ids[1], ids[0], *ids[2:]])


def test_without_a_network_the_order_stays(visit: Visit, work: Work, hire: Hire) -> None:
    call_in, address, lead, _other = prepare_run(work, hire)
    before = stored(work, call_in)
    page = visit(address, member=lead).page
    page.context.set_offline(True)
    rows(page).nth(0).get_by_role("button", name=re.compile("Later:")).click()
    expect(page.get_by_text("It was not sent.")).to_be_visible()
    expect(rows(page).nth(1)).to_contain_text("Welcome and ground rules")
    page.context.set_offline(False)
    rows(page).nth(1).get_by_role("button", name=re.compile("Later:")).click()
    wait_for(lambda: stored(work, call_in)[2] == before[0])
    expect(page.get_by_text("It was not sent.")).to_be_hidden()


# --- The evening on a phone, and on stage ---


LOOKS_EVERY = 20_000
"""Milliseconds after which a page of the evening looks whether its plan has changed."""


def with_own_clock(page: Page) -> None:
    """Load the page anew with a clock that a test can put forward."""
    page.clock.install()
    page.reload()


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
    with_own_clock(host)
    expect(host.get_by_text("Wanda Willow")).to_be_visible()
    mark = host.locator("[data-mark]").inner_text()

    assert problems(visit(link).page) == []
    her = visit(link, script=False).page
    assert "Wanda" not in her.content()
    name = her.locator("details").filter(has=her.locator(f"form[action$='{Consent.NAME.value}']"))
    name.locator("summary").click()
    name.get_by_role("button").click()
    expect(her.get_by_role("status")).to_be_visible()

    # The page that is open follows by itself, and says that papers are others now.
    host.clock.fast_forward(LOOKS_EVERY)
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
        call_in = call_ins.plan_call_in(seat, today(), {"begins": "18:30"}, None)
        call_ins.fill_run(seat, call_in)
        voice = call_ins.keep_line(seat, call_in, CallInCard(), VOICE)
        first = lines(CallInItem, call_in)[1]
        call_ins.keep_line(seat, call_in, first, {"part": "voice", "about": "", "voice": str(voice.id)})
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
    with_own_clock(page)
    expect(page.locator("[data-plan] li").nth(1)).to_contain_text("The harm it does")
    with work() as session:
        seat = my_seat(session.get_one(Circle, circle).id, lead)
        call_ins.take_consent(seat, session.get_one(CallInCard, voice), VOICE, Consent.SPEAK, given=False)
    page.clock.fast_forward(LOOKS_EVERY)
    expect(page.locator("[data-plan] li").nth(1)).to_contain_text("Nobody: go on to the next.")
    expect(page.locator("[data-said]")).to_have_text("The plan has changed.")

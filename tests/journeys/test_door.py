"""An evening at the door: opened, then without a network, and nothing is left on the phone afterwards."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from portal.core.clock import now
from portal.meetings.door import counted, doors_of
from portal.meetings.meeting import Meeting
from tests.conftest import Work
from tests.journeys.browsing import Window, press
from tests.journeys.conftest import Hire, Visit
from tests.make import make_meeting

LANGUAGES = pytest.mark.parametrize("lang", ["en", "es"])
SENT = {"en": "Everything is sent.", "es": "Todo está enviado."}
WAITING = {"en": "Not sent yet: 2.", "es": "Todavía sin enviar: 2."}
KEPT = """async () => {
  const found = [];
  for (const name of await caches.keys()) {
    for (const request of await (await caches.open(name)).keys()) found.push(new URL(request.url).pathname);
  }
  return {paths: found.sort(), store: {...localStorage},
          workers: (await navigator.serviceWorker.getRegistrations()).map((one) => one.scope)};
}"""


@pytest.fixture
def meeting(work: Work, hire: Hire) -> Meeting:
    """One that begins now."""
    author = hire("organizer")
    with work() as session:
        return make_meeting(session, author, starts_at=now().replace(microsecond=0))


def at_door(visit: Visit, hire: Hire, meeting: Meeting, lang: str = "en") -> Window:
    return visit(f"/{lang}/team/meetings/{meeting.id}/door/", member=hire("organizer", language=lang))


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


@LANGUAGES
def test_without_a_network_taps_are_kept_until_they_are_sent(
    visit: Visit, hire: Hire, work: Work, meeting: Meeting, lang: str
) -> None:
    window = at_door(visit, hire, meeting, lang)
    page = window.page
    tap(page, "who.residents", 3)
    expect(page.locator("[data-state]")).to_have_text(SENT[lang])
    assert sums(work, meeting) == {"who.residents": 3}
    window.context.set_offline(True)
    tap(page, "who.youth")
    tap(page, "language.es")
    expect(page.locator("[data-state]")).to_contain_text(WAITING[lang])
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
    page.goto(f"/{lang}/team/meetings/{meeting.id}/door/")
    assert [shown(page, name) for name in ("who.residents", "who.youth", "language.es")] == ["3", "1", "1"]
    expect(page.locator("[data-undo-last]")).to_be_enabled()
    expect(page.locator("[data-state]")).to_have_text(SENT[lang])
    assert sums(work, meeting) == {"who.residents": 3, "who.youth": 1, "language.es": 1}


def test_a_phone_holds_no_name_no_code_and_no_other_page(
    visit: Visit, hire: Hire, work: Work, meeting: Meeting
) -> None:
    window = at_door(visit, hire, meeting)
    page = window.page
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


def test_several_doors_add_up_and_sending_again_changes_nothing(
    visit: Visit, hire: Hire, work: Work, meeting: Meeting
) -> None:
    doors = [at_door(visit, hire, meeting) for _each in range(2)]
    for window in doors:
        window.context.set_offline(True)
    tap(doors[0].page, "who.residents", 2)
    tap(doors[1].page, "who.residents", 3)
    for window in doors:
        window.context.set_offline(False)
        expect(window.page.locator("[data-state]")).to_have_text(SENT["en"])
    assert sums(work, meeting) == {"who.residents": 5}
    # As if the answer had been lost on the way.
    doors[0].page.evaluate(
        "() => { const [key] = Object.keys(localStorage); const kept = JSON.parse(localStorage[key]);"
        " kept.sent = 0; localStorage[key] = JSON.stringify(kept); }"
    )
    doors[0].page.reload()
    expect(doors[0].page.locator("[data-state]")).to_have_text(SENT["en"])
    expect(doors[0].page.locator("p[data-alldoors]")).to_contain_text("5 people")
    assert sums(work, meeting) == {"who.residents": 5}
    with work():
        assert len(doors_of(meeting.id)) == 2


def test_signing_out_leaves_nothing_on_the_phone(visit: Visit, hire: Hire, meeting: Meeting) -> None:
    page = at_door(visit, hire, meeting).page
    tap(page, "who.residents")
    page.goto("/en/account/")
    assert kept(page)["store"]
    press(page, "Sign out")
    page.wait_for_url("**/sign-in")
    assert kept(page) == {"paths": [], "store": {}, "workers": []}


def test_whoever_was_signed_out_keeps_the_counts_until_they_are_back(
    visit: Visit, hire: Hire, work: Work, meeting: Meeting
) -> None:
    window = at_door(visit, hire, meeting)
    cookies = window.context.cookies()
    window.context.clear_cookies()
    tap(window.page, "who.faith")
    expect(window.page.locator("[data-state]")).to_contain_text("You are signed out")
    window.context.add_cookies(cookies)
    window.page.reload()
    expect(window.page.locator("[data-state]")).to_have_text(SENT["en"])
    assert sums(work, meeting) == {"who.faith": 1}


def test_the_button_at_the_end_sends_what_is_left_and_erases_it(
    visit: Visit, hire: Hire, work: Work, meeting: Meeting
) -> None:
    page = at_door(visit, hire, meeting).page
    tap(page, "needs.ride_home")
    press(page, "Send and erase from this phone")
    page.wait_for_url("**/door/typed")
    assert sums(work, meeting) == {"needs.ride_home": 1}
    assert kept(page) == {"paths": [], "store": {}, "workers": []}


def test_after_the_evening_the_page_erases_itself(visit: Visit, hire: Hire, work: Work, meeting: Meeting) -> None:
    window = at_door(visit, hire, meeting)
    tap(window.page, "who.residents")
    expect(window.page.locator("[data-state]")).to_have_text(SENT["en"])
    window.context.add_init_script(f"const then = Date.now; Date.now = () => then() + {15 * 3600 * 1000};")
    window.page.reload()
    expect(window.page.locator("[data-door]")).to_contain_text("The evening is over")
    assert kept(window.page)["store"] == {}
    assert kept(window.page)["paths"] == []


@LANGUAGES
def test_without_javascript_there_is_a_form_and_a_sheet(
    visit: Visit, hire: Hire, work: Work, meeting: Meeting, lang: str
) -> None:
    page = visit(
        f"/{lang}/team/meetings/{meeting.id}/door/", member=hire("organizer", language=lang), script=False
    ).page
    expect(page.locator("[data-count]").first).to_be_hidden()
    page.locator("main .button:visible").first.click()
    page.locator("#who-residents").fill("12")
    page.locator("#language-es").fill("4")
    page.locator("main form.wide [type=submit]").click()
    expect(page.locator(".facts").first).to_contain_text("12")
    assert sums(work, meeting) == {"who.residents": 12, "language.es": 4}
    page.locator("#who-residents").fill("13")
    page.locator("main form.wide [type=submit]").click()
    expect(page.locator(".facts").first).to_contain_text("13")
    assert sums(work, meeting) == {"who.residents": 13, "language.es": 4}


def test_every_button_is_large_enough_for_a_thumb(visit: Visit, hire: Hire, meeting: Meeting) -> None:
    page = at_door(visit, hire, meeting).page
    for button in page.locator("main button").all():
        box = button.bounding_box()
        assert box and box["height"] >= 44 and box["width"] >= 44

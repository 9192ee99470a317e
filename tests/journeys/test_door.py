"""An evening at the door: opened, then without a network, and nothing is left on the phone afterwards."""

from __future__ import annotations

import json
from typing import Any

from playwright.sync_api import Page, expect

from portal.core.clock import now
from portal.meetings.door import counted
from portal.meetings.meeting import Meeting
from tests.conftest import Work
from tests.journeys.browsing import Window, press
from tests.journeys.conftest import Hire, Visit
from tests.make import make_meeting

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
    page.locator("#who-residents").fill("12")
    page.locator("#language-es").fill("4")
    page.locator("main form.wide [type=submit]").click()
    expect(page.locator(".facts").first).to_contain_text("12")
    assert sums(work, meeting) == {"who.residents": 12, "language.es": 4}
    page.locator("#who-residents").fill("13")
    page.locator("main form.wide [type=submit]").click()
    expect(page.locator(".facts").first).to_contain_text("13")
    assert sums(work, meeting) == {"who.residents": 13, "language.es": 4}

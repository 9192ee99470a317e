"""A pastor's month on a phone, in Spanish: a day is found, a call-in prepared and held, neighbors read what they can do
that night, families are reached, and a promise is made, done and judged by the other side."""

from __future__ import annotations

import re
import time
from datetime import date, timedelta

from babel.messages.pofile import read_po
from playwright.sync_api import Page, expect
from sqlalchemy import update

from portal.accounts.users import Member
from portal.core.clock import today
from portal.core.page_cache import LOOK_SECONDS
from portal.markets.gate import keys_turned
from portal.organisations.organisations import Belonging
from portal.partners.callin.call_in import CallInCard, CallInPlan, lines
from portal.partners.callin.evening_rules import Consent
from portal.partners.circle_rules import CircleRole
from portal.partners.circles import Circle
from tests.checks import SPANISH
from tests.conftest import Work
from tests.journeys.browsing import PHONE, follow, heading, press
from tests.journeys.conftest import Hire, Visit
from tests.make import both, let_in, make_call_in, make_circle, make_market, make_office, sit_in
from tests.partners.callin.evenings import add_voice, let_speak

with SPANISH.open("rb") as _file:
    _CATALOGUE = read_po(_file, locale="es")


def ES(text: str) -> str:  # noqa: N802 - reads as the name of the language
    """The Spanish of a text of the interface."""
    return str(_CATALOGUE[text].string)


PLAN = {"begins": "18:30", "where": "Iglesia", "people": "6", "coordinator": "Cora Sicómoro", "reach": "mesa 2"}
NIGHT = {"en": "Bring soup to each other.", "es": "Llévense sopa unos a otros."}


def send(page: Page, name: str) -> str:
    """Press the button, and wait for the page to which it leads; its address."""
    before = page.url
    press(page, ES(name))
    page.wait_for_url(lambda url: url != before)
    return page.url


def find_a_day(page: Page, circle: str, elder: Page, first: date) -> str:
    """Ask for a day, hear from an elder, choose the time that suits best; the day."""
    page.goto(f"{circle}polls/")
    follow(page, ES("Ask for a day"))
    for lang in ("en", "es"):
        page.locator(f"#question_{lang}").fill("Llamado")
    page.locator("#closes_on").fill((first + timedelta(days=3)).isoformat())
    for number, ahead in ((1, 9), (2, 10)):
        page.locator(f"#on_{number}").fill((first + timedelta(days=ahead)).isoformat())
        page.locator(f"#at_{number}").fill("18:30")
    here = send(page, "Ask the circle")
    elder.goto(here)
    elder.locator("[name=slot1][value=no]").check()
    elder.locator("[name=slot2][value=yes]").check()
    press(elder, ES("Save my answer"))
    page.goto(here)
    follow(page, ES("Choose this time"))
    press(page, ES("Set this date"))
    assert re.search(r"6:30", heading(page))
    return (first + timedelta(days=10)).isoformat()


def prepare(page: Page, circle: str, day: str) -> str:
    """Plan the call-in, its run and its first voice; the address of the call-in."""
    page.goto(f"{circle}call-ins/")
    follow(page, ES("Plan a call-in"))
    # The day on which they agreed stands there already.
    expect(page.locator("#held_on")).to_have_value(day)
    expect(page.locator("#begins")).to_have_value("18:30")
    for name, value in PLAN.items():
        page.locator(f"#{name}").fill(value)
    here = send(page, "Save")
    page.goto(f"{here}run/")
    press(page, ES("Begin with the usual run"))
    first = page.locator("ol.run > li").first
    first.get_by_role("button").filter(has_text="↓").click()
    expect(page.locator("[data-news]")).to_contain_text("2 de 10")
    page.locator("ol.run > li").nth(1).get_by_role("button").filter(has_text="↑").click()
    expect(page.locator("[data-news]")).to_contain_text("1 de 10")
    page.goto(f"{here}voices/new")
    page.locator("#who").select_option("mother")
    page.locator("#name").fill("Delia Sicómoro")
    page.locator("#asked_by").fill("Yo")
    page.locator("[name=point][value=harm]").check()
    for question in ("block", "door", "ride"):
        page.locator(f"[name={question}][value=yes]").check()
    send(page, "Save")
    page.get_by_role("button", name=ES("They say yes: %(what)s").partition("%")[0]).first.click()
    expect(page.get_by_text(ES("Said yes on %(given)s").partition("%")[0]).first).to_be_visible()
    return here


def more_voices(work: Work, address: str, pastor: Member) -> None:
    """The other four were prepared in the same way."""
    with work() as session:
        found = session.get_one(CallInPlan, int(address.rstrip("/").rpartition("/")[2]))
        circle = session.get_one(Circle, found.circle_id)
        points = ("story", "worth", "stop", "help")
        more = [add_voice(circle, pastor, found, Consent.SPEAK, name=f"Voz {one}", point=one) for one in points]
        first = next(card for card in lines(CallInCard, found) if card not in more)
        let_speak(circle, pastor, found, first, *more)


def hold(page: Page, address: str, work: Work) -> None:
    """Say that it is ready; its day comes; it took place."""
    page.goto(address)
    press(page, ES("The call-in is ready"))
    with work() as session:
        session.execute(update(CallInPlan).where(CallInPlan.id == int(address.split("/")[-2])).values(held_on=today()))
    page.goto(address)
    page.locator("summary").filter(has_text=ES("It took place")).click()
    page.locator("#sure").check()
    press(page, ES("It took place"))
    expect(page.get_by_text(ES("Reach the families of those called in, within 24 to 72 hours"))).to_be_visible()


def look_after(page: Page, address: str) -> None:
    """An offer is made and delivered; the families were reached."""
    page.goto(f"{address}help/new")
    page.locator("#what").fill("Trabajo")
    page.locator("#made").fill("4")
    page.locator("#delivered").fill("3")
    send(page, "Save")
    page.locator("summary").filter(has_text=ES("Done")).first.click()
    page.locator("#reached-first").fill("6")
    page.locator("details[open]").get_by_role("button").click()
    expect(page.get_by_text(ES("reached: %(number)s") % {"number": 6})).to_be_visible()


def promise(page: Page, first: date, day: str) -> str:
    """The congregation promises something; the team's page of it."""
    page.goto("/es/team/promises/new")
    for name, words in {"what": "Cena", "made_at": "Reunión"}.items():
        for lang in ("en", "es"):
            page.locator(f"#{name}_{lang}").fill(f"{words} del sicómoro")
    page.locator("#office").select_option(index=1)
    page.locator("#made_on").fill(first.isoformat())
    page.locator("#due_on").fill(day)
    return send(page, "Publish")


def report(page: Page, address: str, step: str, judged: str | None = None) -> None:
    """Say what became of it: the pastor that it is done, the other side whether it was."""
    page.goto(f"{address.removesuffix('/edit').rstrip('/')}/{step}")
    if judged:
        page.locator(f"[name=verdict][value={judged}]").check()
    for lang in ("en", "es"):
        page.locator(f"#text_{lang}").fill("Comimos juntos.")
    send(page, "Publish")


def test_a_month_of_a_pastor(visit: Visit, hire: Hire, work: Work) -> None:
    pastor = hire("faith_partner", name="Elías Sicómoro", language="es")
    elder = hire(name="Alma Sicómoro", language="es")
    services = hire("services", language="es")
    with work() as session:
        circle, first = make_circle(session, pastor, elder, name="Sycamore circle"), today()
        sit_in(session, circle, services, CircleRole.MEMBER)
        house = make_office(session, "congregation", "Pastor's office").organisation
        session.add(Belonging(organisation_id=house.id, member_id=pastor.id))
        market = make_market(session, "Sycamore Street", released=False)
        let_in(session, market, pastor)
    window = visit("/es/circles/", member=pastor, size=PHONE)
    page, there = window.page, f"/es/circles/{circle.id}/"
    day = find_a_day(page, there, visit(there, member=elder, script=False).page, first)
    address = prepare(page, there, day)
    more_voices(work, address, pastor)
    hold(page, address, work)
    with work() as session:
        make_call_in(session, session.merge(market)).tonight = both(NIGHT["en"], NIGHT["es"])
        assert len(keys_turned(market.id)) == 2
    time.sleep(LOOK_SECONDS)
    resident = visit("/es/tonight/", script=False)
    expect(resident.page.get_by_text(NIGHT["es"])).to_be_visible()
    look_after(page, address)
    made = promise(page, first, day)
    report(page, made, "claim")
    report(visit("/es/account/", member=services).page, made, "judge", "kept")
    resident.page.goto("/es/promises/")
    follow(resident.page, "Se prometió: Cena del sicómoro")
    expect(resident.page.locator("main .badge").first).to_have_text(ES("Kept"))
    expect(resident.page.get_by_text("Comimos juntos.").first).to_be_visible()
    resident.expect_no_cookie()
    window.expect_nowhere("Delia", "Cora")
    for path in (there, address, f"{address}run/", f"{address}voices/", f"{address}help/", made):
        page.goto(path)
        assert page.evaluate("document.scrollingElement.scrollWidth") == PHONE["width"], path

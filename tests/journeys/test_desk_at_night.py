"""An organizer at ten at night, with a phone that runs no script: how many presses and fields a meeting costs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

from playwright.sync_api import Page, expect
from sqlalchemy import select

from portal.accounts.users import Member
from portal.core.clock import now
from portal.meetings.meeting import Meeting
from portal.meetings.venues import VenueDraft, keep_venue
from tests.conftest import Work
from tests.journeys.browsing import PHONE, heading
from tests.journeys.conftest import Hire, Visit
from tests.make import both, make_meeting

CITY = ZoneInfo("America/New_York")
WORDS = {
    "copy": "Copiarla para otro día",
    "publish": "Publicar",
    "plan": "Planear una reunión",
    "published": "Se publicó en los dos idiomas.",
}
SCREENS = 2.5
"""So many screens down at most is the button that publishes a copy."""


@dataclass
class Hand:
    """Does what a thumb does, and counts."""

    page: Page
    presses: int = 0
    fields: int = 0

    def press(self, name: str, inside: str = "main") -> None:
        self.page.locator(inside).get_by_role("button", name=name, exact=True).first.click()
        self.presses += 1

    def press_value(self, value: str) -> None:
        self.page.locator(f"main button[value^='{value}']").first.click()
        # The same page comes again, on which something was put in.
        self.page.locator("[data-here]").wait_for()
        self.presses += 1

    def follow(self, name: str) -> None:
        self.page.get_by_role("link", name=name, exact=True).first.click()
        self.presses += 1

    def choose(self, field: str, answer: str) -> None:
        self.page.locator(f"#{field} input[value={answer}]").check()
        self.presses += 1

    def fill(self, field: str, value: str) -> None:
        self.page.locator(f"#{field}").fill(value)
        self.fields += 1


def day_in(days: int) -> date:
    return now().astimezone(CITY).date() + timedelta(days=days)


def last_one(work: Work, member: Member) -> Meeting:
    """A meeting of this member that was held three weeks ago, under a title that no other has."""
    mark = uuid4().hex[:8]
    with work() as session:
        starts = datetime.combine(day_in(-21), time(18, 30), CITY)
        title = both(f"Porch talk {mark}", f"Charla en el portal {mark}")
        return make_meeting(session, member, starts_at=starts, title=title, interpreter="yes")


def published(work: Work, title: str) -> list[Meeting]:
    with work() as session:
        found = session.scalars(
            select(Meeting).where(Meeting.title_en == title, Meeting.state == "published").order_by(Meeting.starts_at)
        )
        return list(found.all())


def test_a_copy_is_published_without_filling_a_field(visit: Visit, hire: Hire, work: Work) -> None:
    member = hire("organizer", language="es")
    meeting = last_one(work, member)
    page = visit(f"/es/team/meetings/{meeting.id}", member=member, script=False).page
    hand = Hand(page)
    hand.press(WORDS["copy"])
    assert page.locator("#held_on").input_value() > day_in(6).isoformat()
    assert page.locator("#starts").input_value() == "18:30"
    page.wait_for_load_state("load")
    box = page.get_by_role("button", name=WORDS["publish"], exact=True).first.bounding_box()
    assert box and box["y"] < SCREENS * PHONE["height"]
    # The first one had an interpreter and childcare, and no ride: nobody was asked for this day.
    hand.choose("interpreter", "asked")
    hand.choose("childcare", "no")
    hand.press(WORDS["publish"])
    page.locator("[role=status]").first.wait_for()
    assert (hand.presses, hand.fields) == (4, 0)
    _old, new = published(work, meeting.title.en)
    assert new.place == meeting.place
    assert new.starts_at.astimezone(CITY).time() == time(18, 30)
    page.goto(f"/es/meetings/{new.slug}")
    assert heading(page) == meeting.title["es"]


def test_a_first_meeting_without_a_template_takes_two_texts(visit: Visit, hire: Hire, work: Work) -> None:
    member = hire("organizer", language="es")
    title = f"New {uuid4().hex[:8]}"
    place = both(f"Hall {title}", f"Salón {title}")
    with work():
        access, host = both("A ramp.", "Una rampa."), both("The choir", "El coro")
        kept = keep_venue(VenueDraft(place, access, host, "48 Chapel Street, Alder Falls"), member.id)
    page = visit("/es/team/meetings/week/", member=member, script=False).page
    hand = Hand(page)
    hand.follow(WORDS["plan"])
    page.wait_for_load_state()
    assert page.locator("form.wide :is(input, textarea, select):visible").count() <= 1 + 1 + 3 + 1 + 12
    hand.fill("title_es", title)
    hand.fill("purpose_es", "Talk")
    hand.press_value("day:")
    if not page.locator(f"button[value='put:venue:{kept.id}']").is_visible():
        # Others keep venues here too; of many the last ones are folded.
        page.locator("#where > details > summary").first.click()
    hand.press_value(f"put:venue:{kept.id}")
    expect(page.locator("#place_es")).to_have_value(place["es"])
    assert page.locator("#title_es").input_value() == title
    for need in ("interpreter", "childcare", "food", "ride"):
        hand.choose(need, "no")
    hand.press(WORDS["publish"])
    page.get_by_role("alert").wait_for()
    assert page.locator("p.error").count() == 2, "what is due in the other language is asked right there"
    hand.fill("title_en", title)
    hand.fill("purpose_en", "Plática")
    hand.press(WORDS["publish"])
    page.get_by_text(WORDS["published"]).wait_for()
    (found,) = published(work, title)
    assert (found.place, found.access, found.host) == (place, access, host)
    assert found.report_back_by.is_whole and found.report_back_on is not None
    # The way there, a day, a venue, four needs, and publishing, which asks for the other language once.
    assert (hand.presses, hand.fields) == (9, 4)

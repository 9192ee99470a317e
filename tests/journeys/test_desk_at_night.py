"""An organizer at ten at night, with a phone that runs no script: a copy costs four presses, and no field."""

from datetime import date, datetime, time, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

from sqlalchemy import select

from portal.accounts.users import Member
from portal.core.clock import now
from portal.meetings.meeting import Meeting
from tests.conftest import Work
from tests.journeys.browsing import PHONE, heading, press
from tests.journeys.conftest import Hire, Visit
from tests.make import both, make_meeting

CITY = ZoneInfo("America/New_York")
SCREENS = 2.5
"""So many screens down at most is the button that publishes a copy."""


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
        found = session.scalars(select(Meeting).where(Meeting.state == "published").order_by(Meeting.starts_at))
        return [meeting for meeting in found if meeting.title.en == title]


def test_a_copy_is_published_without_filling_a_field(visit: Visit, hire: Hire, work: Work) -> None:
    member = hire("organizer", language="es")
    meeting = last_one(work, member)
    page = visit(f"/es/team/meetings/{meeting.id}", member=member, script=False).page
    press(page, "Copiarla para otro día")
    assert page.locator("#held_on").input_value() > day_in(6).isoformat()
    assert page.locator("#starts").input_value() == "18:30"
    page.wait_for_load_state("load")
    box = page.get_by_role("button", name="Publicar", exact=True).first.bounding_box()
    assert box and box["y"] < SCREENS * PHONE["height"]
    # The first one had an interpreter and childcare, and no ride: nobody was asked for this day.
    page.locator("#interpreter input[value=asked]").check()
    page.locator("#childcare input[value=no]").check()
    page.get_by_role("button", name="Publicar", exact=True).first.click()
    page.locator("[role=status]").first.wait_for()
    _old, new = published(work, meeting.title.en)
    assert new.place == meeting.place
    assert new.starts_at.astimezone(CITY).time() == time(18, 30)
    page.goto(f"/es/meetings/{new.slug}")
    assert heading(page) == meeting.title["es"]

"""The street address of a meeting: what may be typed, when it counts as a move, and where people read it."""

from __future__ import annotations

import json
from dataclasses import replace

from flask.testing import FlaskClient
from icalendar import Calendar
from sqlalchemy import select

from portal.core.i18n import speaking
from portal.core.page_cache import renew_cache_version
from portal.leaks.drill import forget_pages
from portal.meetings.meeting import Meeting, MeetingPlan
from portal.meetings.paper.paper import bulletin, flyer
from portal.meetings.readiness import TEXTS, changes_calendars, is_street_address, moves
from tests.conftest import Work
from tests.make import both, make_meeting
from tests.page import Reader

STREET = "110 Oak Avenue, Alder Falls"
PLAN = MeetingPlan(**dict.fromkeys(TEXTS, both("a", "b")), address=STREET)


def test_an_address_has_a_number() -> None:
    for typed in (
        STREET,
        "Av. Roble #110",
        "4th & Main",
        "110½ Oak Ave, Apt. B",
        "P.O. Box 12",
        "ＯＡＫ １１０",
    ):
        assert is_street_address(typed)


def test_what_no_map_finds_is_no_address() -> None:
    for typed in (
        "Oak Avenue",
        "the church",
        "https://maps.app/1",
        "www.church1.org",
        "rosa1@example.org",
        "1 Oak\n2 Elm",
    ):
        assert not is_street_address(typed)


def test_another_address_is_a_move() -> None:
    bare, other = replace(PLAN, address=""), replace(PLAN, address="7 Elm Street")
    assert moves(PLAN, other)
    assert not moves(bare, PLAN)
    assert not moves(PLAN, bare)
    assert changes_calendars(bare, PLAN)


def test_the_map_on_the_page_is_only_a_link(page: Reader, work: Work) -> None:
    with work() as session:
        slug = make_meeting(session, address=STREET).slug
        bare = make_meeting(session).slug
    shown = page(f"/es/meetings/{slug}")
    assert shown.text.count(STREET) == 1
    assert not shown.has("svg.map")
    link = next(one for one in shown.find_all("main a") if "maps" in one.get("href", ""))
    assert link.get("href") == "https://www.google.com/maps/search/?api=1&query=110+Oak+Avenue%2C+Alder+Falls"
    assert {"noreferrer", "noopener"} <= set(link.get("rel", "").split())
    data = json.loads("".join(shown.find("script[type=application/ld+json]").itertext()))
    assert data["location"] == [{"@type": "Place", "name": ("Biblioteca, sala 2"), "address": STREET}]
    assert "maps" not in page(f"/es/meetings/{bare}").response.text


def test_cards_name_it_until_the_meeting_is_canceled(page: Reader, work: Work) -> None:
    with work() as session:
        meeting_id = make_meeting(session, address=STREET).id
    for path in ("", "meetings/"):
        assert STREET in page(f"/es/{path}").text
    with work() as session:
        meeting = session.get_one(Meeting, meeting_id)
        meeting.state, meeting.change_reason = "cancelled", both("Ill.", "Enferma.")
        renew_cache_version()
    forget_pages(page.client.application)
    for path in ("", "meetings/"):
        assert STREET not in page(f"/es/{path}").text


def test_calendars_and_paper_name_it(client: FlaskClient, work: Work) -> None:
    with work() as session:
        slug = make_meeting(session, address=STREET).slug
    (event,) = Calendar.from_ical(client.get(f"/es/meetings/{slug}.ics").data).walk("VEVENT")
    place = f"{('Biblioteca, sala 2')}, {STREET}"
    assert event["location"] == place
    with work() as session, speaking("es"):
        meeting = session.scalars(select(Meeting)).one()
        assert flyer(meeting).place == place
        assert place in bulletin(meeting)

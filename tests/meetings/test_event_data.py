"""Meetings for search engines: what the page shows, in its language, and nothing else."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.conftest import Work
from tests.make import both, make_market, make_meeting
from tests.page import Reader

LANGUAGES = pytest.mark.parametrize("lang", ["en", "es"])


def event(page: Reader, lang: str = "en", slug: str = "porch") -> dict[str, Any]:
    (script,) = [
        one for one in page(f"/{lang}/meetings/{slug}").find_all("script") if one.get("type") == "application/ld+json"
    ]
    found: dict[str, Any] = json.loads(script.text or "")
    return found


@LANGUAGES
def test_a_meeting_is_an_event_in_the_language_of_its_page(page: Reader, work: Work, lang: str) -> None:
    with work() as session:
        meeting = make_meeting(session, slug="porch", title=both("Porch evening", "Tarde en el portal"))
    found = event(page, lang)
    assert found["@type"] == "Event"
    assert found["name"] == meeting.title[lang]
    assert found["description"] == meeting.purpose[lang]
    assert found["inLanguage"] == lang
    assert found["url"] == f"http://localhost/{lang}/meetings/porch"
    assert found["eventStatus"] == "https://schema.org/EventScheduled"
    assert found["eventAttendanceMode"] == "https://schema.org/OfflineEventAttendanceMode"
    assert found["location"] == [{"@type": "Place", "name": meeting.place[lang], "address": meeting.place[lang]}]
    assert datetime.fromisoformat(found["startDate"]) == meeting.starts_at
    assert datetime.fromisoformat(found["endDate"]) == meeting.ends_at
    assert found["organizer"]["name"] == meeting.host[lang]


@pytest.mark.parametrize(
    ("state", "reason", "status"),
    [
        ("cancelled", both("Ill.", "Enferma."), "EventCancelled"),
        ("published", both("Flood.", "Inundación."), "EventRescheduled"),
    ],
)
def test_a_canceled_or_moved_meeting_says_so(page: Reader, work: Work, state: str, reason: Any, status: str) -> None:
    with work() as session:
        make_meeting(session, slug="porch", state=state, change_reason=reason)
    assert event(page)["eventStatus"] == f"https://schema.org/{status}"


@pytest.mark.parametrize(
    ("mode", "link_for", "kinds", "url"),
    [
        ("online", "everybody", ["VirtualLocation"], "https://meet.test/x"),
        ("online", "coming", ["VirtualLocation"], "http://localhost/en/meetings/porch"),
        ("hybrid", "everybody", ["Place", "VirtualLocation"], "https://meet.test/x"),
        ("hybrid", "coming", ["Place", "VirtualLocation"], "http://localhost/en/meetings/porch"),
    ],
)
def test_a_link_that_is_for_those_who_come_is_not_in_it(
    page: Reader, work: Work, mode: str, link_for: str, kinds: list[str], url: str
) -> None:
    with work() as session:
        make_meeting(session, slug="porch", mode=mode, link_for=link_for, online_url="https://meet.test/x")
    found = event(page)
    assert [one["@type"] for one in found["location"]] == kinds
    assert found["location"][-1]["url"] == url


def test_the_link_of_a_canceled_meeting_is_gone(page: Reader, work: Work) -> None:
    with work() as session:
        make_meeting(
            session,
            slug="porch",
            mode="online",
            online_url="https://meet.test/x",
            state="cancelled",
            change_reason=both("Ill.", "Enferma."),
        )
    assert "meet.test" not in json.dumps(event(page))


def test_nothing_that_is_typed_ends_the_block(page: Reader, work: Work) -> None:
    with work() as session:
        make_meeting(session, slug="porch", title=both("</script><script>alert('1')</script> & co", "x"))
    assert event(page)["name"] == "</script><script>alert('1')</script> & co"


def test_a_meeting_at_a_hidden_place_has_none(client: FlaskClient, work: Work) -> None:
    with work() as session:
        make_meeting(session, slug="porch", market_id=make_market(session, "Umber Alley", released=False).id)
    assert client.get("/en/meetings/porch").status_code == 404

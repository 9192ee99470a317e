"""What Google, Apple and Outlook are known to need (docs/decisions/0007-calendars.md), of every calendar file.

They cannot be asked from here: these are recorded expectations, read with a library that did not write the files.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import vobject
from flask.testing import FlaskClient

from portal.meetings import planning
from portal.meetings.series import Series, dates_of
from tests.conftest import Work
from tests.make import both, make_market, make_meeting, make_series
from tests.meetings.test_calendar import CONTENT_LINE, content_lines

NEW_YORK = ZoneInfo("America/New_York")
FILES = [
    f"/es/{path}.ics"
    for path in ("meetings", "meetings/series/porch", "places/elm-street/meetings", "meetings/evening")
]
pytestmark = pytest.mark.time_machine(datetime(2026, 12, 1, 12, tzinfo=NEW_YORK), tick=True)


@pytest.fixture(autouse=True)
def series(work: Work) -> None:
    """Dates in winter and summer, one moved past its neighbor, one called off, commas and accents everywhere."""
    starts = datetime(2027, 1, 5, 18, 30, tzinfo=NEW_YORK)
    said = both("Lamps, trash; more " * 9, "Lámparas, basura; ¿más? ñandú " * 9)
    with work() as session:
        meeting = make_meeting(
            session, starts_at=starts, slug="evening", purpose=said, place=said, market_id=make_market(session).id
        )
        found = make_series(session, meeting, "m1", slug="porch", times=8)
        second, third = (one.meeting for one in dates_of(found)[1:3])
        assert second and third and second.starts_at and second.ends_at
        late = datetime(2027, 3, 14, 18, 30, tzinfo=NEW_YORK)
        moved = replace(
            second.plan, starts_at=late, ends_at=late + timedelta(hours=2), report_back_on=date(2027, 3, 30)
        )
        reason = both("Rain, wind", "Lluvia, viento")
        planning.change_meeting(second, moved, reason, second.author_id)
        planning.cancel_meeting(third, reason, third.author_id)


def read(client: FlaskClient, path: str) -> vobject.base.Component:
    return vobject.readOne(client.get(path).text, validate=True)


def test_every_line_is_short_ends_right(client: FlaskClient) -> None:
    for path in FILES:
        answer = client.get(path)
        assert answer.content_type == "text/calendar; charset=utf-8"
        assert [line for line in content_lines(answer.data) if not CONTENT_LINE.fullmatch(line)] == [], path
        assert re.search(rb"(?<!\\),", answer.data.split(b"SUMMARY")[1].split(b"URL")[0].replace(b"\r\n ", b"")) is None


def test_google_reads_name_and_zone_and_nobody_needs_recurrence(client: FlaskClient) -> None:
    for path in FILES:
        calendar = read(client, path)
        assert calendar.method.value == "PUBLISH"
        assert calendar.contents["x-wr-timezone"][0].value == "America/New_York"
        uids = [event.uid.value for event in calendar.vevent_list]
        assert len(set(uids)) == len(uids)
        for event in calendar.vevent_list:
            assert {"uid", "dtstamp", "sequence", "dtstart", "dtend", "summary"} <= set(event.contents)
            assert not {"attendee", "rrule", "exdate", "rdate", "recurrence-id"} & set(event.contents)


def test_apple_and_outlook_come_back(client: FlaskClient) -> None:
    for path in FILES:
        lines = content_lines(client.get(path).data)
        assert {"REFRESH-INTERVAL;VALUE=DURATION:PT6H", "X-PUBLISHED-TTL:PT6H"} <= set(lines), path
        named = {line.split(":")[0] for line in lines} & {"NAME", "X-WR-CALNAME"}
        assert named == (set() if path.endswith("/evening.ics") else {"NAME", "X-WR-CALNAME"})


def test_outlook_finds_the_zone_by_rules(client: FlaskClient) -> None:
    for path in FILES:
        lines = content_lines(client.get(path).data)
        zone = lines[lines.index("BEGIN:VTIMEZONE") : lines.index("END:VTIMEZONE")]
        assert [line for line in zone if line.startswith(("RRULE", "RDATE"))] == [
            "RRULE:FREQ=YEARLY;BYDAY=2SU;BYMONTH=3",
            "RRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=11",
        ]
        used = {line.split(":")[0] for line in lines if re.match(r"DT(START|END)[;:]", line) and line not in zone}
        assert used == {"DTSTART;TZID=America/New_York", "DTEND;TZID=America/New_York"}


def test_what_is_called_off_is_seen_in_every_calendar(client: FlaskClient, work: Work) -> None:
    events = read(client, "/es/meetings/series/porch.ics").vevent_list
    off = [event for event in events if event.status.value == "CANCELLED"]
    assert len(off) == 1
    assert off[0].summary.value.startswith("Cancelada: ")
    assert off[0].description.value.startswith("Motivo: Lluvia, viento")
    assert off[0].transp.value == "TRANSPARENT"
    assert "valarm" not in off[0].contents
    assert off[0].sequence.value == "1"


def test_a_date_may_move_past_its_neighbor(client: FlaskClient, work: Work) -> None:
    with work() as session:
        slots = [one.slot_on for one in dates_of(session.query(Series).one())]
    starts = [event.dtstart.value.date() for event in read(client, "/en/meetings/series/porch.ics").vevent_list]
    assert len(starts) == len(slots) == 7
    moved = [day for day in starts if day not in slots]
    assert moved == [date(2027, 3, 14)]
    assert moved[0] > slots[2]


def test_the_hour_on_the_wall_stays_all_year(client: FlaskClient) -> None:
    events = read(client, "/es/meetings/series/porch.ics").vevent_list
    assert {event.dtstart.value.astimezone(NEW_YORK).hour for event in events} == {18}
    assert {event.dtstart.value.utcoffset() for event in events} == {timedelta(hours=-5), timedelta(hours=-4)}

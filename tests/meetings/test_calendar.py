"""The calendar files: right by the letter of RFC 5545, and by two readers that did not write them."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import pytest
import vobject
from flask.testing import FlaskClient
from icalendar import Calendar

from portal.meetings import planning
from portal.meetings.series import dates_of
from tests.conftest import Work
from tests.make import both, make_market, make_meeting, make_series

NEW_YORK = ZoneInfo("America/New_York")
# Before and after the clocks change, and in the hour that comes twice.
STARTS = (
    datetime(2027, 1, 14, 18, 30, tzinfo=NEW_YORK),
    datetime(2027, 7, 8, 18, 30, tzinfo=NEW_YORK),
    datetime(2027, 11, 7, 1, 15, tzinfo=NEW_YORK),
)
pytestmark = pytest.mark.time_machine(datetime(2026, 12, 1, 12, tzinfo=NEW_YORK), tick=True)
ATOM = "{http://www.w3.org/2005/Atom}"

CONTENT_LINE = re.compile(r'[A-Z0-9-]+(;[A-Z0-9-]+=("[^"]*"|[^";:,]*)(,("[^"]*"|[^";:,]*))*)*:.*')
LONG = both(
    "We talk about lamps; about trash, too.\nBring chairs \\ tables. " + "Really. " * 30,
    "Hablamos de luces, de basura; ¿y qué más? ¡Mañana! " + "También niños y niñas. " * 20,
)


def content_lines(body: bytes) -> list[str]:
    """Unfold a calendar file, as strictly as the standard allows."""
    assert body.endswith(b"\r\n")
    raw = body.removesuffix(b"\r\n").split(b"\r\n")
    unfolded: list[bytes] = []
    for line in raw:
        assert not re.search(rb"[\r\n]", line), "a bare line break"
        assert len(line) <= 75, f"{len(line)} octets"
        line.decode()  # no character is cut in two
        if line.startswith(b" "):
            unfolded[-1] += line[1:]
        else:
            unfolded.append(line)
    return [line.decode() for line in unfolded]


def test_a_reader_finds_what_was_written_in_its_language(client: FlaskClient, work: Work) -> None:
    title = both("Winter, together", "Invierno, juntos")
    with work() as session:
        slug = make_meeting(session, title=title, starts_at=STARTS[0], purpose=LONG).slug
    for lang, said in (("en", "Childcare: We have asked"), ("es", "Transporte: No")):
        (event,) = Calendar.from_ical(client.get(f"/{lang}/meetings/{slug}.ics").data).events
        assert event["SUMMARY"] == title[lang]
        described = event["DESCRIPTION"].replace("\r", "")
        assert LONG[lang].strip() in described and said in described
        assert event["LOCATION"] == {"en": "Library, room 2", "es": "Biblioteca, sala 2"}[lang]
        assert event["URL"] == f"http://localhost/{lang}/meetings/{slug}"
        assert (event["UID"], event["STATUS"]) == ("winter-together@portal.test", "CONFIRMED")
        assert event.start == STARTS[0]


def test_feeds_tell_of_every_meeting(client: FlaskClient, work: Work) -> None:
    with work() as session:
        market, hidden = make_market(session, "Elm Street"), make_market(session, "Birch Street", released=False)
        make_meeting(session, slug="everywhere")
        make_meeting(session, slug="at-elm", market_id=market.id)
        make_meeting(session, slug="at-birch", market_id=hidden.id)
    tree = ET.fromstring(client.get("/es/meetings.atom").data)
    assert tree.findtext(f"{ATOM}title", "").endswith(" · Common Ground")
    entries = list(tree.iter(f"{ATOM}entry"))
    assert {entry.find(f"{ATOM}link").get("href").rpartition("/")[2] for entry in entries} == {"everywhere", "at-elm"}
    for entry in entries:
        # As a reader shows it: HTML whose lines break, with no tag to be read.
        said = entry.findtext(f"{ATOM}content", "")
        assert said.count("<br>") > 3
        assert "&lt;" not in said


def read(client: FlaskClient, url: str) -> vobject.base.Component:
    """The one calendar in a file, checked against what the standard asks of its parts."""
    answer = client.get(url)
    assert (answer.status_code, answer.content_type) == (200, "text/calendar; charset=utf-8")
    found = list(vobject.readComponents(answer.text, validate=True))
    assert len(found) == 1
    return found[0]


def test_another_reader_finds_the_same_moments_and_alarms(client: FlaskClient, work: Work) -> None:
    with work() as session:
        elm = make_market(session)
        slugs = [make_meeting(session, starts_at=starts, market_id=elm.id).slug for starts in STARTS]
    here = read(client, "/es/meetings.ics")
    assert len(here.vevent_list) == 3
    assert here.contents["x-wr-calname"][0].value == "Reuniones"
    assert here.method.value == "PUBLISH"
    found = [event.dtstart.value for event in here.vevent_list]
    assert [moment.astimezone(UTC) for moment in found] == [starts.astimezone(UTC) for starts in STARTS]
    assert [event.dtend.value - event.dtstart.value for event in here.vevent_list] == [timedelta(hours=2)] * 3
    assert {event.summary.language_param for event in here.vevent_list} == {"es"}
    event = read(client, f"/es/meetings/{slugs[0]}.ics").vevent
    rings = [(alarm.action.value, alarm.trigger.value) for alarm in event.valarm_list]
    assert rings == [("DISPLAY", timedelta(days=-1)), ("DISPLAY", timedelta(hours=-2))]
    assert {alarm.description.value for alarm in event.valarm_list} == {event.summary.value}


def test_what_is_called_off_keeps_nobody_busy(client: FlaskClient, work: Work) -> None:
    with work() as session:
        held, off = make_meeting(session), make_meeting(session)
        planning.cancel_meeting(off, both("Rain", "Lluvia"), off.author_id)
    for path in ("meetings", f"meetings/{off.slug}"):
        calendar = read(client, f"/es/{path}.ics")
        event = next(one for one in calendar.vevent_list if one.status.value == "CANCELLED")
        assert (calendar.method.value, event.sequence.value, event.transp.value) == ("PUBLISH", "1", "TRANSPARENT")
        assert event.summary.value.startswith("Cancelada: ")
        assert event.description.value.startswith("Motivo: Lluvia")
        assert "valarm" not in event.contents
    # With an organizer its own file takes it out.
    client.application.settings.mail_from = "Common Ground <meetings@city.example>"
    for path, method in (
        (f"meetings/{held.slug}", "PUBLISH"),
        (f"meetings/{off.slug}", "CANCEL"),
        ("meetings", "PUBLISH"),
    ):
        calendar = read(client, f"/en/{path}.ics?again")
        assert calendar.method.value == method
        assert {event.organizer.value for event in calendar.vevent_list} == {"mailto:meetings@city.example"}
        assert {event.organizer.cn_param for event in calendar.vevent_list} == {"Neighbors of Elm"}


# --- What Google, Apple and Outlook are known to need (docs/decisions/0007-calendars.md), of every calendar file ---

FILES = [f"/es/{path}.ics" for path in ("meetings", "meetings/series/porch", "meetings/evening")]


def porch_series(work: Work) -> list[date]:
    """Dates in winter and summer, one moved past its neighbor, one called off, commas and accents everywhere."""
    said = both("Lamps, trash; more " * 9, "Lámparas, basura; ¿más? ñandú " * 9)
    late, reason = datetime(2027, 3, 14, 18, 30, tzinfo=NEW_YORK), both("Rain, wind", "Lluvia, viento")
    with work() as session:
        told = {"slug": "evening", "purpose": said, "place": said, "market_id": make_market(session).id}
        meeting = make_meeting(session, starts_at=datetime(2027, 1, 5, 18, 30, tzinfo=NEW_YORK), **told)
        found = make_series(session, meeting, "m1", slug="porch", times=8)
        second, third = (one.meeting for one in dates_of(found)[1:3])
        hours = {"starts_at": late, "ends_at": late + timedelta(hours=2), "report_back_on": date(2027, 3, 30)}
        planning.change_meeting(second, replace(second.plan, **hours), reason, second.author_id)
        planning.cancel_meeting(third, reason, third.author_id)
        return [one.slot_on for one in dates_of(found)]


def test_every_calendar_file_is_what_each_reader_needs(client: FlaskClient, work: Work) -> None:
    slots = porch_series(work)
    for path in FILES:
        calendar, content = read(client, path), client.get(path).data
        lines = content_lines(content)
        assert [line for line in lines if not CONTENT_LINE.fullmatch(line)] == [], path
        assert re.search(rb"(?<!\\),", content.split(b"SUMMARY")[1].split(b"URL")[0].replace(b"\r\n ", b"")) is None
        # Google reads name and zone, and nobody needs recurrence.
        assert calendar.method.value == "PUBLISH"
        assert calendar.contents["x-wr-timezone"][0].value == "America/New_York"
        uids = [event.uid.value for event in calendar.vevent_list]
        assert len(set(uids)) == len(uids)
        for event in calendar.vevent_list:
            assert {"uid", "dtstamp", "sequence", "dtstart", "dtend", "summary"} <= set(event.contents)
            assert not {"attendee", "rrule", "exdate", "rdate", "recurrence-id"} & set(event.contents)
        # Apple and Outlook come back.
        assert {"REFRESH-INTERVAL;VALUE=DURATION:PT6H", "X-PUBLISHED-TTL:PT6H"} <= set(lines), path
        named = {line.split(":")[0] for line in lines} & {"NAME", "X-WR-CALNAME"}
        assert named == (set() if path.endswith("/evening.ics") else {"NAME", "X-WR-CALNAME"})
        # Outlook finds the zone by rules.
        zone = lines[lines.index("BEGIN:VTIMEZONE") : lines.index("END:VTIMEZONE")]
        rules = [f"RRULE:FREQ=YEARLY;BYDAY={day};BYMONTH={month}" for day, month in (("2SU", 3), ("1SU", 11))]
        assert [line for line in zone if line.startswith(("RRULE", "RDATE"))] == rules
        used = {line.split(":")[0] for line in lines if re.match(r"DT(START|END)[;:]", line) and line not in zone}
        assert used == {"DTSTART;TZID=America/New_York", "DTEND;TZID=America/New_York"}
    # A date may move past its neighbor.
    starts = [event.dtstart.value.date() for event in read(client, FILES[1]).vevent_list]
    assert len(starts) == len(slots) == 7
    assert [day for day in starts if day not in slots] == [date(2027, 3, 14)]

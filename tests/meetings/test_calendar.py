"""The calendar files: right by the letter of RFC 5545, and by a reader of them."""

from __future__ import annotations

import re
from datetime import datetime
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

from flask.testing import FlaskClient
from icalendar import Calendar
from icalendar.cal import Event

from portal.core.web import Portal
from portal.meetings.meeting import Meeting
from tests.conftest import Work
from tests.make import both, make_market, make_meeting

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


def event_of(body: bytes) -> Event:
    events = Calendar.from_ical(body).events
    assert len(events) == 1
    event: Event = events[0]
    return event


def winter_meeting(work: Work) -> str:
    with work() as session:
        starts = datetime(2027, 1, 14, 18, 30, tzinfo=ZoneInfo("America/New_York"))
        meeting = make_meeting(
            session, title=both("Winter, together", "Invierno, juntos"), starts_at=starts, purpose=LONG
        )
        return str(meeting.slug)


def test_a_reader_finds_what_was_written_in_its_language(client: FlaskClient, work: Work) -> None:
    slug = winter_meeting(work)
    english, spanish = (event_of(client.get(f"/{lang}/meetings/{slug}.ics").data) for lang in ("en", "es"))
    assert (english["SUMMARY"], spanish["SUMMARY"]) == ("Winter, together", "Invierno, juntos")
    assert LONG.en.strip() in english["DESCRIPTION"].replace("\r", "")
    assert LONG.es.strip() in spanish["DESCRIPTION"]
    assert "Childcare: We have asked" in english["DESCRIPTION"]
    assert "Transporte: No" in spanish["DESCRIPTION"]
    assert (english["LOCATION"], spanish["LOCATION"]) == ("Library, room 2", "Biblioteca, sala 2")
    assert (english["URL"], spanish["URL"]) == tuple(
        f"http://localhost/{lang}/meetings/{slug}" for lang in ("en", "es")
    )
    assert english["UID"] == spanish["UID"]
    assert english["STATUS"] == "CONFIRMED"
    assert english.start == datetime(2027, 1, 14, 18, 30, tzinfo=ZoneInfo("America/New_York"))


def test_a_cancelled_meeting_stays_and_says_so(client: FlaskClient, work: Work) -> None:
    winter_meeting(work)
    with work() as session:
        meeting = session.query(Meeting).one()
        meeting.state, meeting.sequence = "cancelled", 3
        meeting.change_reason = both("The host is ill.", "La persona que invita está enferma.")
    event = event_of(client.get("/es/meetings.ics?fresh").data)
    assert (event["STATUS"], event["SEQUENCE"]) == ("CANCELLED", 3)
    assert event["SUMMARY"] == "Cancelada: Invierno, juntos"
    assert event["DESCRIPTION"].startswith("Motivo: La persona que invita está enferma.")


def test_feeds_tell_of_every_meeting(app: Portal, work: Work) -> None:
    with work() as session:
        market, hidden = make_market(session, "Elm Street"), make_market(session, "Birch Street", released=False)
        session.flush()
        make_meeting(session, slug="everywhere", title=both("Everywhere", "En todas"))
        make_meeting(session, slug="at-elm", title=both("At Elm", "En Elm"), market_id=market.id)
        make_meeting(session, slug="at-birch", title=both("At Birch", "En Birch"), market_id=hidden.id)
    client = app.test_client()
    whole, place = (client.get(f"/es/{path}") for path in ("meetings.atom", f"places/{market.slug}/meetings.atom"))
    links = {
        name: {entry.find(f"{ATOM}link").get("href").rpartition("/")[2] for entry in tree.iter(f"{ATOM}entry")}
        for name, tree in (("whole", ET.fromstring(whole.data)), ("place", ET.fromstring(place.data)))
    }
    assert links == {"whole": {"everywhere", "at-elm"}, "place": {"at-elm"}}
    for tree in (ET.fromstring(whole.data), ET.fromstring(place.data)):
        assert tree.findtext(f"{ATOM}title", "").endswith(" · Common Ground")
        for entry in tree.iter(f"{ATOM}entry"):
            # As a reader shows it: HTML whose lines break, with no tag to be read.
            said = entry.findtext(f"{ATOM}content", "")
            assert said.count("<br>") > 3
            assert "&lt;" not in said
    assert client.get(f"/es/places/{hidden.slug}/meetings.atom").status_code == 404

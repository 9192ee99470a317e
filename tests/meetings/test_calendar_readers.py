"""The calendar files as another library reads them, one that did not write them; and what calendars go by over time."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import vobject
from flask.testing import FlaskClient

from portal.core.clock import now
from portal.core.statuses import Refused
from portal.meetings import planning
from portal.meetings.meeting import Meeting
from portal.meetings.readiness import IN_CALENDARS
from tests.conftest import Work
from tests.make import both, make_market, make_meeting

NEW_YORK = ZoneInfo("America/New_York")
# Before and after the clocks change, and in the hour that comes twice.
STARTS = (
    datetime(2027, 1, 14, 18, 30, tzinfo=NEW_YORK),
    datetime(2027, 7, 8, 18, 30, tzinfo=NEW_YORK),
    datetime(2027, 11, 7, 1, 15, tzinfo=NEW_YORK),
)


def read(client: FlaskClient, url: str) -> vobject.base.Component:
    """The one calendar in a file, checked against what the standard asks of its parts."""
    answer = client.get(url)
    assert (answer.status_code, answer.content_type) == (200, "text/calendar; charset=utf-8")
    found = list(vobject.readComponents(answer.text, validate=True))
    assert len(found) == 1
    return found[0]


def test_another_reader_finds_the_same_moments_and_alarms(client: FlaskClient, work: Work) -> None:
    with work() as session:
        elm, oak = make_market(session), make_market(session, "Oak Street")
        slugs = [make_meeting(session, starts_at=starts, market_id=elm.id).slug for starts in STARTS]
        make_meeting(session, market_id=oak.id, title=both("Elsewhere", "En otra parte"))
    here, everywhere = (read(client, f"/es/{path}meetings.ics") for path in ("places/elm-street/", ""))
    assert (len(here.vevent_list), len(everywhere.vevent_list)) == (3, 4)
    assert here.contents["x-wr-calname"][0].value == "Reuniones: Calle Elm"
    assert here.method.value == "PUBLISH"
    found = [event.dtstart.value for event in here.vevent_list]
    assert [moment.astimezone(UTC) for moment in found] == [starts.astimezone(UTC) for starts in STARTS]
    assert [event.dtend.value - event.dtstart.value for event in here.vevent_list] == [timedelta(hours=2)] * 3
    assert {event.summary.language_param for event in here.vevent_list} == {"es"}
    event = read(client, f"/es/meetings/{slugs[0]}.ics").vevent
    rings = [(alarm.action.value, alarm.trigger.value) for alarm in event.valarm_list]
    assert rings == [("DISPLAY", timedelta(days=-1)), ("DISPLAY", timedelta(hours=-2))]
    assert {alarm.description.value for alarm in event.valarm_list} == {event.summary.value}
    assert client.get("/es/places/nowhere/meetings.ics").status_code == 404


def test_what_is_called_off_keeps_nobody_busy(client: FlaskClient, work: Work) -> None:
    with work() as session:
        meeting = make_meeting(session, title=both("Evening", "Tarde"))
        planning.cancel_meeting(meeting, both("Rain", "Lluvia"), meeting.author_id)
    for path in ("meetings", f"meetings/{meeting.slug}"):
        calendar = read(client, f"/es/{path}.ics")
        event = calendar.vevent
        assert (calendar.method.value, event.status.value, event.sequence.value) == ("PUBLISH", "CANCELLED", "1")
        assert event.transp.value == "TRANSPARENT"
        assert "valarm" not in event.contents


def test_with_an_organizer_its_own_file_takes_it_out(client: FlaskClient, work: Work) -> None:
    client.application.settings.mail_from = "Common Ground <meetings@city.example>"
    with work() as session:
        held, off = make_meeting(session), make_meeting(session)
        planning.cancel_meeting(off, both("Rain", "Lluvia"), off.author_id)
    files = [read(client, f"/en/{path}.ics") for path in (f"meetings/{held.slug}", f"meetings/{off.slug}", "meetings")]
    assert [calendar.method.value for calendar in files] == ["PUBLISH", "CANCEL", "PUBLISH"]
    for calendar in files:
        assert {event.organizer.value for event in calendar.vevent_list} == {"mailto:meetings@city.example"}
        assert {event.organizer.cn_param for event in calendar.vevent_list} == {"Neighbors of Elm"}


def test_through_hundreds_of_changes_calendars_learn_what_is_new(session) -> None:
    chance = random.Random(20261124)
    meetings = [make_meeting(session) for _ in range(20)]
    names = {meeting.id: meeting.uid for meeting in meetings}
    for _turn in range(300):
        meeting = chance.choice(meetings)
        before, sequence, was_cancelled = meeting.plan, meeting.sequence, meeting.is_cancelled
        try:
            _change(meeting, chance)
        except Refused:
            assert was_cancelled
        differs = any(getattr(before, name) != getattr(meeting.plan, name) for name in IN_CALENDARS)
        told = differs or meeting.is_cancelled != was_cancelled
        assert meeting.sequence == sequence + told
        assert meeting.uid == names[meeting.id]
    assert sum(meeting.is_cancelled for meeting in meetings) > 0
    assert max(meeting.sequence for meeting in meetings) > 5


def _change(meeting: Meeting, chance: random.Random) -> None:
    reason, plan = both("Because", "Porque"), meeting.plan
    if chance.random() < 0.03:
        planning.cancel_meeting(meeting, reason, meeting.author_id)
        return
    starts = (now() + timedelta(days=chance.randrange(2, 5))).replace(minute=0, second=0, microsecond=0)
    new = replace(
        plan,
        title=chance.choice([plan.title, both("Evening", "Tarde"), both("Night", "Noche")]),
        food=chance.choice(["yes", "no", plan.food]),
        report_back_by=chance.choice([plan.report_back_by, both("Eva", "Eva"), both("Ana", "Ana")]),
    )
    if chance.random() < 0.3:
        new = replace(new, starts_at=starts, ends_at=starts + timedelta(hours=1))
    planning.change_meeting(meeting, new, reason, meeting.author_id)

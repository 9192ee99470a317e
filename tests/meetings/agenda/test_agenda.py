"""The agenda of a meeting: lengths become times, both languages or nothing, and it moves with its meeting."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from portal.core.clock import now
from portal.core.i18n import Bilingual
from portal.meetings.agenda import PointLine, gaps, mark, points_of, timed, too_long_by
from portal.meetings.meeting import Meeting
from portal.meetings.planning import copy_meeting
from tests.conftest import Work
from tests.make import both, make_meeting
from tests.page import Reader

START = datetime(2026, 12, 3, 23, 30, tzinfo=UTC)
WELCOME, TALK = PointLine(both("Welcome", "Bienvenida"), 10), PointLine(both("Talk", "Plática"), 35)
TYPED = {"point1_en": "Welcome", "point1_es": "Bienvenida", "point1_minutes": 10}


@dataclass(frozen=True)
class Line:
    what: Bilingual
    minutes: int | None


def url(meeting: Meeting, lang: str = "en") -> str:
    return f"/{lang}/team/meetings/{meeting.id}/agenda/"


def test_points_follow_each_other() -> None:
    assert timed([WELCOME, TALK], START) == [(START, WELCOME), (START + timedelta(minutes=10), TALK)]


def test_a_point_is_whole_or_not_there(subtests: pytest.Subtests) -> None:
    for line, missing in (
        (Line(both("", ""), None), ()),
        (Line(both("a", ""), 5), ("point1_es",)),
        (Line(both("a", "b"), None), ("point1_minutes",)),
        (Line(both("", " "), 5), ("point1_en", "point1_es")),
    ):
        with subtests.test(f"{line} {missing}"):
            assert gaps([line]) == missing


def test_more_to_do_than_time_is_said() -> None:
    assert too_long_by([WELCOME, TALK], START, START + timedelta(minutes=40)) == 5
    assert too_long_by([WELCOME, TALK], START, START + timedelta(minutes=45)) == 0
    assert too_long_by([WELCOME], None, None) == 0
    assert mark([WELCOME]) != mark([TALK]) != mark([])


def test_what_is_saved_stands_there_with_its_times(editor: Reader, page: Reader, work: Work) -> None:
    with work() as session:
        starts = (now() + timedelta(days=7)).replace(hour=23, minute=30, second=0, microsecond=0)
        meeting = make_meeting(session, title=both("Evening", "Tarde"), starts_at=starts)
    more = {"point2_en": "Talk", "point2_es": "Plática", "point2_minutes": 30}
    saved = editor(url(meeting, "es")).wide.submit(**TYPED, **more)
    assert saved.wide.values["point2_minutes"] == "30"
    found = page(f"/es/meetings/{meeting.slug}").text
    words = ("Bienvenida", "Plática")
    assert found.index(words[0]) < found.index(words[1])
    assert ":40" in found
    evening = editor(f"/es/team/meetings/{meeting.id}/paper/evening").text
    assert words[1] in evening
    with work() as session:
        row = session.get_one(Meeting, meeting.id)
        row.starts_at, row.ends_at = starts + timedelta(hours=1, minutes=5), starts + timedelta(hours=3)
    assert ":45" in page(f"/es/meetings/{meeting.slug}?later").text


def test_one_language_is_refused_and_nothing_typed_is_lost(editor: Reader, work: Work) -> None:
    with work() as session:
        meeting = make_meeting(session)
    again = editor(url(meeting)).wide.submit(422, **TYPED | {"point1_es": "", "point2_minutes": "soon"})
    assert {link.get("href") for link in again.find_all(".summary a")} >= {"#point1_es", "#point2_minutes"}
    assert again.wide.values["point1_en"] == "Welcome"
    with work():
        assert not points_of(meeting.id)


def test_an_emptied_line_is_gone(editor: Reader, work: Work) -> None:
    with work() as session:
        meeting = make_meeting(session)
    more = {"point2_en": "Talk", "point2_es": "Plática", "point2_minutes": 30}
    saved = editor(url(meeting)).wide.submit(**TYPED, **more)
    saved.wide.submit(point1_en="", point1_es="", point1_minutes="")
    with work() as session:
        row = session.get_one(Meeting, meeting.id)
        twin = copy_meeting(row, row.author_id)
        assert [(point.what.en, point.minutes) for point in points_of(twin.id)] == [("Talk", 30)]

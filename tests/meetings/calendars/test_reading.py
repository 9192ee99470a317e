"""Reading files that anybody may have made: time zones, repetitions, and what would never end."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.meetings.calendars.fetching import MOST_BYTES, NotImported, read_file
from portal.meetings.calendars.hours import CalendarProblem
from portal.meetings.calendars.reading import MOST_FOUND, NotRead, read
from tests.meetings.calendars.ics import calendar, event

ZONE = ZoneInfo("America/New_York")
FIRST, LAST = date(2026, 11, 24), date(2027, 12, 31)
CHICAGO_EXDATE = event(
    "DTSTART;TZID=America/Chicago:20261202T180000",
    "DTEND;TZID=America/Chicago:20261202T190000",
    "RRULE:FREQ=WEEKLY;COUNT=3",
    "EXDATE;TZID=America/Chicago:20261209T180000",
    "SUMMARY:Supper",
)
MOVED = event(
    "RECURRENCE-ID;TZID=America/Chicago:20261216T180000",
    "DTSTART;TZID=America/Chicago:20261217T200000",
    "DTEND;TZID=America/Chicago:20261217T210000",
    "SUMMARY:Later",
)
OWN_ZONE = """BEGIN:VTIMEZONE
TZID:Ours
BEGIN:STANDARD
DTSTART:19701101T020000
TZOFFSETFROM:-0300
TZOFFSETTO:-0300
END:STANDARD
END:VTIMEZONE""".replace("\n", "\r\n")


def found(*parts: str, first: date = FIRST, last: date = LAST, head: str = "") -> list[tuple[str, str]]:
    """What a file holds: from and to, by the city's clock."""
    said = read(calendar(*parts, head=head), ZONE, first, last)
    moments = [(datetime.fromisoformat(one["starts"]), datetime.fromisoformat(one["ends"])) for one in said["events"]]
    assert all(starts.tzinfo == UTC for starts, _ends in moments) or not moments
    return [
        (f"{starts.astimezone(ZONE):%m-%d %H:%M}", f"{ends.astimezone(ZONE):%m-%d %H:%M}")
        for starts, ends in sorted(moments)
    ]


def test_each_kind_of_time_is_understood() -> None:
    assert found(event("DTSTART:20261201T180000", "DTEND:20261201T200000")) == [("12-01 18:00", "12-01 20:00")]
    assert found(event("DTSTART:20261201T180000Z", "DURATION:PT90M")) == [("12-01 13:00", "12-01 14:30")]
    chicago = "DTSTART;TZID=America/Chicago:20261201T180000"
    assert found(event(chicago)) == [("12-01 19:00", "12-01 20:00")], "an hour where no end is given"
    assert found(event("DTSTART;VALUE=DATE:20261221", "DTEND;VALUE=DATE:20270102")) == [("12-21 00:00", "01-02 00:00")]
    assert found(event("DTSTART;VALUE=DATE:20261225")) == [("12-25 00:00", "12-26 00:00")]
    assert found(OWN_ZONE, event("DTSTART;TZID=Ours:20261201T180000")) == [("12-01 16:00", "12-01 17:00")]
    assert found(event("DTSTART:20261201T180000"), head="X-WR-TIMEZONE:America/Chicago") == [
        ("12-01 19:00", "12-01 20:00")
    ], "a calendar may name its zone once for all"


def test_what_is_taken_out_and_what_is_moved() -> None:
    assert found(CHICAGO_EXDATE, MOVED) == [("12-02 19:00", "12-02 20:00"), ("12-17 21:00", "12-17 22:00")]


def test_a_weekly_event_keeps_its_hour_when_the_clocks_change() -> None:
    weekly = event(
        "DTSTART;TZID=America/New_York:20261024T180000", "DURATION:PT1H", "RRULE:FREQ=WEEKLY;UNTIL=20261110T000000Z"
    )
    starts = [one for one, _ends in found(weekly, first=date(2026, 10, 20))]
    assert starts == ["10-24 18:00", "10-31 18:00", "11-07 18:00"]
    spring = event("DTSTART:20270307T183000", "RRULE:FREQ=WEEKLY;COUNT=3")
    assert [one for one, _ends in found(spring)] == ["03-07 18:30", "03-14 18:30", "03-21 18:30"]


def test_a_long_event_is_told_once() -> None:
    assert found(event("DTSTART;VALUE=DATE:20261215", "DTEND;VALUE=DATE:20270301")) == [("12-15 00:00", "03-01 00:00")]
    assert len(found(event("DTSTART:20261220T180000", "RRULE:FREQ=DAILY;COUNT=40"))) == 40


@pytest.mark.parametrize("line", ["STATUS:CANCELLED", "CLASS:PRIVATE", "CLASS:confidential"])
def test_what_is_called_off_or_private_does_not_count(line: str) -> None:
    assert found(event("DTSTART:20261201T180000", line)) == []


def test_words_are_short_and_plain() -> None:
    said = read(
        calendar(event("DTSTART:20261201T180000", f"SUMMARY:{'a' * 500}", "LOCATION:Room\\n2")), ZONE, FIRST, LAST
    )
    assert [(len(one["title"]), one["venue"]) for one in said["events"]] == [(120, "Room 2")]


@pytest.mark.parametrize("rule", ["FREQ=SECONDLY", "FREQ=MINUTELY;INTERVAL=5", "freq=hourly;COUNT=3"])
def test_what_repeats_all_day_long_is_left_out_and_counted(rule: str) -> None:
    said = read(calendar(event("DTSTART:20261201T180000", f"RRULE:{rule}")), ZONE, FIRST, LAST)
    assert (said["events"], said["left_out"]) == ([], 1)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "no_calendar"),
        (b"<!doctype html><p>BEGIN CALENDAR", "no_calendar"),
        (b"\xff\xfe\x00", "no_calendar"),
        (b"x" * (MOST_BYTES + 1), "too_much"),
        (
            calendar(*[event("DTSTART:20261201T180000", uid=str(number)) for number in range(MOST_FOUND + 1)]),
            "too_much",
        ),
        (calendar("BEGIN:VEVENT\r\n" * 30_000), "too_much"),
    ],
    ids=["empty", "html", "bytes", "large", "many", "nested"],
)
def test_what_cannot_be_read_says_why(content: bytes, problem: str) -> None:
    with pytest.raises(NotRead) as raised:
        read(content, ZONE, FIRST, LAST)
    assert raised.value.problem == problem


LINES = st.sampled_from(
    "DTSTART:20261201T180000 DTEND:20261201T170000 DTSTART;VALUE=DATE:20261201 DTEND;VALUE=DATE:20261201 "
    "DTSTART:99999999 DTSTART;TZID=Nowhere/City:20261201T180000 DURATION:P1D DURATION:-PT5H DURATION:P99999999D "
    "RRULE:FREQ=WEEKLY "
    "RRULE:FREQ=YEARLY;BYMONTH=13 RRULE:FREQ=DAILY;COUNT=0 RRULE:COUNT=5 RRULE: EXDATE:20261208T180000 EXDATE:x "
    "RDATE:20261203T000000,20261204T000000 RECURRENCE-ID:20261201T180000 STATUS:CANCELLED SUMMARY:Ñandú; X LOCATION "
    "DTSTART:00010101T000000 DTSTART:99991231T235959Z BEGIN:VALARM END:VEVENT END:VCALENDAR".split()
)
FILES = st.one_of(
    st.binary(max_size=400),
    st.lists(st.lists(LINES, max_size=8), max_size=4).map(lambda parts: calendar(*[event(*part) for part in parts])),
    st.binary(max_size=200).map(lambda junk: calendar() + junk),
    st.text(max_size=200).map(lambda junk: calendar(event("DTSTART:20261201T180000", f"SUMMARY:{junk}"))),
)


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(FILES)
def test_no_file_breaks_it(content: bytes) -> None:
    try:
        said = read(content, ZONE, FIRST, date(2027, 1, 31))
    except NotRead:
        return
    for one in said["events"]:
        assert datetime.fromisoformat(one["starts"]) < datetime.fromisoformat(one["ends"])


# --- in a process of its own ---


def test_the_program_reads_what_the_function_reads() -> None:
    held = read_file(calendar(CHICAGO_EXDATE, MOVED), ZONE, FIRST)
    assert [(one.title, one.whole_day) for one in held.entries] == [("Supper", False), ("Later", False)]
    assert held.entries[0].starts_at == datetime(2026, 12, 3, tzinfo=UTC)
    assert held.left_out == 0


@pytest.mark.slow
@pytest.mark.parametrize(
    "parts",
    [
        [event("DTSTART:20200101T180000", "RRULE:FREQ=DAILY", uid=str(number)) for number in range(3000)],
        [
            event(
                "DTSTART:20200101T180000",
                "RRULE:FREQ=YEARLY;BYSECOND=" + ",".join(map(str, range(60))),
                "RRULE:FREQ=YEARLY;BYHOUR="
                + ",".join(map(str, range(24)))
                + ";BYMINUTE="
                + ",".join(map(str, range(60)))
                + ";BYSECOND="
                + ",".join(map(str, range(60)))
                + ";BYYEARDAY="
                + ",".join(map(str, range(1, 367))),
            )
        ],
    ],
    ids=["daily", "every second of every year"],
)
def test_endless_work_comes_to_an_end(parts: list[str]) -> None:
    with pytest.raises(NotImported) as raised:
        read_file(calendar(*parts), ZONE, FIRST)
    assert raised.value.problem == CalendarProblem.TOO_MUCH


def test_the_program_learns_no_secret(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setenv("PYTHONSTARTUP", str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("PORTAL_SECRET", "x" * 40)
    assert os.environ["PORTAL_SECRET"]
    assert len(read_file(calendar(event("DTSTART:20261201T180000")), ZONE, FIRST).entries) == 1


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"x" * (MOST_BYTES + 1), CalendarProblem.TOO_LARGE),
        (b"hello", CalendarProblem.NO_CALENDAR),
        (b"", CalendarProblem.NO_CALENDAR),
    ],
    ids=["large", "no calendar", "empty"],
)
def test_the_program_says_why_it_read_nothing(content: bytes, problem: CalendarProblem) -> None:
    with pytest.raises(NotImported) as raised:
        read_file(content, ZONE, FIRST)
    assert raised.value.problem == problem


def test_it_looks_a_bit_more_than_a_year_ahead() -> None:
    yearly = event("DTSTART;VALUE=DATE:20201224", "RRULE:FREQ=YEARLY")
    held = read_file(calendar(yearly), ZONE, FIRST)
    assert [one.starts_at.astimezone(ZONE).date() for one in held.entries] == [
        date(2026, 12, 24),
        date(2027, 12, 24),
    ]
    assert FIRST + timedelta(days=400) > date(2027, 12, 24)

"""When a meeting is whole, and which hours exist."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.core.hours import LONGEST_NIGHT, NoSuchHour, hours_on, moment_in
from portal.core.i18n import Bilingual
from portal.meetings.meeting import MeetingPlan
from portal.meetings.readiness import (
    NEEDS,
    TEXTS,
    changes_calendars,
    is_online_address,
    missing,
    moves,
    said_once,
    still_promised,
    told_on,
    wrong_changes,
    wrong_dates,
)

NEW_YORK = ZoneInfo("America/New_York")
SAID = Bilingual(en="said", es="dicho")
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
WHOLE = MeetingPlan(
    **dict.fromkeys(TEXTS, SAID),
    **dict.fromkeys(NEEDS, "no"),
    report_back_on=date(2026, 12, 20),
    starts_at=datetime(2026, 12, 3, 23, 30, tzinfo=UTC),
    ends_at=datetime(2026, 12, 4, 1, tzinfo=UTC),
)


def test_a_whole_meeting_lacks_nothing() -> None:
    assert missing(WHOLE) == ()
    assert wrong_dates(WHOLE, NOW, NEW_YORK) == ()


def test_an_empty_draft_lacks_everything_but_the_online_address() -> None:
    empty = MeetingPlan(**dict.fromkeys(TEXTS, Bilingual(en="", es=" ")))
    assert set(missing(empty)) == {
        *(f"{name}_{lang}" for name in TEXTS for lang in ("en", "es")),
        *NEEDS,
        "held_on",
        "report_back_on",
    }


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("lang", ["en", "es"])
def test_each_text_is_needed_in_each_language(name: str, lang: str) -> None:
    half = replace(SAID, **{lang: "  "})
    assert missing(replace(WHOLE, **{name: half})) == (f"{name}_{lang}",)


@pytest.mark.parametrize("need", NEEDS)
def test_a_no_is_an_answer_and_silence_is_none(need: str) -> None:
    assert missing(replace(WHOLE, **{need: "no"})) == ()
    assert missing(replace(WHOLE, **{need: None})) == (need,)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"starts_at": NOW}, "in_past"),
        ({"ends_at": WHOLE.starts_at}, "order"),
        ({"report_back_on": date(2026, 12, 2)}, "report_back_early"),
    ],
)
def test_wrong_dates_are_named(change: dict[str, object], problem: str) -> None:
    assert wrong_dates(replace(WHOLE, **change), NOW, NEW_YORK) == (problem,)


def test_the_evening_itself_is_early_enough_to_report_back_although_it_is_the_next_day_in_utc() -> None:
    late = replace(WHOLE, starts_at=datetime(2026, 12, 4, 2, tzinfo=UTC), ends_at=datetime(2026, 12, 4, 3, tzinfo=UTC))
    assert wrong_dates(replace(late, report_back_on=date(2026, 12, 3)), NOW, NEW_YORK) == ()


def test_nobody_reports_back_on_a_watch_night_before_it_is_over() -> None:
    midnight = datetime(2026, 12, 4, 5, tzinfo=UTC)
    evening = replace(WHOLE, report_back_on=date(2026, 12, 3), starts_at=datetime(2026, 12, 4, 2, tzinfo=UTC))
    assert wrong_dates(replace(evening, ends_at=midnight), NOW, NEW_YORK) == ()
    night = replace(evening, ends_at=midnight + timedelta(minutes=30))
    assert wrong_dates(night, NOW, NEW_YORK) == ("report_back_early",)
    assert wrong_dates(replace(night, report_back_on=date(2026, 12, 4)), NOW, NEW_YORK) == ()


def test_what_is_out_gets_no_day_for_the_report_before_the_meeting_but_may_be_corrected_once_it_is_over() -> None:
    over = WHOLE.ends_at + timedelta(days=1) if WHOLE.ends_at else NOW
    early = replace(WHOLE, report_back_on=date(2026, 12, 1))
    assert wrong_changes(WHOLE, early, NOW, NEW_YORK) == ("report_back_early",)
    assert wrong_changes(WHOLE, early, over, NEW_YORK) == ("report_back_early",)
    assert wrong_changes(WHOLE, replace(WHOLE, title=Bilingual(en="new", es="nuevo")), over, NEW_YORK) == ()
    assert wrong_changes(WHOLE, replace(WHOLE, report_back_on=date(2026, 12, 21)), over, NEW_YORK) == ()
    assert wrong_changes(WHOLE, replace(WHOLE, place=Bilingual(en="new", es="nuevo")), over, NEW_YORK) == ("in_past",)


def test_the_hour_that_summer_time_leaves_out_does_not_exist() -> None:
    with pytest.raises(NoSuchHour):
        moment_in(NEW_YORK, date(2026, 3, 8), time(2, 30))


def test_an_hour_that_comes_twice_means_the_first() -> None:
    assert moment_in(NEW_YORK, date(2026, 11, 1), time(1, 30)) == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
    assert moment_in(NEW_YORK, date(2026, 11, 1), time(1, 30, fold=1)) == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)


def test_a_watch_night_ends_on_the_next_morning_and_a_slip_of_the_pen_before_it_began() -> None:
    eve = date(2026, 12, 31)
    begin, end = hours_on(NEW_YORK, eve, time(22), time(0, 30))
    assert (begin, end) == (datetime(2027, 1, 1, 3, tzinfo=UTC), datetime(2027, 1, 1, 5, 30, tzinfo=UTC))
    begin, end = hours_on(NEW_YORK, eve, time(18), time(17))
    assert end < begin, "from six to five"
    begin, end = hours_on(NEW_YORK, eve, time(18), time(18))
    assert end == begin


@given(
    day=st.dates(date(2020, 1, 1), date(2040, 12, 31)),
    starts=st.times(),
    ends=st.times(),
    zone=st.sampled_from([NEW_YORK, ZoneInfo("America/Phoenix"), ZoneInfo("UTC")]),
)
def test_hours_are_those_that_were_typed_and_no_night_is_too_long(
    day: date, starts: time, ends: time, zone: ZoneInfo
) -> None:
    with suppress(NoSuchHour):
        begin, end = hours_on(zone, day, starts, ends)
        assert begin == moment_in(zone, day, starts)
        assert end.astimezone(zone).time() == ends
        if end.astimezone(zone).date() != day:
            assert timedelta(0) < end - begin <= LONGEST_NIGHT


@given(
    day=st.dates(date(2020, 1, 1), date(2040, 12, 31)),
    clock=st.times().map(lambda moment: moment.replace(microsecond=0)),
    zone=st.sampled_from([NEW_YORK, ZoneInfo("America/Phoenix"), ZoneInfo("America/Anchorage"), ZoneInfo("UTC")]),
)
def test_a_moment_shows_on_the_clock_what_was_typed(day: date, clock: time, zone: ZoneInfo) -> None:
    try:
        moment = moment_in(zone, day, clock)
    except NoSuchHour:
        midnights = [datetime.combine(day + timedelta(days=later), time(), zone) for later in (0, 1)]
        assert midnights[1].astimezone(UTC) - midnights[0].astimezone(UTC) < timedelta(days=1), "a shorter day"
    else:
        assert moment.astimezone(zone).replace(tzinfo=None) == datetime.combine(day, clock)
        earlier = (moment - timedelta(hours=1)).astimezone(zone).replace(tzinfo=None)
        assert earlier != datetime.combine(day, clock), "the first of two"


@given(
    starts=st.datetimes(datetime(2025, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),
    length=st.timedeltas(timedelta(hours=-3), timedelta(hours=3)),
)
def test_only_what_ends_after_it_starts_in_the_future_is_right(starts: datetime, length: timedelta) -> None:
    plan = replace(WHOLE, starts_at=starts, ends_at=starts + length, report_back_on=date(2031, 1, 1))
    right = wrong_dates(plan, NOW, NEW_YORK) == ()
    assert right == (starts > NOW and length > timedelta(0))


@pytest.mark.parametrize(
    "text",
    ["https://meet.example/elm", "https://meet.example.org:8443/a?b=c#d", "https://us02web.zoom.us/j/86?pwd=aB1"],
)
def test_a_whole_https_address_leads_online(text: str) -> None:
    assert is_online_address(text)


@pytest.mark.parametrize(
    "text",
    [
        *("https://", "https://localhost/x", "http://meet.example/elm", "https:/meet.example", "https:meet.example"),
        *("https://ana:pass@meet.example/", "https://meet.example @x", "https://meet .example", "meet.example/elm"),
        *("https://meet.example/a b", "https://meet.example:port/", "https://[::1", "https://.example", "https://a..b"),
        *('https://meet.example/"><b>', "https://meet.example\\@evil.example", "javascript:alert(1)", "https://-"),
    ],
)
def test_what_leads_nowhere_or_to_a_trap_is_no_address(text: str) -> None:
    assert not is_online_address(text)


def test_what_moves_a_meeting_and_what_calendars_must_take_over() -> None:
    assert not moves(WHOLE, WHOLE)
    assert not changes_calendars(WHOLE, WHOLE)
    title = replace(WHOLE, title=Bilingual(en="new", es="nuevo"))
    assert changes_calendars(WHOLE, title)
    assert not moves(WHOLE, title)
    back = replace(WHOLE, report_back_by=Bilingual(en="new", es="nuevo"))
    assert not changes_calendars(WHOLE, back)
    assert not moves(WHOLE, back)
    for change in ({"place": title.title}, {"online_url": "https://x.example"}, {"ends_at": NOW}):
        moved = replace(WHOLE, **change)
        assert moves(WHOLE, moved)
        assert changes_calendars(WHOLE, moved)


def test_what_people_promised_for_one_day_is_doubtful_on_another() -> None:
    starts = datetime(2026, 12, 3, 23, tzinfo=UTC)
    before = replace(WHOLE, starts_at=starts, interpreter="yes", childcare="yes", food="yes", ride="no")
    same_day = replace(before, starts_at=starts + timedelta(hours=1))
    assert still_promised(before, same_day, NEW_YORK) == ()
    other_day = replace(before, starts_at=starts + timedelta(days=7))
    assert still_promised(before, other_day, NEW_YORK) == ("interpreter", "childcare")
    assert still_promised(before, replace(other_day, interpreter="asked", childcare="no"), NEW_YORK) == ()


@pytest.mark.parametrize(
    ("chosen", "held_on", "told"),
    [
        (None, None, None),
        (None, date(2026, 12, 28), date(2027, 1, 11)),
        (date(2026, 12, 30), date(2026, 12, 28), date(2026, 12, 30)),
        (date(2026, 12, 30), None, date(2026, 12, 30)),
    ],
)
def test_people_are_told_two_weeks_later_unless_another_day_is_chosen(chosen, held_on, told) -> None:
    assert told_on(chosen, held_on) == told


@pytest.mark.parametrize(
    ("gaps", "first", "said"),
    [
        ((), "en", ()),
        (("title_en", "title_es"), "en", ("title_en",)),
        (("title_en", "title_es"), "es", ("title_es",)),
        (("title_es",), "en", ("title_es",)),
        (("title_es", "food"), "es", ("title_es", "food")),
        (("held_on", "report_back_on"), "en", ("held_on",)),
        (("report_back_on",), "en", ("report_back_on",)),
        (("report_back_by_en", "report_back_by_es", "ride"), "en", ("report_back_by_en", "ride")),
    ],
)
def test_a_gap_that_follows_from_another_is_not_said_twice(gaps, first, said) -> None:
    assert said_once(gaps, first) == said

"""When a meeting is whole, which hours exist, what clashes, and what is owed afterwards."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from portal.core.hours import LONGEST_NIGHT, NoSuchHour, hours_on, moment_in, month_after
from portal.core.i18n import Bilingual
from portal.meetings import evenings, readiness
from portal.meetings.evenings import holiday_on, in_service_hours
from portal.meetings.feeds import onsets, yearly_changes
from portal.meetings.meeting import MeetingPlan
from portal.meetings.readiness import AttendeeRole, ReportBackState, report_gaps, shown_heads, standing
from portal.meetings.report_back import Decision, ReportBack, SaidAndDone
from portal.meetings.texts import HOLIDAYS

NEW_YORK = ZoneInfo("America/New_York")
SAID = Bilingual(en="said", es="dicho")
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
WHOLE = MeetingPlan(
    **dict.fromkeys(readiness.TEXTS, SAID),
    **dict.fromkeys(readiness.NEEDS, "no"),
    report_back_on=date(2026, 12, 20),
    starts_at=datetime(2026, 12, 3, 23, 30, tzinfo=UTC),
    ends_at=datetime(2026, 12, 4, 1, tzinfo=UTC),
)


def test_a_no_is_an_answer_and_silence_is_none() -> None:
    for need in readiness.NEEDS:
        assert readiness.missing(replace(WHOLE, **{need: "no"})) == ()
        assert readiness.missing(replace(WHOLE, **{need: None})) == (need,)


def test_wrong_dates_are_named() -> None:
    nine, midnight, half_past = (datetime(2026, 12, 4, 2, tzinfo=UTC) + timedelta(hours=hours) for hours in (0, 3, 3.5))
    evening = {"report_back_on": date(2026, 12, 3), "starts_at": nine}
    for change, problems in (
        ({}, ()),
        ({"starts_at": NOW}, ("in_past",)),
        ({"ends_at": WHOLE.starts_at}, ("order",)),
        ({"report_back_on": date(2026, 12, 2)}, ("report_back_early",)),
        # The evening itself is early enough to report, but on a watch night nobody does before its end.
        (evening | {"ends_at": midnight}, ()),
        (evening | {"ends_at": half_past}, ("report_back_early",)),
        (evening | {"ends_at": half_past, "report_back_on": date(2026, 12, 4)}, ()),
    ):
        assert readiness.wrong_dates(replace(WHOLE, **change), NOW, NEW_YORK) == problems


def test_what_is_out_gets_no_report_day_before_it() -> None:
    over, new = WHOLE.ends_at + timedelta(days=1), Bilingual(en="new", es="nuevo")
    for change, moment, problems in (
        ({"report_back_on": date(2026, 12, 1)}, NOW, ("report_back_early",)),
        ({"report_back_on": date(2026, 12, 1)}, over, ("report_back_early",)),
        ({"report_back_on": date(2026, 12, 21)}, over, ()),
        ({"title": new}, over, ()),
        ({"place": new}, over, ("in_past",)),
    ):
        assert readiness.wrong_changes(WHOLE, replace(WHOLE, **change), moment, NEW_YORK) == problems


def test_of_two_hours_the_first_counts() -> None:
    with pytest.raises(NoSuchHour):
        moment_in(NEW_YORK, date(2026, 3, 8), time(2, 30))
    for clock in (time(1, 30), time(1, 30, fold=1)):
        assert moment_in(NEW_YORK, date(2026, 11, 1), clock) == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
    assert evenings.span_on(date(2027, 3, 14), time(2, 30), time(4), NEW_YORK) is None
    assert evenings.span_on(date(2027, 3, 13), time(4), time(2, 30), NEW_YORK) is None


def test_a_watch_night_ends_on_the_next_morning() -> None:
    eve = date(2026, 12, 31)
    night = (datetime(2027, 1, 1, 3, tzinfo=UTC), datetime(2027, 1, 1, 5, 30, tzinfo=UTC))
    assert hours_on(NEW_YORK, eve, time(22), time(0, 30)) == night
    backwards, nothing = (hours_on(NEW_YORK, eve, time(18), time(hour)) for hour in (17, 18))
    assert backwards[1] < backwards[0]
    assert nothing[1] == nothing[0]


@given(
    day=st.dates(date(2020, 1, 1), date(2040, 12, 31)),
    starts=st.times(),
    ends=st.times(),
    zone=st.sampled_from([NEW_YORK, ZoneInfo("America/Phoenix"), ZoneInfo("UTC")]),
)
def test_hours_are_those_that_were_typed(day: date, starts: time, ends: time, zone: ZoneInfo) -> None:
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


def test_only_a_whole_https_address_leads_online() -> None:
    whole = ["https://meet.example/elm", "https://meet.example.org:80/a?b=c#d", "https://us02web.zoom.us/j/8?pwd=aB1"]
    nowhere = (
        *("https://", "https://localhost/x", "http://meet.example/elm", "https:/meet.example", "https:meet.example"),
        *("https://ana:pass@meet.example/", "https://meet.example @x", "https://meet .example", "meet.example/elm"),
        *("https://meet.example/a b", "https://meet.example:port/", "https://[::1", "https://.example", "https://a..b"),
        *('https://meet.example/"><b>', "https://meet.example\\@evil.example", "javascript:alert(1)", "https://-"),
    )
    assert [text for text in (*whole, *nowhere) if readiness.is_online_address(text)] == whole


def test_what_moves_a_meeting_and_its_calendar_entry() -> None:
    new = Bilingual(en="new", es="nuevo")
    for change, moved, in_calendars in (
        ({}, False, False),
        ({"report_back_by": new}, False, False),
        ({"title": new}, False, True),
        ({"place": new}, True, True),
        ({"online_url": "https://x.example"}, True, True),
        ({"ends_at": NOW}, True, True),
    ):
        after = replace(WHOLE, **change)
        assert (readiness.moves(WHOLE, after), readiness.changes_calendars(WHOLE, after)) == (moved, in_calendars)


def test_promises_for_one_day_are_doubtful_on_another() -> None:
    starts = datetime(2026, 12, 3, 23, tzinfo=UTC)
    before = replace(WHOLE, starts_at=starts, interpreter="yes", childcare="yes", food="yes", ride="no")
    other_day = replace(before, starts_at=starts + timedelta(days=7))
    for after, doubtful in (
        (replace(before, starts_at=starts + timedelta(hours=1)), ()),
        (other_day, ("interpreter", "childcare")),
        (replace(other_day, interpreter="asked", childcare="no"), ()),
    ):
        assert readiness.still_promised(before, after, NEW_YORK) == doubtful


def test_people_are_told_two_weeks_later() -> None:
    held_on, chosen = date(2026, 12, 28), date(2026, 12, 30)
    assert readiness.told_on(None, None) is None
    assert readiness.told_on(None, held_on) == date(2027, 1, 11)
    assert readiness.told_on(chosen, held_on) == readiness.told_on(chosen, None) == chosen


def test_a_gap_that_follows_is_not_said_twice() -> None:
    title = ("title_en", "title_es")
    for lacking, first, said in (
        ((), "en", ()),
        (title, "en", ("title_en",)),
        (title, "es", ("title_es",)),
        (("title_es", "food"), "es", ("title_es", "food")),
        (("held_on", "report_back_on"), "en", ("held_on",)),
        (("report_back_on",), "en", ("report_back_on",)),
        (("report_back_by_en", "report_back_by_es", "ride"), "en", ("report_back_by_en", "ride")),
    ):
        assert readiness.said_once(lacking, first) == said


# --- Which months have a page, and what a month looks like ---


def test_only_months_near_today_have_a_page() -> None:
    known = {"2026-12": date(2026, 12, 1), "2027-11": date(2027, 11, 1), "2025-11": date(2025, 11, 1)}
    names = ("2027-12", "2025-10", "2026-13", "2026-00", "2026-1", "26-12", "2026-12x", "٢٠٢٦-١٢")
    for name in (*known, *names):
        assert readiness.month_named(name, date(2026, 11, 24)) == known.get(name)


@given(st.dates(date(2010, 1, 1), date(2090, 1, 1)))
def test_a_robot_that_follows_links_ends(today: date) -> None:
    for step in (1, -1):
        month, pages = today.replace(day=1), 0
        while readiness.has_page(month, today):
            month, pages = month_after(month, step), pages + 1
        assert pages == readiness.MONTHS_SHOWN + 1


@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)))
def test_every_day_stands_once_under_its_name(day: date) -> None:
    weeks = readiness.weeks_of(day.replace(day=1))
    days = [found for week in weeks for found in week if found]
    assert [found.day for found in days] == list(range(1, len(days) + 1))
    assert {len(week) for week in weeks} == {7}
    assert all(found is None or found.isoweekday() % 7 == place for week in weeks for place, found in enumerate(week))


# --- What clashes, and with what ---


NOON = datetime(2026, 12, 6, 12, tzinfo=UTC)


def test_sunday_mornings_belong_to_services() -> None:
    sunday = (((10, 11), True), ((8, 9), False), ((8, 10), True), ((13, 14), False), ((12, 15), True))
    for day, hours, wanted in (*((6, *case) for case in sunday), (7, (10, 11), False)):
        begins, stops = (datetime(2026, 12, day, hour, tzinfo=NEW_YORK).astimezone(UTC) for hour in hours)
        assert in_service_hours(begins, stops, NEW_YORK) == wanted


def test_a_year_has_its_eleven_holidays_on_their_days() -> None:
    days = [date(2026, 1, 1) + timedelta(days=number) for number in range(365)]
    found = {day: holiday for day in days if (holiday := holiday_on(day))}
    assert [f"{day:%m-%d}" for day in found] == (
        "01-01 01-19 02-16 05-25 06-19 07-04 09-07 10-12 11-11 11-26 12-25".split()
    )
    assert set(found.values()) == set(HOLIDAYS)


# --- How the clocks change, as calendars are told ---


def test_a_zone_is_told_by_its_rules() -> None:
    america = [(3, "2SU", True, 2), (11, "1SU", False, 2)]
    for name, wanted in (
        ("America/New_York", america),
        ("America/Anchorage", america),
        ("Europe/Madrid", [(3, "-1SU", True, 2), (10, "-1SU", False, 3)]),
        ("America/Phoenix", []),
    ):
        found = yearly_changes(ZoneInfo(name), 2020)
        assert [(one.at.month, one.day, one.is_summer, one.at.hour) for one in found] == wanted
    assert yearly_changes(ZoneInfo("Africa/Casablanca"), 2020) is None, "its clocks follow the moon"
    spring, autumn = onsets(ZoneInfo("America/New_York"), 2026)
    assert (spring.at, spring.name, autumn.at, autumn.name) == (
        *(datetime(2026, 3, 8, 2), "EDT"),
        *(datetime(2026, 11, 1, 2), "EST"),
    )
    assert spring.after - spring.before == timedelta(hours=1)


# --- What is on the same evening, and which evenings are free ---

NOON_EVENINGS = datetime(2026, 12, 2, 17, tzinfo=UTC)
HOUR = timedelta(hours=1)
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))
LENGTHS = st.timedeltas(timedelta(minutes=1), timedelta(hours=30))


@st.composite
def spans(draw: st.DrawFn) -> evenings.TimeSpan:
    starts = draw(MOMENTS)
    return evenings.TimeSpan(starts, starts + draw(LENGTHS))


def busy(
    starts: float, ends: float, kind: evenings.BusyKind = evenings.BusyKind.WORSHIP, **given: bool
) -> evenings.BusySpan:
    return evenings.BusySpan(NOON_EVENINGS + starts * HOUR, NOON_EVENINGS + ends * HOUR, kind, "Grace Chapel", **given)


@given(spans(), spans(), st.timedeltas(timedelta(0), timedelta(hours=5)))
def test_meeting_each_other_is_mutual(one: evenings.TimeSpan, other: evenings.TimeSpan, near: timedelta) -> None:
    assert evenings.overlap(one, other, near) == evenings.overlap(other, one, near)
    assert evenings.overlap(one, one)
    if evenings.overlap(one, other):
        assert evenings.overlap(one, other, near)
    gap = max(one.starts, other.starts) - min(one.ends, other.ends)
    assert evenings.overlap(one, other, near) == (gap < near)


def test_some_things_are_in_the_way_earlier_than_others() -> None:
    worship = (((0, 1), True), ((-2, -1), False), ((-1.5, -0.5), True), ((2, 3), True), ((3, 4), False))
    whole_day = {"kind": evenings.BusyKind.HOLIDAY, "whole_day": True}
    for held, wanted in (
        *((busy(*hours), is_busy) for hours, is_busy in worship),
        (busy(4, 5, evenings.BusyKind.MEETING), True),
        (busy(5, 6, evenings.BusyKind.MEETING), False),
        (busy(2, 26, **whole_day), False),
        (busy(1.5, 25.5, **whole_day), False),
        (busy(0, 24, **whole_day), True),
        (busy(-12, 12, **whole_day), True),
    ):
        evening = evenings.TimeSpan(NOON_EVENINGS, NOON_EVENINGS + 2 * HOUR)
        assert bool(evenings.in_the_way(evening, [held])) is wanted


def test_the_day_comes_first_then_the_hours() -> None:
    held = [busy(1, 2), busy(-12, 12, evenings.BusyKind.HOLIDAY, whole_day=True), busy(0, 1), busy(0, 1)]
    assert evenings.in_the_way(evenings.TimeSpan(NOON_EVENINGS, NOON_EVENINGS + HOUR), held) == (
        held[1],
        held[2],
        held[0],
    )


def taken(*days: date) -> object:
    def busy_on(span: evenings.TimeSpan) -> Sequence[evenings.BusySpan]:
        return [busy(0, 1)] if span.starts.astimezone(NEW_YORK).date() in days else []

    return busy_on


def test_the_three_nearest_free_evenings() -> None:
    full = taken(date(2026, 12, 17), date(2026, 12, 15))
    for wanted, busy_on, days in (
        (16, taken(), (15, 17, 18)),
        (16, full, (14, 18, 19)),
        # Nobody can come tomorrow.
        (4, taken(), (5, 6, 7)),
        (16, lambda _span: [busy(0, 1)], ()),
    ):
        hours = (time(18, 30), time(20))
        found = evenings.free_days(date(2026, 12, wanted), hours, busy_on, NOON_EVENINGS, NEW_YORK)
        assert found == [date(2026, 12, day) for day in days]


@given(
    st.dates(date(2026, 12, 1), date(2027, 12, 31)),
    st.sets(st.dates(date(2026, 11, 1), date(2028, 1, 31)), max_size=30),
    st.times(),
)
def test_a_free_evening_is_free_ahead_near(wanted: date, full: set[date], clock: time) -> None:
    hours = clock.replace(second=0, microsecond=0), time(23, 59)
    busy_on = taken(*full)
    found = evenings.free_days(wanted, hours, busy_on, NOON_EVENINGS, NEW_YORK)
    assert found == sorted(set(found))
    assert len(found) <= evenings.SUGGESTED
    for day in found:
        span = evenings.span_on(day, *hours, NEW_YORK)
        assert span is not None
        assert not busy_on(span)
        assert span.starts >= NOON_EVENINGS + evenings.NOTICE
        assert 1 <= abs((day - wanted).days) <= evenings.DAYS_AROUND


def test_weekly_hours_stay_at_nine_when_the_clocks_change() -> None:
    found = evenings.each_week(6, (time(9), time(12)), date(2026, 10, 25), date(2026, 11, 8), NEW_YORK)
    assert [f"{one.starts.astimezone(UTC):%m-%d %H}" for one in found] == ["10-25 13", "11-01 14", "11-08 14"]
    left_out = evenings.each_week(6, (time(2, 30), time(4)), date(2027, 3, 8), date(2027, 3, 21), NEW_YORK)
    assert [one.starts.astimezone(NEW_YORK).date() for one in left_out] == [date(2027, 3, 21)]


def test_only_what_there_might_have_been_is_taken_back() -> None:
    for after in ("yes", "asked", "no", None):
        for before in ("yes", "asked", "no", None):
            pair = replace(WHOLE, ride=before), replace(WHOLE, ride=after)
            gone = ("ride",) if before in ("yes", "asked") and after == "no" else ()
            assert readiness.taken_back(*pair) == gone


# --- What came of a meeting: when that is overdue, what it lacks, and which counts are shown ---

DUE, NOTHING = date(2026, 11, 20), Bilingual("", "")


def test_a_promise_is_broken_by_the_calendar_alone() -> None:
    for other, told, wanted in (
        ({"is_over": False}, {}, ReportBackState.NOT_YET),
        ({}, {}, ReportBackState.AWAITED),
        ({}, {"today": DUE}, ReportBackState.AWAITED),
        ({}, {"today": DUE + timedelta(days=1)}, ReportBackState.OVERDUE),
        ({}, {"today": DUE + timedelta(days=1), "is_told": True}, ReportBackState.DONE),
        ({"state": "cancelled"}, {"today": DUE + timedelta(days=1)}, ReportBackState.NONE),
        ({"report_back_on": None}, {}, ReportBackState.NONE),
    ):
        promised = SimpleNamespace(**({"is_over": True, "state": "published", "report_back_on": DUE} | other))
        assert standing(promised, **({"is_told": False, "today": date(2026, 11, 10)} | told)) == wanted


def test_one_language_keeps_it_from_being_published() -> None:
    assert report_gaps(ReportBack(minutes=SAID, next_steps=SAID).by_field) == ()
    half = ReportBack(minutes=NOTHING, next_steps=Bilingual("x", " "))
    assert report_gaps(half.by_field) == (
        "minutes_en",
        "minutes_es",
        "next_steps_es",
    )
    halves = [Decision(what=Bilingual("x", ""), who=Bilingual("", "x")), Decision(what=NOTHING, who=NOTHING, by_on=DUE)]
    answers = [SaidAndDone(said=SAID, done=NOTHING)]
    report = ReportBack(minutes=SAID, next_steps=SAID, decisions=halves, answers=answers)
    assert report_gaps(report.by_field) == (
        *("decision1_es", "decision1_who_en"),
        *(f"decision2{part}_{lang}" for part in ("", "_who") for lang in ("en", "es")),
        *("answer1_done_en", "answer1_done_es"),
    )


@given(st.dictionaries(st.sampled_from(list(AttendeeRole)), st.integers(0, 40)))
def test_no_small_count_can_be_worked_out(heads: dict[AttendeeRole, int]) -> None:
    shown, total = shown_heads(heads)
    small = {side for side, count in heads.items() if 1 <= count <= 9}
    assert {side for side, count in shown.items() if count is None} == small
    assert all(count is None or count == heads[side] for side, count in shown.items())
    assert total == sum(count for side, count in heads.items() if side not in small)


def test_notice_is_counted_in_whole_hours() -> None:
    for before, hours in ((72 * 60, 72), (72 * 60 - 1, 71), (59, 0), (-1, -1)):
        assert readiness.notice_hours(NOON, NOON - timedelta(minutes=before)) == hours

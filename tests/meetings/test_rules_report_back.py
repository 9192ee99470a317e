"""When a report-back is overdue, what it lacks, and which counts are shown."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from portal.core.i18n import Bilingual
from portal.meetings.readiness import notice_hours
from portal.meetings.report_back import Account, AnswerLine, DecisionLine
from portal.meetings.report_back_rules import AttendeeRole, ReportBackState, gaps, percent, shown_heads, standing

DUE = date(2026, 11, 20)
SAID, NOTHING = Bilingual("said", "dicho"), Bilingual("", "")
WHOLE = Account((), (), SAID, SAID)


def test_a_promise_is_broken_by_the_calendar_alone() -> None:
    for told, wanted in (
        ({"is_over": False}, ReportBackState.NOT_YET),
        ({}, ReportBackState.AWAITED),
        ({"today": DUE}, ReportBackState.AWAITED),
        ({"today": DUE + timedelta(days=1)}, ReportBackState.OVERDUE),
        ({"today": DUE + timedelta(days=1), "is_told": True}, ReportBackState.DONE),
        ({"today": DUE + timedelta(days=1), "is_cancelled": True}, ReportBackState.NONE),
        ({"due_on": None}, ReportBackState.NONE),
    ):
        promise = {"is_over": True, "is_cancelled": False, "due_on": DUE, "is_told": False, "today": date(2026, 11, 10)}
        assert standing(**(promise | told)) == wanted


def test_one_language_keeps_it_from_being_published() -> None:
    assert gaps(WHOLE) == ()
    assert gaps(replace(WHOLE, minutes=NOTHING, next_steps=Bilingual("x", " "))) == (
        "minutes_en",
        "minutes_es",
        "next_steps_es",
    )
    halves = replace(
        WHOLE,
        decisions=(
            DecisionLine(NOTHING, NOTHING, None),
            DecisionLine(Bilingual("x", ""), Bilingual("", "x"), None),
            DecisionLine(NOTHING, NOTHING, DUE),
        ),
        answers=(AnswerLine(SAID, NOTHING), AnswerLine(NOTHING, NOTHING)),
    )
    assert gaps(halves) == (
        "decision2_es",
        "decision2_who_en",
        *(f"decision3{part}_{lang}" for part in ("", "_who") for lang in ("en", "es")),
        "answer1_done_en",
        "answer1_done_es",
    )


@given(st.dictionaries(st.sampled_from(list(AttendeeRole)), st.integers(0, 40)))
def test_no_small_count_can_be_worked_out(heads: dict[AttendeeRole, int]) -> None:
    shown = shown_heads(heads)
    small = {side for side, count in heads.items() if 1 <= count <= 9}
    assert {side for side, count in shown.rows if count is None} == small
    assert all(count is None or count == heads[side] for side, count in shown.rows)
    if small:
        assert not shown.is_whole
        assert shown.total == sum(count for side, count in heads.items() if side not in small)
    else:
        assert (shown.is_whole, shown.total) == (True, sum(heads.values()))


def test_a_few_meetings_make_no_percentage() -> None:
    for part, whole, wanted in ((2, 9, None), (0, 19, None), (3, 20, 15), (1, 30, 3)):
        assert percent(part, whole) == wanted


def test_notice_is_counted_in_whole_hours() -> None:
    for before, hours in ((72 * 60, 72), (72 * 60 - 1, 71), (59, 0), (-1, -1)):
        starts = datetime(2026, 12, 1, 18, tzinfo=UTC)
        assert notice_hours(starts, starts - timedelta(minutes=before)) == hours

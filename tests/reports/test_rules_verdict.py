"""When it is asked whether things are better, what an answer may be, and when it differs from our word."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from portal.reports.triage import DONE, NOT_ASKED, Disposition, ResidentVerdict, differs, is_time, read_verdict

CLOSED = date(2026, 3, 2)


@pytest.mark.parametrize(("days", "is_asked"), [(0, False), (13, False), (14, True), (28, True), (29, False)])
def test_from_two_to_four_weeks_after(days: int, is_asked: bool) -> None:
    assert is_time(CLOSED, Disposition.ACTED, CLOSED + timedelta(days)) is is_asked


@pytest.mark.parametrize("disposition", Disposition)
def test_not_about_what_was_not_ours(disposition: Disposition) -> None:
    assert is_time(CLOSED, disposition, CLOSED + timedelta(20)) is (disposition not in NOT_ASKED)


def test_an_open_report_is_not_asked_about() -> None:
    assert not is_time(None, None, CLOSED)


@pytest.mark.parametrize("disposition", Disposition)
@pytest.mark.parametrize("verdict", ResidentVerdict)
def test_it_differs_where_we_say_done_and_she_says_no_better(
    verdict: ResidentVerdict, disposition: Disposition
) -> None:
    assert differs(verdict, disposition) is (disposition in DONE and verdict is not ResidentVerdict.BETTER)


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("1", ResidentVerdict.BETTER),
        ("2", ResidentVerdict.SAME),
        ("peor", ResidentVerdict.WORSE),
        ("the same", ResidentVerdict.SAME),
        ("4", None),
    ],
)
def test_a_whole_text_is_an_answer(text: str, verdict: ResidentVerdict | None) -> None:
    assert read_verdict(text) is verdict


@pytest.mark.parametrize("text", ["", "better call them", "12", "1 2", "it is worse", "mejor no vengan"])
def test_a_sentence_is_a_report_and_no_answer(text: str) -> None:
    assert read_verdict(text) is None

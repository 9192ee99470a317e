"""When it is asked whether things are better, what an answer may be, and when it differs from our word."""

from __future__ import annotations

from datetime import date, timedelta

from portal.reports.triage import DONE, NOT_ASKED, Disposition, ResidentVerdict, differs, is_time, read_verdict

CLOSED = date(2026, 3, 2)


def test_from_two_to_four_weeks_after() -> None:
    assert [
        (days, is_asked)
        for days, is_asked in ((0, False), (13, False), (14, True), (28, True), (29, False))
        if is_time(CLOSED, Disposition.ACTED, CLOSED + timedelta(days)) is not is_asked
    ] == []


def test_not_about_what_was_not_ours() -> None:
    assert [
        disposition
        for disposition in Disposition
        if is_time(CLOSED, disposition, CLOSED + timedelta(20)) is not (disposition not in NOT_ASKED)
    ] == []


def test_an_open_report_is_not_asked_about() -> None:
    assert not is_time(None, None, CLOSED)


def test_it_differs_where_we_say_done_and_she_says_no_better() -> None:
    assert [
        (disposition, verdict)
        for disposition in Disposition
        for verdict in ResidentVerdict
        if differs(verdict, disposition) is not (disposition in DONE and verdict is not ResidentVerdict.BETTER)
    ] == []


def test_a_whole_text_is_an_answer() -> None:
    assert [
        (text, verdict)
        for text, verdict in (
            ("1", ResidentVerdict.BETTER),
            ("2", ResidentVerdict.SAME),
            ("peor", ResidentVerdict.WORSE),
            ("the same", ResidentVerdict.SAME),
            ("4", None),
        )
        if read_verdict(text) is not verdict
    ] == []


def test_a_sentence_is_a_report_and_no_answer() -> None:
    assert [
        text
        for text in ("", "better call them", "12", "1 2", "it is worse", "mejor no vengan")
        if read_verdict(text) is not None
    ] == []

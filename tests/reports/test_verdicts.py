"""Is it better? Said once on the page of a report, in time, beside our own word."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portal.core.clock import today
from portal.core.statuses import Refused
from portal.reports import threads
from portal.reports.complaints import monthly_verdicts
from portal.reports.reports import Thread
from portal.reports.threads import say_verdict
from portal.reports.triage import Category, Disposition, ResidentVerdict, TriageState
from tests.conftest import Work
from tests.make import make_desk, make_market, make_member, make_report
from tests.page import Page, Reader


def closed(work: Work, days: int) -> tuple[str, ...]:
    with work() as session:
        member = make_member(session)
        make_desk(session)
        filed = make_report("They sell by the fountain.", language="es")
        session.flush()
        threads.close(filed.thread, Disposition.ACTED, "", member.id)
        filed.thread.closed_on = today() - timedelta(days=days)
    return filed.code


def opened(page: Reader, code: tuple[str, ...]) -> Page:
    return page("/en/report/follow").form("follow").submit(code=" ".join(code))


def test_it_is_said_once_and_stands_beside_our_word(page: Reader, work: Work) -> None:
    code = closed(work, 14)
    thread = opened(page, code)
    assert "Is it better now?" in thread.text
    nothing = thread.form("better").submit(422)
    said = nothing.form("better").submit(verdict="same")
    assert "It is the same" in said.text
    assert "We checked and acted." in said.text
    assert not said.has("form[action='/en/report/better']")
    # The form that was sent before changes nothing any more.
    thread.form("better").submit(verdict="better")
    with work() as session:
        row = session.query(Thread).one()
        assert (row.verdict, row.verdict_on, row.state, row.disposition) == ("same", today(), "closed", "acted")


@pytest.mark.parametrize(
    ("days", "disposition"), [(13, Disposition.ACTED), (29, Disposition.ACTED), (20, Disposition.NOT_OURS)]
)
def test_at_other_times_nothing_is_asked(page: Reader, work: Work, days: int, disposition: Disposition) -> None:
    code = closed(work, days)
    with work() as session:
        session.query(Thread).one().disposition = disposition
    assert "Is it better now?" not in opened(page, code).text


def test_taken_up_again_it_is_a_new_question(work: Work) -> None:
    closed(work, 20)
    with work() as session:
        thread = session.query(Thread).one()
        say_verdict(thread, ResidentVerdict.WORSE)
        with pytest.raises(Refused, match="verdict_over"):
            say_verdict(thread, ResidentVerdict.BETTER)
        threads.reopen(thread, make_member(session).id)
        assert (thread.state, thread.verdict, thread.verdict_on) == (TriageState.READ, None, None)


def test_a_month_tells_how_often_residents_saw_it_otherwise(work: Work) -> None:
    closed(work, 20)
    with work() as session:
        market = make_market(session, "Elm Street")
        thread = session.query(Thread).one()
        thread.market_id = market.id
        say_verdict(thread, ResidentVerdict.SAME)
        month = today().replace(day=1)
        told = {(one.measure, one.market_id): one.value for one in monthly_verdicts(month)}
        assert told == {
            ("verdicts", None): 1, ("verdicts_differ", None): 1,
            ("verdicts", market.id): 1, ("verdicts_differ", market.id): 1,
        }  # fmt: skip
        # What was said about the police is counted nowhere: the city without its places would tell it.
        thread.category = Category.CONDUCT.value
        session.flush()
        told = {(one.measure, one.market_id): one.value for one in monthly_verdicts(month)}
        assert (told["verdicts", None], told["verdicts", market.id]) == (0, 0)
        assert not any(one.value for one in monthly_verdicts((month - timedelta(days=1)).replace(day=1)))

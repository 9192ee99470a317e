"""What the portal does is counted by month, as long as it is there, and by nobody's name."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import delete, select

from portal.commitments.promise_rules import PromiseVerdict
from portal.commitments.promise_steps import monthly_promises
from portal.core.db import db
from portal.core.feature import MonthlyTally
from portal.core.i18n import Bilingual
from portal.indicators.counts import (
    Area,
    Figure,
    FigureEntry,
    Import,
    Measure,
    count_months,
    found_area,
    load_standard_measures,
    measure_named,
)
from portal.indicators.imports import plan, take
from portal.indicators.statistics.terms import AreaPart
from portal.meetings.meeting import monthly_meetings
from portal.meetings.planning import cancel_meeting
from portal.reports.complaints import is_in_time, monthly_reports
from portal.reports.reports import Thread
from portal.reports.triage import Category, Channel
from tests import make
from tests.make import make_commitment, make_desk, make_market, make_member, make_report

OCTOBER = date(2026, 10, 1)
NOVEMBER = datetime(2026, 11, 20, 12, tzinfo=UTC)
pytestmark = pytest.mark.time_machine(datetime(2026, 10, 7, 12, tzinfo=UTC), tick=False)


def values(tallies, measure: str) -> dict:
    return {one.market_id: one.value for one in tallies if one.measure == measure}


def test_reports_are_counted_by_place_complaints_never(session) -> None:
    make_desk(session, [make_member(session)])
    make_desk(session, [make_member(session, ("oversight",))], kind="oversight")
    north = make_market(session, "North", released=True)
    make_report(market_id=north.id)
    make_report(language="es", market_id=north.id, channel=Channel.TEXT)
    make_report()
    before = [values(monthly_reports(OCTOBER), measure) for measure in ("reports", "answered_in_time")]
    assert (before[0][None], before[0][north.id]) == (3, 2)
    assert set(values(monthly_reports(date(2026, 9, 1)), "reports").values()) == {0}
    for place in (north.id, None):
        make_report(market_id=place, category=Category.CONDUCT)
    assert [values(monthly_reports(OCTOBER), measure) for measure in ("reports", "answered_in_time")] == before


def test_in_time_is_read_within_day_answered_within_seven() -> None:
    for read, answered, in_time in [(8, 14, True), (9, 14, False), (8, 15, False), (None, 14, False), (8, None, False)]:
        day = lambda number: date(2026, 10, number) if number else None  # noqa: E731
        assert is_in_time(date(2026, 10, 7), day(read), day(answered)) is in_time


def test_promises_are_those_that_the_public_can_check(session) -> None:
    office = make.make_office(session)
    hidden = make_market(session, "Hollow Lane", released=False)
    kept = make_commitment(session, office, date(2026, 10, 20))
    kept.verdict, kept.judged_on = PromiseVerdict.KEPT, date(2026, 10, 21)
    make_commitment(session, office, date(2026, 10, 30))
    make_commitment(session, office, date(2026, 10, 30), market_id=hidden.id)
    make_commitment(session, office, date(2026, 11, 1))
    session.flush()
    assert list(monthly_promises(OCTOBER)) == [
        MonthlyTally("promises_due", None, 2),
        MonthlyTally("promises_kept", None, 1),
    ]


def test_meeting_is_called_off_late_within_two_days_before(session) -> None:
    author = make_member(session, ("organizer",))
    for day in (8, 20):
        meeting = make.make_meeting(session, author, starts_at=datetime(2026, 10, day, 22, tzinfo=UTC))
        cancel_meeting(meeting, Bilingual("The room is closed.", "El salón está cerrado."), author.id)
    session.flush()
    assert list(monthly_meetings(OCTOBER)) == [
        MonthlyTally("meetings_held", None, 2),
        MonthlyTally("late_cancellations", None, 1),
    ]


def test_counts_outlive_reports_and_stay_once_complete(session, time_machine) -> None:
    load_standard_measures()
    make_desk(session, [make_member(session)])
    make_report()
    db.commit()
    of_city = select(Figure.value).join(Area).join(Measure).where(Area.market_id.is_(None), Measure.key == "reports")
    for moment in (NOVEMBER, datetime(2026, 12, 20, 12, tzinfo=UTC)):
        time_machine.move_to(moment, tick=False)
        count_months()
        assert db.session().scalars(of_city.where(Figure.month_on == OCTOBER)).one() == 1
        db.session().execute(delete(Thread))
        db.commit()


def test_what_came_in_a_file_is_not_counted_over(session, time_machine) -> None:
    time_machine.move_to(NOVEMBER, tick=False)
    load_standard_measures()
    area = found_area(None, AreaPart.CITY)
    counts = [FigureEntry(area.id, measure_named("reports").id, OCTOBER, 31)]
    take(plan(counts), Import(kind="months", file_name="before.csv", digest="0" * 64, rows=1), None)
    db.commit()
    count_months()
    asked = select(Measure.key, Figure.value).join(Figure, Figure.measure_id == Measure.id)
    found = {row.key: row.value for row in db.session().execute(asked.where(Figure.month_on == OCTOBER))}
    assert (found["reports"], found["verdicts"]) == (31, 0)
    assert "answered_in_time" not in found, "a part of one source and the whole of another fit together by chance"
    assert db.session().scalars(select(Figure.value).where(Figure.month_on == date(2026, 9, 1))).all()

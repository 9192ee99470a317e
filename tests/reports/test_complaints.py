"""How many complaints about police conduct there were: whole months, steps of ten, only for those who may hear it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import combinations

import pytest
from hypothesis import given, strategies as st
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from portal.accounts.roles import Role, conflict
from portal.core.web import Portal
from portal.reports.complaints import ComplaintMonth, freeze_months
from portal.reports.reports import Thread
from portal.reports.triage import HEARS, Category, Complaints, may_hear, said_of, to_freeze
from tests.conftest import Work
from tests.make import make_desk, make_member, make_report
from tests.page import reader_of

NOW = datetime.fromisoformat("2026-11-24T12:00:00-05:00")
MONTHS = [date(2025 + at // 12, at % 12 + 1, 1) for at in range(20)]
counts = st.dictionaries(st.sampled_from(MONTHS), st.integers(0, 30), min_size=1)
ROLE_SETS = [set(some) for size in range(4) for some in combinations(Role, size) if conflict(some) is None]


# --- rules ---


def test_month_is_frozen_on_eighth_of_next() -> None:
    october, september = date(2026, 10, 1), date(2026, 9, 1)
    assert to_freeze(date(2026, 11, 7)) == [september]
    assert to_freeze(date(2026, 11, 8)) == to_freeze(date(2026, 11, 30)) == [october, september]
    assert to_freeze(date(2026, 12, 7)) == [october]
    assert to_freeze(date(2027, 1, 8)) == [date(2026, 12, 1), date(2026, 11, 1)]


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)))
def test_nothing_changes_from_one_eighth_to_the_next(day: date) -> None:
    tomorrow = day + timedelta(days=1)
    newest = [to_freeze(one)[0] for one in (day, tomorrow)]
    assert (newest[0] != newest[1]) == (tomorrow.day == 8)
    assert all(one < day.replace(day=1) for one in to_freeze(day))


@given(counts)
def test_twelve_months_are_told_in_steps_of_ten(found: dict[date, int]) -> None:
    told = said_of(found)
    assert told is not None
    last = max(found)
    window = [month for month in found if (last.year - month.year) * 12 + last.month - month.month < 12]
    assert told.low <= sum(found[month] for month in window) <= told.high
    assert (told.low % 10, told.high - told.low) == (0, 9)
    assert (told.first_on, told.last_on) == (min(window), last)


def test_none_and_nine_are_alike_and_nothing_said_before() -> None:
    assert said_of({}) is None
    assert said_of({MONTHS[0]: 0}) == said_of({MONTHS[0]: 9}) == Complaints(0, MONTHS[0], MONTHS[0])
    assert said_of({MONTHS[0]: 10}) == Complaints(10, MONTHS[0], MONTHS[0])


def test_police_and_administrators_never_hear_it() -> None:
    for roles in ROLE_SETS:
        walled = bool(roles & {Role.POLICE_LIAISON, Role.ADMINISTRATOR})
        assert may_hear(roles) == (bool(roles & HEARS) and not walled)
    # Nobody can hold these together; if somebody does all the same they are told nothing.
    assert not any(may_hear({*HEARS, role}) for role in (Role.POLICE_LIAISON, Role.ADMINISTRATOR))


# --- freezing ---


def complain(session: Session, on: date, category: Category = Category.CONDUCT) -> Thread:
    thread = make_report("An officer shouted at me.", category=category).thread
    thread.received_on = on
    session.flush()
    return thread


def frozen(session: Session) -> dict[date, int]:
    session.expire_all()
    return {row.month_on: row.filed for row in session.scalars(select(ComplaintMonth))}


@pytest.mark.both_databases
@pytest.mark.time_machine(NOW, tick=False)
def test_what_is_frozen_stays(app: Portal, work: Work, time_machine) -> None:
    def freeze_on(day: datetime) -> dict[date, int]:
        time_machine.move_to(day)
        with app.app_context():
            freeze_months()
        with work() as session:
            return frozen(session)

    with work() as session:
        for kind in ("triage", "oversight"):
            make_desk(session, [make_member(session, [kind])], kind)
        for on in (date(2026, 10, 1), date(2026, 10, 31), date(2026, 11, 1), date(2026, 8, 31)):
            complain(session, on)
        other = complain(session, date(2026, 10, 9), Category.SELLING)
    told = {date(2026, 10, 1): 2, date(2026, 9, 1): 0}
    assert freeze_on(NOW) == told
    with work() as session:
        # Sorted late, erased, come by night: a month that is frozen tells of none of it.
        session.get_one(Thread, other.id).category = Category.CONDUCT
        complain(session, date(2026, 10, 30))
    assert freeze_on(NOW) == freeze_on(NOW + timedelta(days=13)) == told
    assert freeze_on(NOW + timedelta(days=14))[date(2026, 11, 1)] == 1


# --- pages ---


HEARING = {"organizer": "board", "community_lead": "board", "evaluator": "studies"}


def freeze(work: Work, months: int) -> None:
    with work() as session:
        session.execute(delete(ComplaintMonth))
        session.add_all(ComplaintMonth(month_on=month, filed=1) for month in MONTHS[:months])


def test_those_who_may_hear_it_read_it(app: Portal, work: Work) -> None:
    freeze(work, 2)
    with work() as session:
        hired = {role: make_member(session, [role]) for role in HEARING}
    readers = {reader_of(app, hired[role]): room for role, room in HEARING.items()}
    assert "Fewer than 10 from" in next(iter(readers))("/en/team/board/").text
    freeze(work, 14)
    for reader, room in readers.items():
        text = reader(f"/en/team/{room}/").text
        assert "Complaints about police conduct" in text and "10 to 19 from Mar" in text, room
        assert "De 10 a 19 desde marzo" in reader(f"/es/team/{room}/").text

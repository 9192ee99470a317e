"""Who has a report, and who of the desk has it open now: for colleagues, never a lock, and soon forgotten."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import event, select
from sqlalchemy.engine import Connection

from portal.accounts.sign_in import SignIn
from portal.accounts.users import DeskKey, Member
from portal.core.audit import AuditEvent
from portal.core.db import db
from portal.core.statuses import Refused
from portal.core.web import Portal
from portal.reports import at_work, threads
from portal.reports.at_work import TakenReport, holder_of, take
from portal.reports.reports import Thread
from portal.reports.triage import HELD_FOR, Category, Disposition
from portal.reports.worklist import Selection, Worklist
from tests.conftest import Work
from tests.make import make_desk, make_market, make_member, make_report, private_key_of
from tests.page import reader_of

START = datetime(2026, 5, 4, 22, tzinfo=UTC)
pytestmark = pytest.mark.time_machine(START, tick=False)


@dataclass(frozen=True)
class Desk:
    ana: Member
    ben: Member
    olga: Member
    desk_id: int
    thread_id: int

    def ids(self, member: Member, **chosen: str) -> list[int]:
        """The ids of a member's list."""
        listed = Worklist([self.desk_id], Selection.asked(chosen, ()), {}, member_id=member.id)
        return [thread.id for thread in listed.page()[0]]


@pytest.fixture
def desk(work: Work) -> Desk:
    with work() as session:
        ana, ben = make_member(session, name="Ana"), make_member(session, name="Ben")
        olga = make_member(session, ("oversight",), name="Olga")
        desk_id = make_desk(session, [ana, ben]).id
        make_desk(session, [olga], "oversight")
        make_market(session)
        return Desk(ana, ben, olga, desk_id, make_report("By the bus stop").thread_id)


def the(session, desk: Desk) -> Thread:
    return session.get_one(Thread, desk.thread_id)


@pytest.mark.both_databases
def test_of_two_who_take_it_one_has_it(work: Work, desk: Desk) -> None:
    with work() as session:
        take(the(session, desk), desk.ana.id, 0)
        with pytest.raises(Refused, match="taken_meanwhile"):
            take(the(session, desk), desk.ben.id, 0)
        assert holder_of(desk.thread_id).member_id == desk.ana.id
        take(the(session, desk), desk.ben.id, desk.ana.id)
        assert holder_of(desk.thread_id).member_id == desk.ben.id
        take(the(session, desk), desk.ben.id, 0)
        assert len(session.scalars(select(TakenReport)).all()) == 1


def test_lists_show_mine_and_nobodys(work: Work, desk: Desk, clock: time_machine.Traveller) -> None:
    with work() as session:
        other = make_report("By the gate").thread_id
        take(the(session, desk), desk.ana.id, 0)
        assert desk.ids(desk.ana, whose="mine") == [desk.thread_id]
        assert desk.ids(desk.ben, whose="mine") == []
        assert desk.ids(desk.ben, whose="free") == [other]
        clock.shift(timedelta(days=HELD_FOR))
        assert set(desk.ids(desk.ben, whose="free")) == {other, desk.thread_id}
        assert desk.ids(desk.ana, whose="mine") == [desk.thread_id], "who comes back finds it again"


def test_next_leads_past_what_a_colleague_has_or_reads(work: Work, desk: Desk, clock: time_machine.Traveller) -> None:
    with work() as session:
        ids = [desk.thread_id, *(make_report(f"Report {number}").thread_id for number in range(3))]
        order = desk.ids(desk.ana)
        assert sorted(order) == sorted(ids)
        take(session.get_one(Thread, order[1]), desk.ben.id, 0)
        first = session.get_one(Thread, order[0])
        hers = Worklist([desk.desk_id], Selection(), {}, member_id=desk.ana.id, read_by_others={order[2]: ["Ben"]})
        assert hers.next_to(first) == order[3]
        assert hers.next_to(first, noted=order[1]) == order[3]
        his = Worklist([desk.desk_id], Selection(), {}, member_id=desk.ben.id)
        assert his.next_to(first) == order[1], "what one has oneself is not skipped"
        clock.shift(timedelta(days=HELD_FOR))
        assert hers.next_to(first) == order[1]


def test_it_is_free_again_after_days_without_an_act(work: Work, desk: Desk, clock: time_machine.Traveller) -> None:
    with work() as session:
        take(the(session, desk), desk.ana.id, 0)
        clock.shift(timedelta(days=HELD_FOR - 1))
        assert holder_of(desk.thread_id).is_current
        at_work.note_act(the(session, desk), desk.ben.id)
        clock.shift(timedelta(days=1))
        assert not holder_of(desk.thread_id).is_current, "another one's act does not count"
        at_work.note_act(the(session, desk), desk.ana.id)
        assert holder_of(desk.thread_id).is_current


def test_closing_and_handing_over_forget_who_had_it(work: Work, desk: Desk) -> None:
    with work() as session:
        take(the(session, desk), desk.ana.id, 0)
        threads.close(the(session, desk), Disposition.ACTED, "", desk.ben.id)
        assert holder_of(desk.thread_id) is None
        with pytest.raises(Refused, match="already_there"):
            take(the(session, desk), desk.ana.id, 0)
        other = make_report("An officer shouted").thread
        take(other, desk.ana.id, 0)
        keys = {key: private_key_of(key_row) for key, key_row in key_rows(session)}
        threads.sort(other, Category.CONDUCT, None, keys, desk.ana.id)
        assert holder_of(other.id) is None, "the oversight contact does not learn who had it"


def key_rows(session):
    return [(row.id, row) for row in session.scalars(select(DeskKey))]


def test_it_is_taken_given_back_and_taken_over(app: Portal, desk: Desk, work: Work) -> None:
    ana, ben = reader_of(app, desk.ana), reader_of(app, desk.ben)
    address = f"/en/desk/{desk.thread_id}"
    stale = ben(address).form("/take")
    taken = ana(address).form("/take").submit()
    assert "You have it" in taken.text
    assert "You have it" in ana("/en/desk/").text
    assert "Ana has it" in ben("/en/desk/").text
    told = stale.submit(409)
    assert "Somebody else has just taken it." in told.text
    over = told.form("/take").submit()
    assert "You have it" in over.text
    assert "Ben has it" in ana(address).text
    assert "Nobody has it" in over.form("/give-back").submit().text
    with work() as session:
        acts = session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)).all()
        assert [act for act in acts if act.startswith("report.")] == [
            "report.taken",
            "report.taken",
            "report.given_back",
        ]


def test_who_has_it_open_is_shown_for_minutes_and_to_this_desk_only(
    app: Portal, desk: Desk, clock: time_machine.Traveller
) -> None:
    ana, ben, olga = reader_of(app, desk.ana), reader_of(app, desk.ben), reader_of(app, desk.olga)
    ana(f"/en/desk/{desk.thread_id}")
    assert "Ana is reading it" in ben("/en/desk/").text
    assert "Ana is reading it" in ben(f"/en/desk/{desk.thread_id}").text
    assert "is reading it" not in olga("/en/desk/").text
    assert "Ben is reading it" in ana("/en/desk/").text
    # She went on to the list, so she reads none any more.
    assert "Ana" not in ben("/en/desk/").text


def test_pages_of_the_desk_hold_up_nobody_who_writes(app: Portal, desk: Desk, clock, work: Work) -> None:
    reader, begun = reader_of(app, desk.ana), list[bool]()

    def note(connection: Connection) -> None:
        begun.append(bool(connection.get_execution_options()["portal_writes"]))

    event.listen(db.engine, "begin", note)
    try:
        for path in ("/en/desk/", f"/en/desk/{desk.thread_id}"):
            reader(path)
        assert begun
        assert not any(begun)
        begun.clear()
        clock.shift(timedelta(minutes=1))
        # Once a minute it is noted that somebody is there, and the page is then made without holding up anybody.
        reader("/en/desk/")
        assert begun.count(True) == 1
        assert not begun[-1]
    finally:
        event.remove(db.engine, "begin", note)
    with work() as session:
        seen = session.scalars(select(SignIn.seen_at).where(SignIn.member_id == desk.ana.id)).one()
    assert seen == START + timedelta(minutes=1)

"""Who has a report, and who of the desk has it open now: for colleagues, never a lock, and soon forgotten."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, select
from sqlalchemy.engine import Connection

from portal.accounts.sign_in import SignIn
from portal.accounts.users import DeskKey, Member
from portal.core.audit import AuditEvent
from portal.core.db import db
from portal.core.statuses import Refused
from portal.core.web import Portal
from portal.reports import notes, threads
from portal.reports.notes import TakenReport, take
from portal.reports.reports import Thread
from portal.reports.triage import HELD_FOR, Category, Disposition
from portal.reports.worklist import Selection, Worklist
from tests.conftest import Work
from tests.make import make_report, private_key_of
from tests.page import reader_of
from tests.reports.conftest import Desks

START = datetime(2026, 5, 4, 22, tzinfo=UTC)
pytestmark = pytest.mark.time_machine(START, tick=False)


def ids(desks: Desks, member: Member, **chosen: str) -> list[int]:
    """The ids of a member's list."""
    listed = Worklist([desks.triage_id], Selection.asked(chosen, ()), {}, member_id=member.id)
    return [thread.id for thread in listed.page()[0]]


def the(session, desks: Desks) -> Thread:
    return session.get_one(Thread, desks.thread_id)


@pytest.mark.both_databases
def test_of_two_who_take_it_one_has_it(work: Work, desks: Desks) -> None:
    with work() as session:
        take(the(session, desks), desks.ana.id, 0)
        with pytest.raises(Refused, match="taken_meanwhile"):
            take(the(session, desks), desks.ben.id, 0)
        assert session.get_one(TakenReport, desks.thread_id).member_id == desks.ana.id
        for instead_of in (desks.ana.id, 0):
            take(the(session, desks), desks.ben.id, instead_of)
            assert session.get_one(TakenReport, desks.thread_id).member_id == desks.ben.id
        assert len(session.scalars(select(TakenReport)).all()) == 1


def test_lists_show_mine_and_nobodys_until_days_without_act(work: Work, desks: Desks, time_machine) -> None:
    with work() as session:
        other, thread = make_report("By the gate").thread_id, the(session, desks)
        take(thread, desks.ana.id, 0)
        assert ids(desks, desks.ana, whose="mine") == [desks.thread_id]
        assert (ids(desks, desks.ben, whose="mine"), ids(desks, desks.ben, whose="free")) == ([], [other])
        time_machine.shift(timedelta(days=HELD_FOR - 1))
        assert session.get_one(TakenReport, desks.thread_id).is_current
        notes.note_act(thread, desks.ben.id)
        time_machine.shift(timedelta(days=1))
        assert not session.get_one(TakenReport, desks.thread_id).is_current, "another one's act does not count"
        assert set(ids(desks, desks.ben, whose="free")) == {other, desks.thread_id}
        assert ids(desks, desks.ana, whose="mine") == [desks.thread_id], "who comes back finds it again"
        notes.note_act(thread, desks.ana.id)
        assert session.get_one(TakenReport, desks.thread_id).is_current


def test_next_leads_past_what_a_colleague_has_or_reads(work: Work, desks: Desks, time_machine) -> None:
    with work() as session:
        made = [desks.thread_id, *(make_report(f"Report {number}").thread_id for number in range(3))]
        order = ids(desks, desks.ana)
        assert sorted(order) == sorted(made)
        take(session.get_one(Thread, order[1]), desks.ben.id, 0)
        first = session.get_one(Thread, order[0])
        hers = Worklist([desks.triage_id], Selection(), {}, member_id=desks.ana.id, read_by_others={order[2]: ["Ben"]})
        assert hers.next_to(first) == order[3]
        assert hers.next_to(first, noted=order[1]) == order[3]
        his = Worklist([desks.triage_id], Selection(), {}, member_id=desks.ben.id)
        assert his.next_to(first) == order[1], "what one has oneself is not skipped"
        time_machine.shift(timedelta(days=HELD_FOR))
        assert hers.next_to(first) == order[1]


def test_closing_and_handing_over_forget_who_had_it(work: Work, desks: Desks) -> None:
    with work() as session:
        take(the(session, desks), desks.ana.id, 0)
        threads.close(the(session, desks), Disposition.ACTED, "", desks.ben.id)
        assert session.get(TakenReport, desks.thread_id) is None
        with pytest.raises(Refused, match="already_there"):
            take(the(session, desks), desks.ana.id, 0)
        other = make_report("An officer shouted").thread
        take(other, desks.ana.id, 0)
        keys = {row.id: private_key_of(row) for row in session.scalars(select(DeskKey))}
        threads.sort(other, Category.CONDUCT, None, keys, desks.ana.id)
        assert session.get(TakenReport, other.id) is None, "the oversight contact does not learn who had it"


def test_it_is_taken_given_back_and_taken_over(app: Portal, desks: Desks, work: Work) -> None:
    ana, ben = reader_of(app, desks.ana), reader_of(app, desks.ben)
    address = f"/en/desk/{desks.thread_id}"
    stale = ben(address).form("/take")
    assert "You have it" in ana(address).form("/take").submit().text
    assert "You have it" in ana("/en/desk/").text and "Ana Ruiz has it" in ben("/en/desk/").text
    told = stale.submit(409)
    assert "Somebody else has just taken it." in told.text
    over = told.form("/take").submit()
    assert "You have it" in over.text and "Ben has it" in ana(address).text
    assert "Nobody has it" in over.form("/give-back").submit().text
    with work() as session:
        acts = session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)).all()
        acts = [act.removeprefix("report.") for act in acts if act.startswith("report.")]
        assert acts == ["taken", "taken", "given_back"]


def test_who_has_it_open_is_shown_to_colleagues(app: Portal, desks: Desks, time_machine) -> None:
    ana, ben, olga = reader_of(app, desks.ana), reader_of(app, desks.ben), reader_of(app, desks.olga)
    ana(f"/en/desk/{desks.thread_id}")
    assert "Ana Ruiz is reading it" in ben("/en/desk/").text
    assert "Ana Ruiz is reading it" in ben(f"/en/desk/{desks.thread_id}").text
    assert "is reading it" not in olga("/en/desk/").text
    assert "Ben is reading it" in ana("/en/desk/").text
    # She went on to the list, so she reads none any more.
    assert "Ana" not in ben("/en/desk/").text


def test_pages_of_the_desk_hold_up_nobody_who_writes(app: Portal, desks: Desks, time_machine, work: Work) -> None:
    reader, begun = reader_of(app, desks.ana), list[bool]()

    def note(connection: Connection) -> None:
        begun.append(bool(connection.get_execution_options()["portal_writes"]))

    event.listen(db.engine, "begin", note)
    try:
        for path in ("/en/desk/", f"/en/desk/{desks.thread_id}"):
            reader(path)
        assert begun
        assert not any(begun)
        begun.clear()
        time_machine.shift(timedelta(minutes=1))
        # Once a minute it is noted that somebody is there, and the page is then made without holding up anybody.
        reader("/en/desk/")
        assert begun.count(True) == 1
        assert not begun[-1]
    finally:
        event.remove(db.engine, "begin", note)
    with work() as session:
        seen = session.scalars(select(SignIn.seen_at).where(SignIn.member_id == desks.ana.id)).one()
    assert seen == START + timedelta(minutes=1)

"""Who does not sit where complaints about the police are read counts none in the audit log, and sees none arrive."""

import random
from collections import Counter

import pytest
from sqlalchemy import delete, func, select

from portal.accounts.users import Desk, audit_log, audited_acts, desk_private_keys
from portal.core.audit import AuditEvent, record
from portal.reports import threads as actions_threads
from portal.reports.reports import Thread
from portal.reports.triage import Category, Disposition, TriageState
from portal.reports.words import ReportWords
from tests.make import make_desk, make_member, make_report, private_key_of
from tests.page import reader_of

CONDUCT, SELLING = Category.CONDUCT, Category.SELLING


class Desks:
    """Who reads what, and who reads the log."""

    def __init__(self, session):
        self.session = session
        self.boss = make_member(session, ["administrator"], name="Boss")
        self.tess, self.odessa = make_member(session, ["triage"]), make_member(session, ["oversight"])
        make_desk(session, [self.tess])
        make_desk(session, [self.odessa], "oversight")

    def sort(self, thread, category, by, *, sure=False):
        keys = desk_private_keys(by.id, private_key_of(by))
        actions_threads.sort(thread, category, None, keys, by.id, sure=sure)
        self.session.flush()

    def read(self, reader=None):
        self.session.flush()
        seen = audit_log(1, reader_id=reader.id if reader else None).events
        return [(one.action, one.object_id) for one in reversed(seen) if one.object_type in ("thread", "referral")]


@pytest.mark.both_databases
def test_a_complaint_is_never_seen_to_arrive(session):
    desks = Desks(session)
    sent = make_report(category=CONDUCT).thread
    actions_threads.answer(sent, "We read it.", desks.odessa.id)
    unsorted = make_report().thread
    actions_threads.mark_read(unsorted, desks.tess.id)
    before = desks.read(desks.boss)
    desks.sort(unsorted, CONDUCT, desks.tess)
    actions_threads.close(unsorted, Disposition.ACTED, "Done.", desks.odessa.id)
    assert before == desks.read(desks.boss) == desks.read(desks.tess) == []
    assert {action for _who, action, _kind in audited_acts(desks.boss.id)}.isdisjoint(
        {"report.read", "report.sorted", "report.closed", "report.handed_to_oversight"}
    )
    everything = [action for action, _id in desks.read(desks.odessa)]
    assert "report.handed_to_oversight" in everything
    assert len(everything) == 8
    assert ("report.handed_to_oversight", "thread") in [act[1:] for act in audited_acts(desks.odessa.id)]


def test_what_is_done_about_any_other_report_stays(session):
    desks = Desks(session)
    other, closed = make_report(category=SELLING).thread, make_report().thread
    actions_threads.mark_read(other, desks.tess.id)
    actions_threads.close(closed, Disposition.DUPLICATE, "", desks.tess.id)
    assert desks.read(desks.boss) == [("report.closed", str(closed.id))]
    actions_threads.close(other, Disposition.DUPLICATE, "", desks.tess.id)
    acts = [("report.read", other), ("report.closed", closed), ("report.closed", other)]
    shown = [(act, str(thread.id)) for act, thread in acts]
    assert desks.read(desks.boss) == shown
    # A hold is shown of what is closed, and of no complaint.
    complaint, handed, open_one = (make_report(category=one).thread for one in (CONDUCT, SELLING, SELLING))
    actions_threads.close(complaint, Disposition.ACTED, "Done.", desks.odessa.id)
    actions_threads.close(handed, Disposition.DUPLICATE, "", desks.tess.id)
    shown = desks.read(desks.boss)
    desks.sort(handed, CONDUCT, desks.tess)
    for one in (closed, handed, complaint, open_one):
        record("retention.held", "thread", one.id, None)
    assert desks.read(desks.boss) == [*shown, ("retention.held", str(closed.id))]


def test_what_was_shown_stays_and_a_complaint_adds_nothing(session):
    desks = Desks(session)
    thread, other = make_report(category=SELLING).thread, make_report(category=SELLING).thread
    for one in (thread, other):
        actions_threads.mark_read(one, desks.tess.id)
        desks.sort(one, Category.OTHER, desks.tess)
        actions_threads.close(one, Disposition.NOT_SEEN, "", desks.tess.id)
    before = desks.read(desks.boss)
    assert len(before) == 6
    for one in (thread, other):
        actions_threads.reopen(one, desks.tess.id)
        actions_threads.answer(one, "Tell us more.", desks.tess.id)
        assert desks.read(desks.boss) == before
    desks.sort(thread, CONDUCT, desks.tess)
    actions_threads.close(thread, Disposition.ACTED, "Done.", desks.odessa.id)
    assert desks.read(desks.boss) == before
    # One that stays with the desk is told of to its end.
    actions_threads.close(other, Disposition.ACTED, "Done.", desks.tess.id)
    after = desks.read(desks.boss)
    assert after[:6] == before
    assert after[6:] == [(f"report.{act}", str(other.id)) for act in ("reopened", "answered", "answered", "closed")]
    desks.session.delete(thread)
    assert desks.read(desks.boss) == after


def test_what_is_erased_tells_no_more_than_before(session):
    desks = Desks(session)
    complaint, handed, other = (make_report(category=one).thread for one in (CONDUCT, SELLING, SELLING))
    gone, waiting = make_member(session, ["oversight"]), make_member(session, ["oversight"])
    actions_threads.mark_read(complaint, gone.id)
    # A role without the key opens no row.
    assert desks.read(waiting) == desks.read() == []
    assert desks.read(desks.odessa) != []
    actions_threads.mark_read(handed, desks.tess.id)
    actions_threads.mark_read(other, desks.tess.id)
    actions_threads.close(complaint, Disposition.ACTED, "Done.", gone.id)
    actions_threads.close(other, Disposition.DUPLICATE, "", desks.tess.id)
    desks.sort(handed, CONDUCT, desks.tess)
    actions_threads.close(handed, Disposition.ACTED, "Done.", gone.id)
    session.execute(delete(Thread))
    assert desks.read(desks.boss) == [("report.read", str(other.id)), ("report.closed", str(other.id))]
    events = session.scalar(select(func.count()).select_from(AuditEvent))
    assert events == len(desks.read(desks.odessa))


@pytest.mark.parametrize("seed", range(3))
def test_no_row_ever_goes_nor_tells_of_a_complaint(session, seed):
    desks = Desks(session)
    chance = random.Random(seed)
    threads = [make_report(category=chance.choice([SELLING, CONDUCT, Category.UNSORTED])).thread for _each in range(5)]
    complaints = {one.id for one in threads if one.category == CONDUCT}
    shown = []
    for _act in range(40):
        thread = chance.choice(threads)
        at_oversight = desks.session.get_one(Desk, thread.desk_id).kind == "oversight"
        by = desks.odessa if at_oversight else desks.tess
        act = chance.choice(["read", "answer", "close", "reopen", "write", "sort", "sort", "hand"])
        if act == "read":
            actions_threads.mark_read(thread, by.id)
        elif act == "answer":
            actions_threads.answer(thread, "We look.", by.id)
        elif act == "close" and thread.state != TriageState.CLOSED:
            actions_threads.close(thread, Disposition.ACTED, "Done.", by.id)
        elif act == "reopen" and thread.state == TriageState.CLOSED:
            actions_threads.reopen(thread, by.id)
        elif act == "write":
            actions_threads.add_words(thread, ReportWords("Again."))
        elif act == "sort":
            desks.sort(thread, CONDUCT if at_oversight else chance.choice([SELLING, Category.OTHER]), by)
        elif act == "hand" and chance.random() < 0.3:
            desks.sort(thread, SELLING if at_oversight else CONDUCT, by, sure=True)
            complaints.add(thread.id)
            assert desks.read(desks.boss) == shown
        now_shown = desks.read(desks.boss)
        assert not Counter(shown) - Counter(now_shown)
        if thread.id in complaints:
            assert now_shown == shown
        shown = now_shown


def test_page_filters_and_typed_address_show_none(app, work):
    with work() as session:
        desks = Desks(session)
        for _number in range(60):
            thread = make_report(category=SELLING).thread
            desks.sort(thread, CONDUCT, desks.tess)
            actions_threads.mark_read(thread, desks.odessa.id)
    page = reader_of(app, desks.boss)
    plain = page("/en/audit/")
    options = {option.get("value") for option in plain.find_all("option")}
    assert options.isdisjoint({"report.handed_to_oversight", "report.read", "report.sorted", "thread", "referral"})
    assert not plain.has("ul.pager")
    for asked in ("action=report.handed_to_oversight", "action=report.read", "kind=thread", "kind=referral"):
        typed = page(f"/en/audit/?{asked}")
        assert not typed.has("tbody tr")
        assert not typed.has("ul.pager")

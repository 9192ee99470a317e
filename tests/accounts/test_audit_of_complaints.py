"""Who does not sit where complaints about the police are read counts none in the audit log, and sees none arrive."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from portal.accounts.models import Member
from portal.accounts.queries import audit_log, audited_actions, desk_private_keys
from portal.core.audit import AuditEvent
from portal.core.web import Portal
from portal.reports import actions
from portal.reports.models import Thread
from portal.reports.rules.triage import Category, Disposition
from tests.conftest import Work
from tests.make import make_desk, make_member, make_report, private_key_of, sign_in
from tests.page import Reader

BOTH = pytest.mark.both_databases
CONDUCT, SELLING = Category.CONDUCT, Category.SELLING


class Desks:
    """Who reads what, and who reads the log."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.boss = make_member(session, ["administrator"], name="Boss")
        self.tess, self.odessa = make_member(session, ["triage"]), make_member(session, ["oversight"])
        make_desk(session, [self.tess])
        make_desk(session, [self.odessa], "oversight")

    def sort(self, thread: Thread, category: Category, by: Member, *, sure: bool = False) -> None:
        keys = desk_private_keys(by.id, private_key_of(by))
        actions.sort(thread, category, None, keys, by.id, sure=sure)
        self.session.flush()

    def read(self, reader: Member | None = None) -> list[tuple[str, str]]:
        self.session.flush()
        seen = audit_log(1, reader_id=reader.id if reader else None).events
        return [(one.action, one.object_id) for one in reversed(seen) if one.object_type in ("thread", "referral")]


@pytest.fixture
def desks(session: Session) -> Desks:
    return Desks(session)


@BOTH
def test_a_complaint_is_never_seen_to_arrive(desks: Desks) -> None:
    sent = make_report(category=CONDUCT).thread
    actions.answer(sent, "We read it.", desks.odessa.id)
    unsorted = make_report().thread
    actions.mark_read(unsorted, desks.tess.id)
    before = desks.read(desks.boss)
    desks.sort(unsorted, CONDUCT, desks.tess)
    actions.close(unsorted, Disposition.ACTED, "Done.", desks.odessa.id)
    assert before == desks.read(desks.boss) == desks.read(desks.tess) == []
    assert {action for action, _kind in audited_actions(desks.boss.id)}.isdisjoint(
        {"report.read", "report.sorted", "report.closed", "report.handed_to_oversight"}
    )
    everything = [action for action, _id in desks.read(desks.odessa)]
    assert "report.handed_to_oversight" in everything
    assert len(everything) == 8
    assert ("report.handed_to_oversight", "thread") in audited_actions(desks.odessa.id)


def test_what_is_done_about_any_other_report_stays(desks: Desks) -> None:
    other, closed = make_report(category=SELLING).thread, make_report().thread
    actions.mark_read(other, desks.tess.id)
    actions.close(closed, Disposition.DUPLICATE, "", desks.tess.id)
    seen = desks.read(desks.boss)
    assert seen == [("report.read", str(other.id)), ("report.closed", str(closed.id))]


def test_what_was_about_the_police_is_not_told_when_it_turns_out_not_to_be(desks: Desks) -> None:
    thread = make_report(category=CONDUCT).thread
    actions.mark_read(thread, desks.odessa.id)
    desks.sort(thread, SELLING, desks.odessa, sure=True)
    actions.mark_read(thread, desks.tess.id)
    assert desks.read(desks.boss) == []


def test_what_is_erased_tells_no_more_than_before(desks: Desks) -> None:
    complaint, handed, other = (make_report(category=one).thread for one in (CONDUCT, SELLING, SELLING))
    gone = make_member(desks.session, ["oversight"])
    actions.mark_read(complaint, gone.id)
    actions.mark_read(handed, desks.tess.id)
    actions.mark_read(other, desks.tess.id)
    desks.sort(handed, CONDUCT, desks.tess)
    kept = str(other.id)
    desks.session.execute(delete(Thread))
    assert desks.read(desks.boss) == [("report.read", kept)]
    events = desks.session.scalar(select(func.count()).select_from(AuditEvent))
    assert events == len(desks.read(desks.odessa))


def test_a_role_without_the_key_opens_no_row(desks: Desks) -> None:
    actions.mark_read(make_report(category=CONDUCT).thread, desks.odessa.id)
    waiting = make_member(desks.session, ["oversight"])
    assert desks.read(waiting) == desks.read() == []
    assert desks.read(desks.odessa) != []


@pytest.mark.parametrize("lang", ["en", "es"])
def test_the_page_the_filters_and_a_typed_address_show_none(
    app: Portal, client: FlaskClient, work: Work, lang: str
) -> None:
    with work() as session:
        desks = Desks(session)
        for _number in range(60):
            thread = make_report(category=SELLING).thread
            desks.sort(thread, CONDUCT, desks.tess)
            actions.mark_read(thread, desks.odessa.id)
    sign_in(client, desks.boss)
    page = Reader(client)
    plain = page(f"/{lang}/audit/")
    options = {option.get("value") for option in plain.find_all("option")}
    assert options.isdisjoint({"report.handed_to_oversight", "report.read", "report.sorted", "thread", "referral"})
    assert not plain.has("ul.pager")
    for asked in ("action=report.handed_to_oversight", "action=report.read", "kind=thread", "kind=referral"):
        typed = page(f"/{lang}/audit/?{asked}")
        assert not typed.has("tbody tr")
        assert not typed.has("ul.pager")

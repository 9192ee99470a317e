"""Who is reminded of a promise, when, and when not: the people of the office, before its day and once it is late."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy.orm import Session

from portal.accounts.reminders import Due, due_words, remind_all
from portal.accounts.users import Member
from portal.commitments import promise_steps
from portal.commitments.promise_rules import PromiseActor, PromiseVerdict
from portal.commitments.promise_steps import ABOUT, promises_to_remind, reminders_of
from portal.commitments.promises import Commitment
from portal.core.clock import today
from portal.core.web import Portal
from portal.organisations.organisations import Belonging, Office
from tests.accounts.reminding import NOON, posted
from tests.conftest import Work
from tests.make import both, let_in, make_commitment, make_market, make_member, make_office

WHY = both("We saw it.", "Lo vimos.")
LEAD = partial(PromiseActor, frozenset({"community_lead"}), frozenset())
BETWEEN = partial(PromiseActor, frozenset({"facilitator"}), frozenset())
pytestmark = pytest.mark.time_machine(NOON, tick=False)


def belongs(session: Session, office: Office, role: str = "police_liaison", **given: Any) -> Member:
    member = make_member(session, [role], **given)
    session.add(Belonging(organisation_id=office.organisation_id, member_id=member.id))
    session.flush()
    return member


def due_in(session: Session, office: Office, days: int, *, made_days_ago: int = 30, **given: Any) -> Commitment:
    """A promise due in so many days, made public some time ago."""
    it = make_commitment(session, office, today() + timedelta(days=days), **given)
    it.entries[0].at -= timedelta(days=made_days_ago)
    session.flush()
    return it


def reminders_due() -> list[Due]:
    return [due for promise_id in promises_to_remind() for due in reminders_of(promise_id)]


def reminded() -> set[tuple[int, str]]:
    return {(due.member_id, due.nearness.value) for due in reminders_due()}


def test_people_of_office_are_reminded_and_nobody_else(session: Session) -> None:
    office = make_office(session)
    officer = belongs(session, office)
    belongs(session, office, "triage")
    belongs(session, make_office(session, name="Another"))
    make_member(session, ["community_lead"])
    due_in(session, office, 6)
    assert reminded() == {(officer.id, "week")}


def test_week_before_day_before_and_once_when_late(session: Session) -> None:
    for days, expected in ((9, None), (7, "week"), (1, "eve"), (0, "eve"), (-1, "late"), (-20, None)):
        office = make_office(session)
        officer = belongs(session, office)
        due_in(session, office, days)
        assert {why for member_id, why in reminded() if member_id == officer.id} == ({expected} if expected else set())


def test_never_a_draft_nor_what_waits_for_other_side(session: Session) -> None:
    office = make_office(session)
    officer = belongs(session, office)
    due_in(session, office, 1, published=True)
    make_commitment(session, office, today(), published=False)
    for verdict in PromiseVerdict:
        promise_steps.judge(due_in(session, office, 1), verdict, WHY, LEAD(officer.id))
    claimed = due_in(session, office, 1)
    promise_steps.claim_kept(claimed, WHY, BETWEEN(officer.id))
    assert len(reminders_due()) == 1
    promise_steps.judge(claimed, PromiseVerdict.BROKEN, WHY, LEAD(officer.id))
    promise_steps.judge(claimed, None, WHY, LEAD(officer.id))
    assert len(reminders_due()) == 2


@pytest.mark.both_databases
def test_another_day_moves_the_reminder(session: Session, time_machine) -> None:
    office = make_office(session)
    officer = belongs(session, office)
    it = due_in(session, office, 1)
    promise_steps.move_due(it, today() + timedelta(days=20), WHY, BETWEEN(officer.id))
    session.flush()
    assert reminded() == set()
    time_machine.shift(timedelta(days=13))
    assert reminded() == {(officer.id, "week")}


def test_promise_at_hidden_place_reminds_only_who_knows_it(session: Session) -> None:
    hidden = make_market(session, "Birch Street", released=False, status=None)
    office = make_office(session)
    insider, _outsider = belongs(session, office), belongs(session, office)
    let_in(session, hidden, insider)
    due_in(session, office, 1, market_id=hidden.id)
    assert reminded() == {(insider.id, "eve")}


@pytest.mark.parametrize("step", ["move", "keep", "claim"])
def test_what_waits_is_taken_back_when_no_longer_so(app: Portal, work: Work, time_machine, step: str) -> None:
    with work() as session:
        office = make_office(session)
        officer = belongs(session, office, language="es")
        it = due_in(session, office, 1)

    def run() -> None:
        with app.app_context():
            remind_all(ABOUT, promises_to_remind, reminders_of, due_words)

    for _again in range(2):
        run()
    with work():
        [(kind, address, body)] = posted()
        assert (kind, address) == ("mail", officer.email)
        assert it.what.es not in body
    with work() as session:
        found = session.get_one(Commitment, it.id)
        if step == "move":
            promise_steps.move_due(found, today() + timedelta(days=3), WHY, BETWEEN(officer.id))
        elif step == "keep":
            promise_steps.judge(found, PromiseVerdict.KEPT, WHY, LEAD(officer.id))
        else:
            promise_steps.claim_kept(found, WHY, BETWEEN(officer.id))
        session.flush()
        assert posted() == []
    time_machine.shift(timedelta(days=2))
    run()
    with work():
        assert len(posted()) == (1 if step == "move" else 0)

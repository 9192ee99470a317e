"""Promises and slips in the database: nothing is written over, nobody judges themselves, no answer leads to a slip."""

import threading
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.commitments import hearings, promise_steps
from portal.commitments.promise_rules import BallotChoice, PromiseActor, PromiseState, PromiseVerdict
from portal.commitments.promises import (
    BallotSlip,
    Commitment,
    Hearing,
    HearingItem,
    counts,
    public_commitment,
    public_commitments,
    team_commitments,
)
from portal.core.clock import today
from portal.core.db import db
from portal.core.statuses import NotAllowed, NotFound
from portal.core.web import Portal
from tests.conftest import Work
from tests.make import both, make_commitment, make_market, make_member, make_office

WHY = both("We saw it.", "Lo vimos.")
LEAD = partial(PromiseActor, frozenset({"community_lead"}), frozenset())
BETWEEN = partial(PromiseActor, frozenset({"facilitator"}), frozenset())


def test_promise_moves_is_kept_and_all_of_it_stays(session: Session) -> None:
    office = make_office(session)
    it, lead = make_commitment(session, office), make_member(session, ("community_lead",))
    first = it.due_on
    promise_steps.move_due(it, first + timedelta(days=30), WHY, BETWEEN(lead.id))
    promise_steps.plan_milestone(it, WHY, today(), BETWEEN(lead.id))
    session.flush()
    promise_steps.reach_milestone(it, it.milestones[0].id, BETWEEN(lead.id))
    promise_steps.claim_kept(it, WHY, BETWEEN(lead.id))
    promise_steps.judge(it, PromiseVerdict.BROKEN, WHY, LEAD(lead.id))
    promise_steps.judge(it, PromiseVerdict.KEPT, WHY, LEAD(lead.id))
    promise_steps.judge(it, None, WHY, LEAD(lead.id))
    session.flush()
    steps = [entry.step for entry in it.entries]
    assert steps == ["made", "moved", "planned", "reached", "claimed", "broken", "kept", "reopened"]
    assert (it.first_due_on, it.due_on, it.verdict) == (first, first + timedelta(days=30), None)
    moved = it.entries[1]
    assert (moved.due_before, moved.due_after) == (first, it.due_on)


def test_late_is_what_the_calendar_says_everywhere(session: Session) -> None:
    office = make_office(session)
    for days, verdict in ((-1, None), (0, None), (5, None), (-9, PromiseVerdict.KEPT), (-9, PromiseVerdict.BROKEN)):
        it = make_commitment(session, office, today() + timedelta(days=days))
        if verdict:
            promise_steps.judge(it, verdict, WHY, LEAD(it.author_id))
    session.flush()
    assert counts() == {PromiseState.LATE: 1, PromiseState.DUE: 2, PromiseState.BROKEN: 1, PromiseState.KEPT: 1}
    for standing in PromiseState:
        found = session.scalars(public_commitments(standing)).all()
        assert {one.standing for one in found} == {standing}
    everything = session.scalars(public_commitments()).all()
    assert [one.standing for one in everything][:3] == [PromiseState.LATE, PromiseState.DUE, PromiseState.DUE]


def test_police_do_not_judge_police_and_middle_judges_nobody(session: Session) -> None:
    it = make_commitment(session, make_office(session, "police"))
    own = PromiseActor(frozenset({"community_lead"}), frozenset({it.office.organisation_id}))
    police, organizer = (PromiseActor(frozenset({role})) for role in ("police_liaison", "organizer"))
    for person in (police, BETWEEN(it.author_id), organizer, own):
        with pytest.raises(NotAllowed):
            promise_steps.judge(it, PromiseVerdict.KEPT, WHY, person)
    promise_steps.judge(it, PromiseVerdict.KEPT, WHY, LEAD(it.author_id))


def test_office_writes_down_its_own_promises_and_no_others(session: Session) -> None:
    own, other = make_office(session, "agency"), make_office(session, "agency", "Public works")
    of_other = {"what": WHY, "made_at": WHY, "office_id": other.id}
    author_id = make_member(session, ("services",)).id
    me = PromiseActor(frozenset({"services"}), frozenset({own.organisation_id}), author_id)
    promise_steps.draft_commitment({"what": WHY, "made_at": WHY, "office_id": own.id}, me)
    nobodys = promise_steps.draft_commitment({"what": WHY, "made_at": WHY}, me)
    with pytest.raises(NotAllowed):
        promise_steps.draft_commitment(of_other, me)
    with pytest.raises(NotAllowed):
        promise_steps.edit_draft(nobodys, of_other, me)


def test_a_promise_about_a_hidden_place_does_not_exist(session: Session) -> None:
    hidden = make_market(session, "Birch Street", released=False, status=None)
    it = make_commitment(session, make_office(session), market_id=hidden.id)
    with pytest.raises(NotFound):
        public_commitment(it.slug)
    assert sum(counts().values()) == 0
    assert session.scalars(team_commitments(make_member(session, ("community_lead",)))).all() == []


def called(session: Session, *promised: Commitment) -> Hearing:
    return hearings.call_hearing(WHY, promised, today(), today() + timedelta(days=3), promised[0].author_id)


def test_a_slip_counts_once_and_leaves_a_number_behind(session: Session) -> None:
    office = make_office(session)
    first, second = make_commitment(session, office), make_commitment(session, office)
    hearing = called(session, first, second)
    code, other = hearings.print_slips(hearing, 2, first.author_id)
    assert hearings.answer(code, {1: BallotChoice.KEPT})
    session.flush()
    assert not hearings.answer(code, {1: BallotChoice.BROKEN})
    session.expire_all()
    assert [item.counts for item in hearing.items] == [
        {"kept": 1, "partly": 0, "broken": 0, "unsure": 0},
        {"kept": 0, "partly": 0, "broken": 0, "unsure": 1},
    ]
    assert session.scalar(select(func.count()).select_from(BallotSlip)) == 1
    # Slips are taken on their days only.
    hearing.opens_on, hearing.closes_on = today() - timedelta(days=5), today() - timedelta(days=1)
    session.flush()
    assert not hearings.answer(other, {1: BallotChoice.KEPT})


def test_no_code_lies_in_the_database(session: Session) -> None:
    it = make_commitment(session, make_office(session))
    (code,) = hearings.print_slips(called(session, it), 1, it.author_id)
    assert code not in str(session.scalars(select(BallotSlip.code_hash)).all())
    assert {column.name for column in BallotSlip.__table__.columns} == {"code_hash", "hearing_id"}


@pytest.mark.both_databases
def test_answers_at_once_are_all_counted_each_slip_once(app: Portal, work: Work) -> None:
    with work() as session:
        it = make_commitment(session, make_office(session))
        codes = hearings.print_slips(called(session, it), 6, it.author_id)

    def send(code: str) -> None:
        with app.app_context(), db.work():
            hearings.answer(code, {1: BallotChoice.KEPT})

    threads = [threading.Thread(target=send, args=(code,)) for code in [*codes, *codes]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with work() as session:
        assert session.scalars(select(HearingItem.kept)).one() == len(codes)
        assert session.scalar(select(func.count()).select_from(BallotSlip)) == 0

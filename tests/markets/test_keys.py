"""A key counts only while its holder still holds the role: until the hour has come, whatever happens to the holder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from hypothesis import given, strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.accounts.people import accept, give_roles, invite_again, make_secrets, remove_member
from portal.accounts.roles import Role
from portal.accounts.users import Member, RoleHeld
from portal.core.audit import AuditEvent
from portal.core.clock import now, today
from portal.core.db import db
from portal.core.statuses import Refused
from portal.core.web import Portal
from portal.markets import gate
from portal.markets.call_in import end_call_in, newest_night, prepare_call_in
from portal.markets.gate import gate_of, keys_in_force, note_evidence
from portal.markets.gate_rules import EvidenceItem, EvidenceState, is_public
from portal.markets.place_actions import admit, begin_market, describe_market, end_admission
from portal.markets.places import KeyTurned, Market, SeatTaken, turnovers
from portal.markets.status import TEXTS, YEAR, PlaceSeat, Turnover, turnover
from portal.markets.team_pages import work_at
from portal.markets.texts import concern_sentences, steadiness
from tests.conftest import Work
from tests.make import both, let_in, make_call_in, make_market, make_member
from tests.page import reader_of

WORDS = {
    "message": both("It stops.", "Se acaba."),
    "services": both("Work.", "Trabajo."),
    "tonight": both("Talk.", "Hablen."),
}


@dataclass(frozen=True)
class Agreed:
    """A hidden place at which both keys are turned."""

    market: Market
    lead: Member
    liaison: Member
    other: Member


@pytest.fixture
def agreed(session: Session) -> Agreed:
    lead, other, liaison = (make_member(session, [role]) for role in (*["community_lead"] * 2, "police_liaison"))
    market = make_market(session, "Birch Yard", released=False)
    let_in(session, market, lead, other, liaison)
    prepare_call_in(market, WORDS, lead.id)
    for member in (lead, liaison):
        gate.turn_key(market, member, "It is time.")
    db.commit()
    return Agreed(market, lead, liaison, other)


def other_role(_agreed: Agreed, member: Member) -> None:
    """Somebody who gets the other key's role does not keep the key that they turned."""
    is_lead = Role.COMMUNITY_LEAD in member.roles
    give_roles(member, [Role.POLICE_LIAISON if is_lead else Role.COMMUNITY_LEAD], None)


def leave(_agreed: Agreed, member: Member) -> None:
    remove_member(member, None)


def new_password(_agreed: Agreed, member: Member) -> None:
    accept(invite_again(member, None).token, "", "en", make_secrets("another quiet river under a bridge"))


WAYS = [
    lambda _agreed, member: give_roles(member, [Role.ORGANIZER], None),
    other_role,
    leave,
    lambda agreed, member: end_admission(agreed.market, member.id, agreed.other.id),
    new_password,
]
Go = Callable[[Agreed, Member], None]


@pytest.mark.parametrize(("go", "who"), [*((go, "liaison") for go in WAYS), (leave, "lead")])
def test_who_holds_the_role_no_longer_releases_nothing(session: Session, agreed: Agreed, go: Go, who: str) -> None:
    market, gone = agreed.market, getattr(agreed, who)
    assert market.released_at is not None
    go(agreed, gone)
    session.flush()
    session.expire_all()
    assert market.released_at is None
    assert [row.member_id for row in keys_in_force(market)] == [
        one.id for one in (agreed.lead, agreed.liaison) if one is not gone
    ]
    assert not is_public(market.released_at, now() + timedelta(days=9))
    said = select(AuditEvent.action).where(AuditEvent.object_id == str(market.id)).order_by(AuditEvent.id.desc())
    assert session.scalars(said.limit(1)).one() in ("market.key_lapsed", "market.sent_out")


@pytest.mark.parametrize("who", ["lead", "liaison"])
def test_a_role_given_back_brings_no_key_back(agreed: Agreed, who: str) -> None:
    member: Member = getattr(agreed, who)
    before = [Role(role) for role in member.roles]
    give_roles(member, [Role.ORGANIZER], None)
    give_roles(member, before, None)
    assert agreed.market.released_at is None
    assert len(keys_in_force(agreed.market)) == 1


def test_what_is_public_stays_public(session: Session, agreed: Agreed) -> None:
    agreed.market.released_at = now()
    session.flush()
    leave(agreed, agreed.liaison)
    assert is_public(agreed.market.released_at, now())
    assert len(keys_in_force(agreed.market)) == 2


def test_own_key_is_taken_back_before_place_is_public(session: Session, agreed: Agreed) -> None:
    for released_at, takers in ((None, [agreed.lead, agreed.liaison]), (now(), [])):
        agreed.market.released_at = released_at
        session.flush()
        members = (agreed.lead, agreed.other, agreed.liaison)
        gates = [gate_of(agreed.market, member) for member in members]
        assert [member for member, gate in zip(members, gates, strict=True) if gate.may_take_back] == takers
        assert not any(gate.may_turn for gate in gates)


def past_the_actions(session: Session, member: Member) -> None:
    """As somebody would who writes in the database."""
    member.role_rows[:] = [RoleHeld(role="organizer")]
    session.flush()


def test_each_minute_the_keys_are_looked_at(app: Portal, session: Session, agreed: Agreed) -> None:
    past_the_actions(session, agreed.liaison)
    db.commit()
    gate.announce_releases()
    assert db.session().get_one(Market, agreed.market.id).released_at is None
    assert [row.member_id for row in db.session().scalars(select(KeyTurned))] == [agreed.lead.id]


def test_a_call_in_needs_the_keys_of_those_present(session: Session, agreed: Agreed) -> None:
    for row in session.scalars(select(KeyTurned)):
        row.turned_at -= timedelta(hours=2)
    past_the_actions(session, agreed.liaison)
    with pytest.raises(Refused, match="call_in_locked"):
        end_call_in(agreed.market, agreed.lead.id)


def test_a_night_is_not_told_on_a_lapsed_key(session: Session) -> None:
    make_call_in(session, make_market(session, released=False))
    assert newest_night() is not None
    liaison = select(KeyTurned.member_id).where(KeyTurned.key == "police_liaison")
    past_the_actions(session, session.get_one(Member, session.scalars(liaison).one()))
    assert newest_night() is None


def test_the_others_see_that_the_release_is_off(app: Portal, work: Work) -> None:
    with work() as session:
        lead, new = make_member(session, ["community_lead"]), make_member(session, ["police_liaison"])
        leaving = make_member(session, ["police_liaison"])
        market = make_market(session, "Birch Yard", released=False)
        let_in(session, market, lead, leaving)
        for member in (lead, leaving):
            gate.turn_key(market, member, "It is time.")
        remove_member(leaving, None)
        admit(market, new, lead.id)
        assert gate_of(market, lead).has_lapsed
    page = reader_of(app, lead)
    off = "Una llave ya no cuenta"
    quotes = ("Birch Yard", "It is time.", "Neighbors")
    assert off in page("/es/team/places/", quotes=quotes).text
    assert off in page(f"/es/team/places/{market.id}/", quotes=quotes).text
    with work() as session:
        market, holder = session.get_one(Market, market.id), session.get_one(Member, new.id)
        gate.turn_key(market, holder, "Read again.")
        assert market.released_at is not None
        assert not gate_of(market, holder).has_lapsed
    assert off not in page("/es/team/places/", quotes=quotes).text


TODAY = date(2026, 11, 24)
DAY = timedelta(days=1)
BIRCH = dict.fromkeys(TEXTS, both("Birch", "Abedul"))


def sat(*days_ago: int) -> list[SeatTaken]:
    """Taken by somebody new so many days ago; left empty where the number is negative."""
    return [SeatTaken(since_on=TODAY - abs(days) * DAY, is_filled=days > 0) for days in days_ago]


def test_what_the_last_twelve_months_say() -> None:
    for history, found in (
        ([], Turnover()),
        (sat(10), Turnover(0, 0, True)),
        (sat(-90, -40), Turnover()),
        (sat(300, 200), Turnover(1, 0, True)),
        (sat(300, 200, 100), Turnover(2, 0, True)),
        (sat(300, -50, 20), Turnover(1, 30, True)),
        (sat(300, -50), Turnover(0, 50, False)),
        (sat(900, 800, 700), Turnover(0, 0, True)),
        (sat(900, -800, 100), Turnover(1, 265, True)),
        ([*sat(300), SeatTaken(since_on=TODAY + DAY, is_filled=False)], Turnover(0, 0, True)),
    ):
        assert turnover(history, TODAY) == found
        assert turnover(history[::-1], TODAY) == found


def test_one_change_is_life_and_two_are_a_pattern() -> None:
    for changes, empty_days, is_filled, warns in (
        *((1, 30, True, False), (2, 0, True, True)),
        *((0, 31, True, True), (0, 0, False, False)),
    ):
        assert Turnover(changes, empty_days, is_filled).is_unsteady is warns


@given(st.lists(st.builds(SeatTaken, since_on=st.dates(date(2024, 1, 1), date(2027, 12, 31)), is_filled=st.booleans())))
def test_no_year_has_more_days_than_it_has(history: list[SeatTaken]) -> None:
    found = turnover(history, TODAY)
    assert 0 <= found.empty_days <= YEAR.days
    assert 0 <= found.changes <= len(history)


def test_whoever_sits_somewhere_is_written_down(session: Session) -> None:
    lead, second, third = (make_member(session, ["community_lead"]) for _one in range(3))
    market = begin_market(BIRCH, lead.id)
    for member in (second, third):
        admit(market, member, lead.id)
    for owner, deputy in ((lead, None), (lead, None), (second, third), (third, second), (third, None)):
        described = dict(BIRCH, owner_id=owner.id, deputy_id=deputy.id if deputy else None)
        describe_market(market, described, lead.id)
    rows = session.scalars(select(SeatTaken).order_by(SeatTaken.turn)).all()
    names = {lead.id: "lead", second.id: "second", third.id: "third", None: "nobody"}
    told = [(row.seat, names[row.member_id]) for row in rows]
    assert [name for seat, name in told if seat == "owner"] == ["lead", "second", "third"]
    assert [name for seat, name in told if seat == "deputy"] == ["third", "second", "nobody"]
    assert turnovers(market.id)[PlaceSeat.OWNER] == Turnover(2, 0, True)
    assert {row.since_on for row in rows} == {today()}


def test_a_seat_is_empty_when_its_holder_is_out(work: Work) -> None:
    with work() as session:
        lead, owner, deputy = (make_member(session, ["community_lead"]) for _one in range(3))
        market = begin_market(BIRCH, lead.id)
        for member in (owner, deputy):
            admit(market, member, lead.id)
        describe_market(market, dict(BIRCH, owner_id=owner.id, deputy_id=deputy.id), lead.id)
        market_id, lead_id, owner_id, deputy_id = market.id, lead.id, owner.id, deputy.id
    steps = (
        (PlaceSeat.OWNER, False, lambda session: give_roles(session.get_one(Member, owner_id), [Role.SERVICES], None)),
        (PlaceSeat.OWNER, True, lambda session: give_roles(session.get_one(Member, owner_id), [Role.ORGANIZER], None)),
        (PlaceSeat.DEPUTY, False, lambda session: remove_member(session.get_one(Member, deputy_id), None)),
        (PlaceSeat.OWNER, False, lambda session: end_admission(session.get_one(Market, market_id), owner_id, lead_id)),
    )
    for seat, is_filled, act in steps:
        with work() as session:
            act(session)
        with work():
            assert turnovers(market_id)[seat].is_filled is is_filled


def test_what_is_noted_of_sponsor_and_lead_counts_too(session: Session) -> None:
    lead = make_member(session, ["community_lead"])
    market = begin_market(BIRCH, lead.id)
    done = EvidenceState.DONE
    for state, days_ago in ((done, 300), (done, 310), (done, 200), (EvidenceState.OPEN, None), (done, 0)):
        day = None if days_ago is None else today() - days_ago * DAY
        note_evidence(market, EvidenceItem.SPONSOR, lead.id, state=state, said="The chief", done_on=day)
    note_evidence(market, EvidenceItem.TRAINING, lead.id, state=done, said="All", done_on=today())
    found = turnovers(market.id)
    assert found[PlaceSeat.SPONSOR] == Turnover(2, 0, True)
    assert found[PlaceSeat.COMMUNITY_LEAD] == Turnover()
    assert session.scalar(select(func.count()).select_from(SeatTaken)) == 4


def test_it_stands_at_the_nine_steps(app: Portal, work: Work) -> None:
    with work() as session, app.test_request_context("/en/"):
        lead = make_member(session, ["community_lead"])
        market = begin_market(BIRCH, lead.id)
        assert len(steadiness(turnovers(market.id))) == 4
        assert not any("change too often" in one for one in concern_sentences(work_at(market), today()))
        for turn, days in enumerate((200, 150, 100), 1):
            since_on = today() - days * DAY
            session.add(SeatTaken(market_id=market.id, seat="sponsor", turn=turn, is_filled=True, since_on=since_on))
        market_id = market.id
    card = reader_of(app, lead)(f"/es/team/places/{market_id}/", quotes=("Birch",)).text
    said = "cambió 2 veces"
    assert f"({said})" in card
    assert card.count(said) == 2

"""How often people change: the rule by itself, and what the actions write down for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.accounts.people import give_roles, remove_member
from portal.accounts.roles import Role
from portal.accounts.users import Member
from portal.core.clock import today
from portal.core.web import Portal
from portal.markets.gate import Noted, note_evidence
from portal.markets.gate_rules import EvidenceItem, EvidenceState
from portal.markets.place_actions import admit, begin_market, describe_market, end_admission
from portal.markets.places import Description, Market, SeatTaken, turnovers
from portal.markets.status import YEAR, PlaceSeat, Sat, Turnover, turnover
from portal.upkeep.upkeep import concern_sentences, steadiness, work_at
from tests.conftest import Work
from tests.make import both, make_member
from tests.page import reader_of

TODAY = date(2026, 11, 24)
DAY = timedelta(days=1)
BIRCH = Description(*(both("Birch", "Abedul") for _text in range(5)))


def sat(*days_ago: int) -> list[Sat]:
    """Taken by somebody new so many days ago; left empty where the number is negative."""
    return [Sat(TODAY - abs(days) * DAY, days > 0) for days in days_ago]


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
        ([*sat(300), Sat(TODAY + DAY, False)], Turnover(0, 0, True)),
    ):
        assert turnover(history, TODAY) == found
        assert turnover(history[::-1], TODAY) == found


def test_one_change_is_life_and_two_are_a_pattern() -> None:
    for one, warns in (
        (Turnover(1, 30, True), False),
        (Turnover(2, 0, True), True),
        (Turnover(0, 31, True), True),
        (Turnover(0, 0, False), False),
    ):
        assert one.is_unsteady is warns


@given(st.lists(st.builds(Sat, st.dates(date(2024, 1, 1), date(2027, 12, 31)), st.booleans())))
def test_no_year_has_more_days_than_it_has(history: list[Sat]) -> None:
    found = turnover(history, TODAY)
    assert 0 <= found.empty_days <= YEAR.days
    assert 0 <= found.changes <= len(history)


def test_whoever_sits_somewhere_is_written_down(session: Session) -> None:
    lead, second, third = (make_member(session, ["community_lead"]) for _one in range(3))
    market = begin_market(BIRCH, lead.id)
    for member in (second, third):
        admit(market, member, lead.id)
    for owner, deputy in ((lead, None), (lead, None), (second, third), (third, second), (third, None)):
        described = replace(BIRCH, owner_id=owner.id, deputy_id=deputy.id if deputy else None)
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
        describe_market(market, replace(BIRCH, owner_id=owner.id, deputy_id=deputy.id), lead.id)
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
        note_evidence(market, EvidenceItem.SPONSOR, Noted(state, "The chief", "", day), lead.id)
    note_evidence(market, EvidenceItem.TRAINING, Noted(done, "All", "", today()), lead.id)
    found = turnovers(market.id)
    assert found[PlaceSeat.SPONSOR] == Turnover(2, 0, True)
    assert found[PlaceSeat.COMMUNITY_LEAD] == Turnover()
    assert session.scalar(select(func.count()).select_from(SeatTaken)) == 4


def test_it_stands_on_the_scorecard(app: Portal, work: Work) -> None:
    with work() as session:
        lead = make_member(session, ["community_lead"])
        market = begin_market(BIRCH, lead.id)
        for turn, days in enumerate((200, 150, 100), 1):
            taken = SeatTaken(market_id=market.id, seat="sponsor", turn=turn, is_filled=True)
            taken.since_on = today() - days * DAY
            session.add(taken)
        market_id = market.id
    page = reader_of(app, lead)
    said = "cambió 2 veces"
    card = page(f"/es/team/board/{market_id}/scorecard", quotes=("Birch",)).text
    assert f"({said})" in card
    assert card.count(said) == 2


def test_nothing_is_said_of_a_team_that_stays(app: Portal, work: Work) -> None:
    with work() as session, app.test_request_context("/en/"):
        market = begin_market(BIRCH, make_member(session, ["community_lead"]).id)
        assert len(steadiness(turnovers(market.id))) == 4
        assert not any("change too often" in one for one in concern_sentences(work_at(market), today()))

"""What can be done to a place, by whom, and what is refused; the two keys above all."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.accounts.people import accept, invite_again, make_secrets
from portal.accounts.users import Member, RoleHeld, audit_log
from portal.core.audit import AuditEvent
from portal.core.clock import now, today, zone
from portal.core.i18n import Bilingual
from portal.core.page_cache import CacheVersion
from portal.core.statuses import NotFound, PortalError, Refused
from portal.core.web import Portal
from portal.markets import gate
from portal.markets.call_in import end_call_in, prepare_call_in
from portal.markets.gate import gate_of, keys_turned, note_evidence, take_key_back, turn_key, void_keys
from portal.markets.gate_rules import EvidenceItem, EvidenceState, is_agreed, release_moment, still_count
from portal.markets.place_actions import admit, begin_market, decide_status, describe_market, end_admission
from portal.markets.places import KeyTurned, Market, admitted, call_in, known_market, new_slug, seats
from portal.markets.status import TEXTS, Lapse, PlaceSeat, Status
from tests.conftest import Work
from tests.make import both, make_market, make_member

NOTHING = Bilingual("", "")
BIRCH: dict[str, Any] = dict.fromkeys(TEXTS, NOTHING) | {
    "name": both("Birch Yard", "Patio Birch"),
    "about": both("Walk with us.", "Camine con nosotros."),
}
WORDS = {
    "message": both("It stops.", "Se acaba."),
    "services": both("Work, a bed.", "Trabajo, una cama."),
    "tonight": both("Talk.", "Hablen."),
}


def refuses(key: str, act: Callable[..., Any], *given: Any, **named: Any) -> None:
    with pytest.raises(Refused) as refusal:
        act(*given, **named)
    assert refusal.value.key == key


@dataclass
class Team:
    lead: Member
    liaison: Member
    organizer: Member
    market: Market


@pytest.fixture
def team(session: Session) -> Team:
    """A hidden place to which a lead, a liaison and an organizer are admitted."""
    lead, liaison, organizer = (
        make_member(session, [role]) for role in ("community_lead", "police_liaison", "organizer")
    )
    market = begin_market(BIRCH, lead.id)
    admit(market, liaison, lead.id)
    admit(market, organizer, lead.id)
    return Team(lead, liaison, organizer, market)


def edition(session: Session) -> int:
    return session.scalar(select(CacheVersion.number)) or 0


def acts(session: Session, market: Market) -> list[str]:
    found = select(AuditEvent.action).where(AuditEvent.object_id == str(market.id)).order_by(AuditEvent.id)
    return list(session.scalars(found))


# --- what it is ---


def test_whoever_begins_a_place_alone_knows(session: Session) -> None:
    lead, other = make_member(session, ["community_lead"]), make_member(session, ["community_lead"])
    market = begin_market(BIRCH, lead.id)
    assert market.released_at is None
    assert known_market(market.id, lead.id) is market
    with pytest.raises(NotFound):
        known_market(market.id, other.id)
    assert re.fullmatch("[a-z0-9]{6}", market.slug)


def test_a_name_that_is_taken_tells_nothing(session: Session) -> None:
    one, other = make_member(session, ["community_lead"]), make_member(session, ["community_lead"])
    assert begin_market(BIRCH, one.id).slug != begin_market(BIRCH, other.id).slug


def test_only_a_place_to_be_released_is_named(session: Session, team: Team) -> None:
    steps = (
        (turn_key, team.lead, "Yes."),
        (turn_key, team.liaison, "Yes."),
        (take_key_back, team.liaison.id),
        (turn_key, team.liaison, "Yes."),
        (void_keys, team.lead.id),
    )
    named = []
    for act, *who in steps:
        act(team.market, *who)
        named.append(team.market.slug.startswith("birch-yard-"))
    assert named == [False, True, False, True, False]
    assert [new_slug("Birch", place).startswith("birch-") for place in (None, team.market.id)] == [True, False]
    team.market.released_at, seen = now(), team.market.slug
    describe_market(team.market, dict(BIRCH, name=both("Elm Yard", "Patio Elm")), team.lead.id)
    assert team.market.slug == seen


def test_what_is_wrong_with_a_description_is_refused(session: Session, team: Team) -> None:
    for key, wrong in (
        ("place_name", {"name": both("Birch", " ")}),
        ("place_telling", {"name": both("Drug corner", "Patio")}),
        ("place_telling", {"own_name": both("Yard", "La venta")}),
        ("place_two_people", {"owner_id": team.lead.id, "deputy_id": team.lead.id}),
        ("place_people", {"owner_id": make_member(session, ["organizer"]).id}),
    ):
        refuses(key, describe_market, team.market, dict(BIRCH, **wrong), team.lead.id)


def test_gaps_are_allowed_only_while_nobody_has_confirmed(session: Session, team: Team) -> None:
    gap, changed = (dict(BIRCH, about=both("Walk on Friday.", spanish)) for spanish in ("", BIRCH["about"].es))
    describe_market(team.market, gap, team.lead.id)
    refuses("gate_gaps", gate.turn_key, team.market, team.lead, "Why not")
    describe_market(team.market, BIRCH, team.lead.id)
    describe_market(team.market, changed, team.lead.id)
    refuses("gate_older", gate.turn_key, team.market, team.lead, "It is time.")
    describe_market(team.market, changed, team.lead.id, same=True)
    gate.turn_key(team.market, team.lead, "It is time.")
    refuses("place_gaps", describe_market, team.market, gap, team.lead.id)


def test_only_what_the_public_sees_makes_a_new_edition(session: Session, team: Team) -> None:
    before = edition(session)
    describe_market(team.market, BIRCH, team.lead.id)
    decide(team, Status.MESSAGE_DELIVERED)
    assert edition(session) == before
    team.market.released_at = now()
    describe_market(team.market, dict(BIRCH, about=both("Come.", "Venga.")), team.lead.id)
    assert edition(session) == before + 1


# --- people ---


def test_only_somebody_who_is_admitted_admits(session: Session, team: Team) -> None:
    other, new = make_member(session, ["community_lead"]), make_member(session, ["faith_partner"])
    with pytest.raises(NotFound):
        admit(team.market, new, other.id)
    for _twice in range(2):
        admit(team.market, new, team.lead.id)
    assert new.id in admitted(team.market.id)
    for role in ("facilitator", "services", "triage", "administrator", "evaluator", "oversight"):
        refuses("people_role", admit, team.market, make_member(session, [role]), team.lead.id)


def test_who_loses_the_role_knows_nothing_any_more(session: Session, team: Team) -> None:
    team.organizer.role_rows[:] = [RoleHeld(role="facilitator")]
    session.flush()
    assert team.organizer.id not in admitted(team.market.id)
    with pytest.raises(NotFound):
        known_market(team.market.id, team.organizer.id)
    end_admission(team.market, team.organizer.id, team.lead.id)
    assert acts(session, team.market)[-1] == "market.sent_out"


def test_the_last_lead_cannot_go(session: Session, team: Team) -> None:
    refuses("people_last_lead", end_admission, team.market, team.lead.id, team.lead.id)
    second = make_member(session, ["community_lead"])
    admit(team.market, second, team.lead.id)
    end_admission(team.market, team.lead.id, team.lead.id)
    refuses("people_last_lead", end_admission, team.market, second.id, second.id)
    with pytest.raises(NotFound):
        end_admission(team.market, second.id, team.lead.id)


def test_who_is_sent_out_leaves_seat_and_key(session: Session, team: Team) -> None:
    description = dict(BIRCH, owner_id=team.liaison.id, deputy_id=team.organizer.id)
    describe_market(team.market, description, team.lead.id)
    gate.turn_key(team.market, team.liaison, "It is time.")
    gate.turn_key(team.market, team.lead, "It is time.")
    assert team.market.released_at
    end_admission(team.market, team.liaison.id, team.lead.id)
    assert team.market.released_at is None
    assert [key.member_id for key in keys_turned(team.market.id)] == [team.lead.id]
    assert (team.market.owner_id, team.market.deputy_id) == (None, team.organizer.id)
    assert seats(team.market)[PlaceSeat.OWNER] == ("", Lapse.NOBODY)


# --- the gate ---


@pytest.mark.both_databases
def test_two_people_in_two_roles_set_the_hour(session: Session, team: Team) -> None:
    refuses("gate_reason", gate.turn_key, team.market, team.lead, "  ")
    with pytest.raises(NotFound):
        gate.turn_key(team.market, make_member(session, ["police_liaison"]), "I am the police.")
    gate.turn_key(team.market, team.lead, "The families know.")
    assert team.market.released_at is None
    refuses("gate_key", gate.turn_key, team.market, team.lead, "Again")
    refuses("gate_key", gate.turn_key, team.market, team.organizer, "Me too")
    earliest = release_moment(now().astimezone(zone()))
    gate.turn_key(team.market, team.liaison, "Cases are banked.")
    assert earliest <= team.market.released_at <= release_moment(now().astimezone(zone()))
    assert team.market.released_at > now()
    assert gate_of(team.market, team.lead).waiting == ()


def test_until_the_hour_either_takes_their_key_back(session: Session, team: Team) -> None:
    for member in (team.lead, team.liaison):
        gate.turn_key(team.market, member, "It is time.")
    gate.take_key_back(team.market, team.liaison.id)
    assert team.market.released_at is None
    refuses("gate_no_key", gate.take_key_back, team.market, team.liaison.id)
    gate.turn_key(team.market, team.liaison, "Now it is.")
    team.market.released_at = now()
    for act in (gate.take_key_back, lambda market, _id: gate.turn_key(market, team.lead, "x")):
        refuses("gate_open", act, team.market, team.liaison.id)


def test_the_key_of_somebody_who_is_gone_confirms_nothing(session: Session, team: Team) -> None:
    gate.turn_key(team.market, team.lead, "It is time.")
    team.lead.role_rows[:] = [RoleHeld(role="organizer")]
    session.flush()
    assert [key.value for key in gate_of(team.market, team.liaison).waiting] == ["community_lead", "police_liaison"]
    gate.turn_key(team.market, team.liaison, "It is time.")
    assert team.market.released_at is None
    assert [key.member_id for key in keys_turned(team.market.id)] == [team.liaison.id]


@pytest.mark.both_databases
def test_the_database_too_wants_two_people_and_two_keys(work: Work) -> None:
    with work() as session:
        market = make_market(session, released=False)
        one, two = make_member(session), make_member(session)
        session.add(KeyTurned(market_id=market.id, member_id=one.id, key="community_lead", reason="x", turned_at=now()))
        ids = market.id, one.id, two.id
    for member_id, key in ((ids[1], "police_liaison"), (ids[2], "community_lead"), (ids[2], "administrator")):
        with pytest.raises(IntegrityError), work() as session:
            session.add(KeyTurned(market_id=ids[0], member_id=member_id, key=key, reason="x", turned_at=now()))


@pytest.mark.both_databases
def test_a_release_is_announced_once(app: Portal, work: Work) -> None:
    with work() as session:
        market_id = make_market(session, released=False).id
        start = edition(session)
    for released_at, news in ((None, 0), (now() + timedelta(hours=1), 0), (now(), 1), (now(), 1)):
        with work() as session:
            session.get(Market, market_id).released_at = released_at
        with app.app_context():
            gate.announce_releases()
        with work() as session:
            assert edition(session) == start + news
            said = select(func.count()).select_from(AuditEvent).where(AuditEvent.action == "market.released")
            assert session.scalar(said) == news


STEP = st.one_of(
    st.tuples(st.sampled_from(["turn", "back", "leave", "return"]), st.integers(0, 5), st.just(0)),
    st.tuples(st.sampled_from(["admit", "out"]), st.integers(0, 5), st.integers(0, 5)),
    st.just(("hour", 0, 0)),
)
ROLES = ("community_lead", "community_lead", "police_liaison", "police_liaison", "organizer", "administrator")


@given(steps=st.lists(STEP, max_size=25))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
def test_nothing_opens_without_two_people_of_two_roles(session: Session, steps: list[Any]) -> None:
    people = [make_member(session, [role]) for role in ROLES]
    market = begin_market(BIRCH, people[0].id)
    was_public = False
    for act, one, other in steps:
        before = market.released_at
        with suppress(PortalError):
            step(session, market, act, people, one, other)
        session.flush()
        given_keys = gate.keys_turned(market.id)
        if market.released_at is not None:
            assert is_agreed(given_keys)
        if before is None and market.released_at is not None:
            inside = admitted(market.id)
            holders = {member.id: member.roles for member in people if member.id in inside and not member.left_at}
            assert len(still_count(given_keys, holders)) == 2
        assert not was_public or market.released_at == before
        was_public = market.released_at is not None and market.released_at <= now()
    session.rollback()


def step(session: Session, market: Market, act: str, people: list[Member], one: int, other: int) -> None:
    if act == "turn":
        gate.turn_key(market, people[one], "It is time.")
    elif act == "back":
        gate.take_key_back(market, people[one].id)
    elif act == "admit":
        admit(market, people[other], people[one].id)
    elif act == "out":
        end_admission(market, people[other].id, people[one].id)
    elif act == "leave":
        people[one].role_rows[:] = [RoleHeld(role="organizer")]
    elif act == "return":
        people[one].role_rows[:] = [RoleHeld(role=ROLES[one])]
    elif market.released_at is not None:
        market.released_at = now()
    session.flush()


# --- how it stands ---


DECISION = {"decided_by": both("The lead", "La líder"), "evidence": both("We looked.", "Miramos.")}


def decide(team: Team, status: Status, since_on: date | None = None, **words: Bilingual) -> None:
    days = {"since_on": since_on, "review_on": today() + timedelta(days=14)}
    decide_status(team.market, DECISION | words | days | {"status": status}, team.lead)


def test_the_lead_decides_and_the_history_grows(session: Session, team: Team) -> None:
    for key, wrong in (
        ("status_order", {"status": Status.HELD_12}),
        ("status_words", {"status": Status.MESSAGE_DELIVERED, "evidence": both("We looked.", "")}),
        ("status_words", {"status": Status.MESSAGE_DELIVERED, "decided_by": both("", "Ella")}),
    ):
        refuses(key, decide, team, **wrong)
        assert team.market.decisions == []
    decide(team, Status.MESSAGE_DELIVERED, since_on=today() - timedelta(days=9))
    decide(team, Status.HOLDING, since_on=today() - timedelta(days=2))
    decide(team, Status.HOLDING)
    session.flush()
    session.expire(team.market)
    assert [one.status for one in team.market.decisions] == ["holding", "holding", "message_delivered"]
    # A review keeps the day.
    assert team.market.standing.since_on == today() - timedelta(days=2)
    assert team.market.standing.member_id == team.lead.id
    assert acts(session, team.market)[-3:] == ["market.judged"] * 3


def test_a_call_in_ends_only_when_two_have_agreed(session: Session, team: Team) -> None:
    other = make_member(session, ["community_lead"])
    with pytest.raises(NotFound):
        prepare_call_in(team.market, WORDS, other.id)
    with pytest.raises(NotFound):
        end_call_in(team.market, other.id)
    refuses("call_in_gaps", end_call_in, team.market, team.lead.id)
    prepare_call_in(team.market, dict(WORDS, tonight=both("Talk.", "")), team.lead.id)
    refuses("call_in_gaps", end_call_in, team.market, team.lead.id)
    prepare_call_in(team.market, WORDS, team.lead.id)
    refuses("call_in_locked", end_call_in, team.market, team.lead.id)
    gate.turn_key(team.market, team.lead, "Tonight.")
    refuses("call_in_locked", end_call_in, team.market, team.lead.id)
    gate.turn_key(team.market, team.liaison, "Tonight.")
    refuses("call_in_soon", end_call_in, team.market, team.lead.id)
    for turned in keys_turned(team.market.id):
        turned.turned_at -= timedelta(hours=1)
    before = edition(session)
    end_call_in(team.market, team.lead.id)
    assert edition(session) == before + 1
    assert call_in(team.market.id).ended_at == team.market.released_at <= now()
    refuses("call_in_over", end_call_in, team.market, team.lead.id)
    refuses("gate_open", gate.take_key_back, team.market, team.liaison.id)


def test_other_texts_void_the_keys(session: Session, team: Team) -> None:
    names = ("name", "own_name", "about", "why_here", "services")
    for number, name in enumerate(names, 1):
        for member in (team.lead, team.liaison)[: 1 if name == "services" else 2]:
            gate.turn_key(team.market, member, "Now.")
        describe_market(team.market, dict(BIRCH, **{name: both("Ash", "Fresno")}), team.lead.id)
        assert not keys_turned(team.market.id) and team.market.released_at is None, name
        assert acts(session, team.market).count("market.keys_voided") == number
        assert gate_of(team.market, team.liaison).was_voided
        gate.turn_key(team.market, team.liaison, "Read again.")
        assert not gate_of(team.market, team.liaison).was_voided
        gate.take_key_back(team.market, team.liaison.id)


def test_other_words_for_the_evening_void_the_keys(session: Session, team: Team) -> None:
    prepare_call_in(team.market, WORDS, team.lead.id)
    for member in (team.lead, team.liaison):
        gate.turn_key(team.market, member, "Now.")
    # Not the same words again, nor seats, numbers and white space.
    prepare_call_in(team.market, WORDS, team.lead.id)
    spaced = dict(BIRCH, about=both("Walk  with us.\r\n", "Camine con nosotros."))
    describe_market(team.market, dict(spaced, owner_id=team.organizer.id, alarm_at=3.0), team.lead.id)
    assert len(keys_turned(team.market.id)) == 2 and team.market.released_at is not None
    prepare_call_in(team.market, dict(WORDS, tonight=both("Rest.", "Descanse.")), team.lead.id)
    assert not keys_turned(team.market.id) and team.market.released_at is None
    for member in (team.lead, team.liaison):
        gate.turn_key(team.market, member, "Now.")
    team.market.released_at = now()
    prepare_call_in(team.market, WORDS, team.lead.id)
    describe_market(team.market, dict(BIRCH, about=both("Run.", "Corra.")), team.lead.id)
    assert len(keys_turned(team.market.id)) == 2 and team.market.released_at is not None


def test_what_is_done_says_what_shows_it(team: Team) -> None:
    for refused, said, link, day in (
        *(("words", " ", "", today()), ("words", "All", "", None)),
        *(("date", "All", "", today() + timedelta(days=1)), ("link", "All", "http://a.example", today())),
    ):
        note = {"state": EvidenceState.DONE, "said": said, "link": link, "done_on": day}
        with pytest.raises(Refused, match=f"evidence_{refused}"):
            note_evidence(team.market, EvidenceItem.STEP_1, team.lead.id, **note)


def test_the_log_says_nothing_of_a_hidden_place(session: Session, team: Team) -> None:
    note = {"state": EvidenceState.GOING, "said": "Secret words", "done_on": None}
    note_evidence(team.market, EvidenceItem.STEP_1, team.lead.id, **note)
    gate.turn_key(team.market, team.lead, "Secret reason")
    session.flush()
    assert str(team.market.id) not in {event.object_id for event in audit_log(1).events}
    rows = session.execute(text("SELECT * FROM core_audit_event")).all()
    assert "Secret" not in str(rows)
    assert "irch" not in str(rows)
    team.market.released_at = now()
    session.flush()
    assert {event.action for event in audit_log(1).events} >= {"market.begun", "market.admitted", "market.key_turned"}


def test_an_operator_helps_only_where_no_lead_is_left(app: Portal, work: Work) -> None:
    with work() as session:
        first, wrong, other = (make_member(session, [role]).email for role in ("community_lead", "triage", "triage"))
        market = make_market(session, released=False)

    def run(slug: str, email: str) -> tuple[int, str]:
        result = app.test_cli_runner().invoke(args=["places", "admit", slug, email])
        return result.exit_code, result.output

    for slug, email in (("nowhere", first), (market.slug, "nobody@portal.test"), (market.slug, wrong)):
        assert run(slug, email)[0] == 1
    with work():
        assert admitted(market.id) == frozenset()
    assert run(market.slug, first.upper()) == (0, "They are admitted.\n")
    code, said = run(market.slug, other)
    assert (code, "let them do it" in said) == (1, True)
    with work() as session:
        assert len(admitted(market.id)) == 1
        event = session.scalars(select(AuditEvent).where(AuditEvent.action == "market.admitted")).one()
        assert event.actor_id is None


def with_new_keys(member: Member) -> None:
    """Whoever has the link of an administrator may be anybody."""
    accept(invite_again(member, None).token, "Eve", "en", make_secrets("seven quiet herons over the mill"))


def test_new_keys_by_a_link_open_nothing(session: Session, team: Team) -> None:
    second = make_member(session, ["community_lead"])
    admit(team.market, second, team.lead.id)
    gate.turn_key(team.market, team.liaison, "It is time.")
    with_new_keys(team.liaison)
    assert team.liaison.id not in admitted(team.market.id)
    with pytest.raises(NotFound):
        known_market(team.market.id, team.liaison.id)
    with pytest.raises(NotFound):
        gate.turn_key(team.market, team.liaison, "It is really me.")
    gate.turn_key(team.market, team.lead, "It is time.")
    assert team.market.released_at is None
    admit(team.market, team.liaison, second.id)
    gate.turn_key(team.market, team.liaison, "They have seen me.")
    assert team.market.released_at


def test_a_last_lead_with_new_keys_is_no_lead(session: Session, team: Team) -> None:
    with_new_keys(team.lead)
    with pytest.raises(NotFound):
        admit(team.market, make_member(session, ["organizer"]), team.lead.id)
    with pytest.raises(NotFound):
        end_admission(team.market, team.liaison.id, team.lead.id)

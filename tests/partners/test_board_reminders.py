"""Of what leads are reminded: sessions ahead and what is owed; nobody else, nothing of what it is, each once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from portal.accounts.reminders import Due, remind_all
from portal.accounts.roles import Role
from portal.core.clock import today
from portal.core.web import Portal
from portal.partners.board_reminders import ABOUT, open_circles, reminders_of, session_words
from portal.partners.callin import call_in as actions
from portal.partners.callin.call_in import CallInPlan
from portal.partners.callin.evening_rules import AftercareStep, EveningState
from portal.partners.circle_rules import CircleRole
from portal.partners.circles import Circle, my_seat, seats
from portal.partners.members import close_circle
from portal.partners.reconciliation.sessions import ReconciliationSession
from tests.accounts.reminding import NOON, posted
from tests.conftest import Work
from tests.make import make_circle, make_member, sit_in
from tests.partners.callin.evenings import plan
from tests.partners.sessions import accept_for, make_circle_session

SECRETS = ("Elm", "call", "Call", "llamado", "voice", "session", "sesi", "circle", "rculo", "Hall", "Cora")
pytestmark = pytest.mark.time_machine(NOON, tick=False)


def run(app: Portal) -> None:
    with app.app_context():
        remind_all(ABOUT, open_circles, reminders_of, session_words)


class Town:
    """A lead, an elder and police in a circle of voices and in one of reconciliation."""

    def __init__(self, session: Any) -> None:
        self.lead = make_member(session, [Role.FAITH_PARTNER], language="es")
        self.elder = make_member(session, [])
        police = make_member(session, [Role.POLICE_LIAISON])
        newcomer = make_member(session, [])
        self.voices = make_circle(session, self.lead, self.elder, with_police=True)
        self.bridge = make_circle(session, self.lead, self.elder, kind="reconciliation", with_police=True)
        for circle in (self.voices, self.bridge):
            sit_in(session, circle, police, CircleRole.MEMBER)
            sit_in(session, circle, newcomer, CircleRole.LEAD, with_key=False)


def make_town(work: Work) -> Town:
    with work() as session:
        return Town(session)


def reminders_due() -> list[Due]:
    return [due for circle_id in open_circles() for due in reminders_of(circle_id)]


def told(dues: list[Due]) -> list[tuple[int, str, str]]:
    return [(due.member_id, due.about.split()[1], due.nearness.value) for due in dues]


def test_the_reminder_of_the_evening_tells_nothing(app: Portal, work: Work) -> None:
    town = make_town(work)
    with work():
        plan(town.voices, town.lead, today() + timedelta(days=7))
    for _again in range(2):
        run(app)
    with work():
        [(kind, address, body)] = posted()
        assert (kind, address) == ("mail", town.lead.email)
        assert "Usted prepara algo para el 17 jun. Falta algo." in body
        assert not [word for word in SECRETS if word in body]


def test_the_reminder_moves_with_the_day(app: Portal, work: Work, time_machine) -> None:
    town = make_town(work)
    with work():
        call_in = plan(town.voices, town.lead, today() + timedelta(days=1))
    run(app)
    with work() as session:
        assert len(posted()) == 1
        session.get_one(CallInPlan, call_in.id).held_on = today() + timedelta(days=9)
    run(app)
    with work():
        assert posted() == []
    time_machine.shift(timedelta(days=2))
    run(app)
    with work() as session:
        assert "Usted prepara algo para el 19 jun" in posted()[0][2]
        session.get_one(CallInPlan, call_in.id).state = EveningState.OFF.value
    run(app)
    with work():
        assert posted() == []


def test_what_families_are_owed_reminds_until_it_is_done(work: Work, time_machine) -> None:
    town = make_town(work)
    with work() as session:
        call_in = plan(town.voices, town.lead, today(), run=False)
        call_in.state, call_in.ended_on = EveningState.ENDED.value, today()
        session.flush()
        assert reminders_due() == []
    time_machine.shift(timedelta(days=2))
    with work():
        assert told(reminders_due()) == [(town.lead.id, "step", "eve")]
    time_machine.shift(timedelta(days=2))
    with work() as session:
        assert told(reminders_due()) == [(town.lead.id, "step", "late")]
        stored = session.get_one(CallInPlan, call_in.id)
        actions.finish_step(my_seat(town.voices.id, town.lead), stored, AftercareStep.FIRST, {"reached": "3"})
        session.flush()
        assert reminders_due() == []


def test_a_session_and_the_report_on_it(work: Work, time_machine) -> None:
    town = make_town(work)
    with work() as session:
        circle_session = make_circle_session(session, town.bridge, town.lead, days=7)
        [due] = reminders_due()
        assert told([due]) == [(town.lead.id, "session", "week")]
        assert session_words([due]).endswith("Something is still missing.")
        circle = session.get_one(Circle, town.bridge.id)
        people = [seat.member for seat in seats(circle)]
        accept_for(session, session.get_one(ReconciliationSession, circle_session.id), *people)
        assert session_words([due]).endswith("Nothing is known to be missing.")
    time_machine.shift(timedelta(days=18))
    with work():
        assert told(reminders_due()) == [(town.lead.id, "step", "late")]


def test_nobody_is_reminded_of_a_closed_circle(work: Work) -> None:
    town = make_town(work)
    with work():
        plan(town.voices, town.lead, today() + timedelta(days=1))
        assert len(reminders_due()) == 1
        close_circle(my_seat(town.voices.id, town.lead))
        assert reminders_due() == []

"""The board of leads: what is open, counted and without names, as far as each could open it; for others nothing."""

from datetime import timedelta
from typing import Any

import pytest

from portal.accounts.reminders import Due, due_words, remind_all
from portal.accounts.roles import Role
from portal.accounts.today import OpenItem, Tone
from portal.accounts.users import Member
from portal.core.clock import today
from portal.core.db import db
from portal.core.web import Portal
from portal.partners import members
from portal.partners.board import ABOUT, open_circles, reminders_of, seats_on_board, shelves_of
from portal.partners.callin import call_ins
from portal.partners.callin.call_ins import CallInOffer, CallInPlan
from portal.partners.callin.evening_rules import AftercareStep, Consent, EveningState
from portal.partners.circle_rules import CircleRole
from portal.partners.circles import my_circles, my_seat
from portal.partners.members import close_circle
from portal.partners.polls import deciding
from portal.partners.polls.rules import SlotChoice
from tests.accounts.reminding import NOON, posted
from tests.conftest import Work
from tests.make import both, keys_of, make_circle, make_member, sit_in
from tests.page import SAME_ORIGIN, reader_of
from tests.partners.callin.evenings import add_voice, let_speak, plan
from tests.partners.polls.test_actions import ask
from tests.partners.sessions import make_circle_session
from tests.wall.walk import bare

SECRETS = ("Vera Voice", "Cora Coordinator", "Wanda Witness", "Zephyr venue", "Zephyr aim", "Ruth Lead", "coach")


class City:
    """Two circles: one that prepares a call-in, one of reconciliation; a lead, an elder and police sit in both."""

    def __init__(self, session: Any) -> None:
        self.lead = make_member(session, [Role.FAITH_PARTNER], name="Ruth Lead")
        self.elder = make_member(session, [], name="Wanda Witness")
        self.police = make_member(session, [Role.POLICE_LIAISON])
        people = (self.lead, self.elder)
        self.voices = make_circle(session, *people, name="Elm circle", with_police=True)
        self.bridge = make_circle(session, *people, name="Oak circle", kind="reconciliation", with_police=True)
        for circle in (self.voices, self.bridge):
            sit_in(session, circle, self.police, CircleRole.MEMBER)
        self.call_in = plan(self.voices, self.lead, today() + timedelta(days=9))
        voice = add_voice(self.voices, self.lead, self.call_in, Consent.SPEAK, rehearsed="")
        let_speak(self.voices, self.lead, self.call_in, voice)
        self.circle_session = make_circle_session(session, self.bridge, self.lead)


def end_one(session: Any, city: City, days_ago: int) -> CallInPlan:
    """A call-in that took place so many days ago; one of three offers was delivered."""
    found = plan(city.voices, city.lead, today() - timedelta(days=days_ago), run=False)
    found.state, found.ended_on = EveningState.ENDED, found.held_on
    offer = CallInOffer(call_in_id=found.id, turn=1)
    words = {"what": "Work, with a coach", "office": "City", "made": "3", "delivered": "1"}
    offer.store(city.voices, words)
    return found


def look(app: Portal, member: Member, circle: str = "Elm circle") -> list[OpenItem]:
    """The lines of a circle on somebody's board."""
    with app.test_request_context("/en/"), db.work():
        shelves = {shelf.seat.circle.name.en: shelf for shelf in shelves_of(member, keys_of(member))}
        return list(shelves[circle].lines)


def words(lines: list[OpenItem]) -> list[str]:
    return [line.what for line in lines]


def test_each_line_leads_to_where_it_is_mended(app: Portal, work: Work, city: City) -> None:
    with work() as session:
        end_one(session, city, 10)
    page = reader_of(app, city.lead)
    board = page("/es/circles/board/")
    links = {link.get("href") for link in board.find_all("main a")}
    assert len(links) > 8
    assert {link: page.client.get(link).status_code for link in links} == dict.fromkeys(links, 200)
    assert not [secret for secret in SECRETS if secret in board.response.text]
    assert 'href="/es/circles/board/"' in page("/es/circles/").response.text
    # It misses what the call-in misses.
    url = f"/en/circles/{city.voices.id}/call-ins/{city.call_in.id}/"
    listed = {"".join(one.itertext()) for one in page(url).find_all(".notice.tone-warning li")}
    lines = [line for line in look(app, city.lead) if str(city.call_in.id) in line.url]
    assert listed == {line.what for line in lines if line.tone is Tone.MISSING} != set()


def test_each_reads_what_they_could_open(app: Portal, work: Work, city: City) -> None:
    with work() as session:
        friend, newcomer = (make_member(session, [Role.COMMUNITY_LEAD]) for _each in range(2))
        sit_in(session, city.voices, friend, CircleRole.MEMBER)
        sit_in(session, city.voices, newcomer, CircleRole.LEAD, with_key=False)
        end_one(session, city, 10)
    said = words(look(app, friend))
    assert "Follow-up: 2 steps are overdue" in said
    # For the lead, or for who keeps the roster.
    assert not [line for line in said if "rehearsed" in line or line.startswith("Somebody for every voice")]
    # Who was not let in learns nothing sealed.
    said = words(look(app, newcomer))
    assert said[0] == "Follow-up: 2 steps are overdue" and "You cannot open what is written here yet" in said
    assert not [line for line in said if "Points" in line or "offers" in line or "voice" in line]


def test_before_the_promise_is_accepted_nothing_else_stands_there(app: Portal, work: Work, city: City) -> None:
    with work():
        members.restate(my_seat(city.voices.id, city.elder), both("Anew.", "De nuevo."))
    assert words(look(app, city.lead)) == ["Accept what you promise each other, as it is now"]
    with work():
        close_circle(my_seat(city.voices.id, city.lead))
        assert [seat.circle.id for seat in seats_on_board(city.lead, my_circles(city.lead))] == [city.bridge.id]


def test_for_everybody_else_there_is_no_such_page(app: Portal, work: Work, city: City) -> None:
    """Byte for byte what a circle that never was is answered, whatever is open in the circles where they sit."""
    for role in (None, *(role for role in Role if role is not Role.COMMUNITY_LEAD)):
        with work() as session:
            also = [Role.COMMUNITY_LEAD] if role is Role.POLICE_LIAISON else []
            member = make_member(session, [role, *also] if role else [])
            if role is Role.POLICE_LIAISON:
                for circle in (city.voices, city.bridge):
                    sit_in(session, circle, member, CircleRole.MEMBER)
                end_one(session, city, 10)
        for lang in ("en", "es"):
            client = reader_of(app, member).client
            board = client.get(f"/{lang}/circles/board/", headers=SAME_ORIGIN)
            never = client.get(f"/{lang}/circles/77/", headers=SAME_ORIGIN)
            assert bare(board) == bare(never)
            assert board.status_code == 404
            assert b"circles/board" not in client.get(f"/{lang}/circles/", headers=SAME_ORIGIN).data


# --- Of what leads are reminded ---

NOT_TOLD = ("Elm", "call", "Call", "llamado", "voice", "session", "sesi", "circle", "rculo", "Hall", "Cora")
pytestmark = pytest.mark.time_machine(NOON, tick=False)


def run(app: Portal) -> None:
    with app.app_context():
        remind_all(ABOUT, open_circles, reminders_of, due_words)


class Town:
    """A lead, an elder and police in a circle of voices and in one of reconciliation."""

    def __init__(self, work: Work) -> None:
        with work() as session:
            self.lead = make_member(session, [Role.FAITH_PARTNER], language="es")
            self.elder, newcomer = make_member(session, []), make_member(session, [])
            self.police = make_member(session, [Role.POLICE_LIAISON])
            self.voices = make_circle(session, self.lead, self.elder, with_police=True)
            self.bridge = make_circle(session, self.lead, self.elder, kind="reconciliation", with_police=True)
            for circle in (self.voices, self.bridge):
                sit_in(session, circle, self.police, CircleRole.MEMBER)
                sit_in(session, circle, newcomer, CircleRole.LEAD, with_key=False)


def reminders_due() -> list[Due]:
    return [due for circle_id in open_circles() for due in reminders_of(circle_id)]


def told(dues: list[Due]) -> list[tuple[int, str, str]]:
    return [(due.member_id, due.about.split()[1], due.nearness.value) for due in dues]


def test_the_reminder_of_the_evening_tells_nothing(app: Portal, work: Work) -> None:
    town = Town(work)
    with work():
        plan(town.voices, town.lead, today() + timedelta(days=7))
    for _again in range(2):
        run(app)
    with work():
        [(kind, address, body)] = posted()
        assert (kind, address) == ("mail", town.lead.email)
        assert "Algo suyo vence el 17 jun." in body
        assert not [word for word in NOT_TOLD if word in body]


def test_the_reminder_moves_with_the_day(app: Portal, work: Work, time_machine) -> None:
    town = Town(work)
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
        assert "Algo suyo vence el 19 jun" in posted()[0][2]
        session.get_one(CallInPlan, call_in.id).state = EveningState.OFF
    run(app)
    with work():
        assert posted() == []
        plan(town.voices, town.lead, today() + timedelta(days=1))
        assert len(reminders_due()) == 1
        close_circle(my_seat(town.voices.id, town.lead))
        assert reminders_due() == []


def test_what_families_are_owed_reminds_until_it_is_done(work: Work, time_machine) -> None:
    town = Town(work)
    with work() as session:
        call_in = plan(town.voices, town.lead, today(), run=False)
        call_in.state, call_in.ended_on = EveningState.ENDED, today()
        session.flush()
        assert reminders_due() == []
    time_machine.shift(timedelta(days=2))
    with work():
        assert told(reminders_due()) == [(town.lead.id, "step", "eve")]
    time_machine.shift(timedelta(days=2))
    with work() as session:
        assert told(reminders_due()) == [(town.lead.id, "step", "late")]
        stored = session.get_one(CallInPlan, call_in.id)
        call_ins.finish_step(my_seat(town.voices.id, town.lead), stored, AftercareStep.FIRST, {"reached": "3"})
        session.flush()
        assert reminders_due() == []


def test_who_has_not_answered_a_poll_is_reminded_once(app: Portal, work: Work) -> None:
    town = Town(work)
    with work():
        poll, far = (
            ask(town.voices, town.lead, values={"closes_on": today() + timedelta(days=days)}) for days in (1, 4)
        )
        poll.asked_on = far.asked_on = today() - timedelta(days=3)
        deciding.answer(my_seat(town.voices.id, town.elder), poll, {1: SlotChoice.YES})
    for _again in range(2):
        run(app)
    with work():
        assert sorted(address for _kind, address, _body in posted()) == sorted([town.lead.email, town.police.email])


def test_a_session_and_the_report_on_it(work: Work, time_machine) -> None:
    town = Town(work)
    with work() as session:
        make_circle_session(session, town.bridge, town.lead, days=7)
        assert told(reminders_due()) == [(town.lead.id, "session", "week")]
    time_machine.shift(timedelta(days=18))
    with work():
        assert told(reminders_due()) == [(town.lead.id, "step", "late")]

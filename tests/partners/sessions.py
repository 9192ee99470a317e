"""Makes a session of reconciliation for tests, as a lead plans it."""

from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from portal.accounts.users import Member
from portal.core.clock import today
from portal.partners.circles import Circle, my_seat
from portal.partners.reconciliation import planning
from portal.partners.reconciliation.rules import Component, QuoteScope
from portal.partners.reconciliation.sessions import (
    Acceptance,
    Acknowledgement,
    Participation,
    ReconciliationSession,
    part_in,
)
from tests.make import both, make_circle, make_member, make_office

PAIRS = ("venue", "community", "agencies", "recorder", "languages", "questions", "report", "report_by")
SEALED = {
    "hour": "6:30 PM",
    "apart": "yes",
    "level": "themes",
    "length": "30",
    "agenda_en": "10 Zephyr welcome\n20 Zephyr listening",
    "agenda_es": "10 Bienvenida Céfiro\n20 Escucha Céfiro",
}


def make_circle_session(
    session: Session, circle: Circle, lead: Member, *, facilitator: Member | None = None, **given: Any
) -> ReconciliationSession:
    """A session in two weeks (`days`), planned by the lead, who facilitates it unless somebody else does."""
    held_on = today() + timedelta(days=given.pop("days", 14))
    sealed = dict(SEALED)
    for name in PAIRS:
        sealed |= {f"{name}_en": f"The Zephyr {name}", f"{name}_es": f"Lo de {name} Céfiro"}
    plan = {
        "component": Component.LISTENING,
        "facilitator_id": (facilitator or lead).id,
        "purpose": both("Zephyr aim", "Meta Céfiro"),
        "community_on": held_on - timedelta(days=5),
        "agencies_on": held_on - timedelta(days=4),
        "held_on": held_on,
        "report_on": held_on + timedelta(days=10),
    }
    rules = both("One speaks, all listen.", "Habla una persona, escuchan todas.")
    return planning.plan_session(my_seat(circle.id, lead), plan, {**sealed, **given}, rules)


def part_of(circle: Circle, circle_session: ReconciliationSession, member: Member) -> Participation:
    """Somebody's part in it."""
    return part_in(my_seat(circle.id, member), circle_session.id)


def accept_for(session: Session, circle_session: ReconciliationSession, *members: Member) -> None:
    """Let people have accepted the ground rules."""
    for member in members:
        if session.get(Acceptance, (circle_session.ground_rules.id, member.id)) is None:
            session.add(Acceptance(rules_id=circle_session.ground_rules.id, member_id=member.id))
    session.flush()


def make_public_session(session: Session) -> tuple[Circle, ReconciliationSession, Acknowledgement]:
    """What the public may know of sessions: a question that is open, and an acknowledgement with answer and a line."""
    lead, elder = make_member(session, ["facilitator"]), make_member(session, [])
    circle = make_circle(session, lead, elder, kind="reconciliation")
    asked, held = make_circle_session(session, circle, lead), make_circle_session(session, circle, lead, days=0)
    about = both("Calls, stops, lamps.", "Llamadas, retenes, luces.")
    planning.ask_public(part_of(circle, asked, lead), both("What to say", "Qué decir"), about, today())
    asked.notice.slug = "what-to-say"
    part, office = part_of(circle, held, lead), make_office(session)
    said = {"office_id": office.id, "harm": both("Stops without a reason", "Retenes sin motivo")}
    said |= {"words": both("Yes.", "Sí."), "spoken_on": today()}
    found = planning.draft_acknowledgement(part, said)
    planning.publish_acknowledgement(part, found)
    planning.answer_acknowledgement(
        part_of(circle, held, elder), found, both("We heard it.", "Lo oímos."), both("Neighbors", "Vecinos")
    )
    found.slug = "stops"
    planning.keep_line(
        part, QuoteScope.PUBLIC, both("I waited.", "Yo esperé."), both("A neighbor", "Una vecina"), today(), today()
    )
    session.flush()
    return circle, held, found

"""Of what leads are reminded: a session that comes, and what is owed after a call-in. Nothing sealed is opened here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from flask_babel import gettext as _
from sqlalchemy import select

from portal.accounts.reminders import Due, Nearness, due_words, few_letters, nearness, remind_all, several_words
from portal.core.clock import today
from portal.core.db import session
from portal.partners.callin.call_in import CallInPlan, call_ins, clocks_of
from portal.partners.callin.evening_rules import OPEN, EveningState
from portal.partners.circle_rules import Act
from portal.partners.circles import Circle, seats
from portal.partners.reconciliation.sessions import Acceptance, Session, able_to_facilitate, has_sessions, sittings

ABOUT = "circle "
CALL_IN, SESSION, STEP = f"{ABOUT}call-in ", f"{ABOUT}session ", f"{ABOUT}step "
DONE = ("met", "late")
LONG_AGO = date(2000, 1, 1)
"""For days of which nobody kept since when they are named: then a reminder a week ahead is never one too many."""


def open_circles() -> Sequence[int]:
    """The ids of the circles that are open."""
    return session.scalars(select(Circle.id).where(Circle.closed_on.is_(None))).all()


def reminders_of(circle_id: int) -> list[Due]:
    """Of what the leads of a circle should be reminded now."""
    circle = session.get(Circle, circle_id)
    return list(_of(circle)) if circle is not None else []


def session_words(dues: Sequence[Due]) -> str:
    """Of one session whether something is missing, of one step that it is due, of several only that there are some."""
    if len(dues) > 1:
        return several_words(dues)
    if dues[0].about.startswith(STEP) or dues[0].nearness is Nearness.LATE:
        return due_words(dues)
    day = few_letters(dues[0].due_on)
    if is_ready(dues[0].about):
        return str(_("You prepare something for %(day)s. Nothing is known to be missing.", day=day))
    return str(_("You prepare something for %(day)s. Something is still missing.", day=day))


def is_ready(about: str) -> bool:
    """Whether all is done of what can be known without a key."""
    number = int(about.rsplit(maxsplit=1)[-1])
    if about.startswith(CALL_IN):
        return session.get_one(CallInPlan, number).state == EveningState.READY
    sitting = session.get_one(Session, number)
    here = {one.member.id for one in seats(sitting.circle)}
    accepted = session.scalars(select(Acceptance.member_id).where(Acceptance.rules_id == sitting.ground_rules.id))
    able = {one.member.id for one in able_to_facilitate(sitting.circle)}
    return here <= set(accepted) and sitting.facilitator_id in able


def _of(circle: Circle) -> Iterator[Due]:
    leading = [one.member.id for one in seats(circle) if one.may(Act.LEAD) and one.is_admitted]
    for due_on, about, near in _days(circle):
        for member_id in leading:
            yield Due(due_on, about, near, member_id)


def _days(circle: Circle) -> Iterator[tuple[date, str, Nearness]]:
    for due_on, about, named_on in (*_of_call_ins(circle), *_of_sessions(circle)):
        if near := nearness(due_on, named_on, today()):
            yield due_on, about, near


def _of_call_ins(circle: Circle) -> Iterator[tuple[date, str, date]]:
    for call_in in call_ins(circle):
        if call_in.state in OPEN:
            yield call_in.held_on, f"{CALL_IN}{call_in.id}", LONG_AGO
        for clock in clocks_of(call_in):
            if clock.state not in DONE:
                yield clock.until_on, f"{STEP}{call_in.id} {clock.step}", clock.from_on


def _of_sessions(circle: Circle) -> Iterator[tuple[date, str, date]]:
    for sitting in sittings(circle) if has_sessions(circle) else ():
        if sitting.held_on >= today():
            yield sitting.held_on, f"{SESSION}{sitting.id}", LONG_AGO
        elif sitting.reported_on is None:
            yield sitting.report_on, f"{STEP}{sitting.id} report", sitting.held_on


def remind_circles() -> None:
    """Remind those who sit in a circle of what comes, or is owed."""
    remind_all(ABOUT, open_circles, reminders_of, session_words)

"""Reminders to leads of circles: coming call-ins and sessions, and follow-up that is due. Nothing sealed is opened."""

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
from portal.partners.reconciliation.sessions import (
    Acceptance,
    ReconciliationSession,
    able_to_facilitate,
    circle_sessions,
    has_sessions,
)

ABOUT = "circle "
CALL_IN, SESSION, STEP = f"{ABOUT}call-in ", f"{ABOUT}session ", f"{ABOUT}step "
DONE = ("met", "late")
LONG_AGO = date(2000, 1, 1)
"""Used where no naming day is recorded: a reminder a week ahead is then never too many."""


def open_circles() -> Sequence[int]:
    """Return the ids of the open circles."""
    return session.scalars(select(Circle.id).where(Circle.closed_on.is_(None))).all()


def reminders_of(circle_id: int) -> list[Due]:
    """Return the reminders that the leads of a circle should get now."""
    circle = session.get(Circle, circle_id)
    return list(_of(circle)) if circle is not None else []


def session_words(dues: Sequence[Due]) -> str:
    """Return the text of a reminder.

    For one session it says whether something is missing, for one step that it is due, and for several only that there
    are some.
    """
    if len(dues) > 1:
        return several_words(dues)
    if dues[0].about.startswith(STEP) or dues[0].nearness is Nearness.LATE:
        return due_words(dues)
    day = few_letters(dues[0].due_on)
    if is_ready(dues[0].about):
        return str(_("You prepare something for %(day)s. Nothing is known to be missing.", day=day))
    return str(_("You prepare something for %(day)s. Something is still missing.", day=day))


def is_ready(about: str) -> bool:
    """Return whether everything is done, as far as that is known without a key."""
    number = int(about.rsplit(maxsplit=1)[-1])
    if about.startswith(CALL_IN):
        return session.get_one(CallInPlan, number).state == EveningState.READY
    circle_session = session.get_one(ReconciliationSession, number)
    here = {one.member.id for one in seats(circle_session.circle)}
    accepted = session.scalars(
        select(Acceptance.member_id).where(Acceptance.rules_id == circle_session.ground_rules.id)
    )
    able = {one.member.id for one in able_to_facilitate(circle_session.circle)}
    return here <= set(accepted) and circle_session.facilitator_id in able


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
    for circle_session in circle_sessions(circle) if has_sessions(circle) else ():
        if circle_session.held_on >= today():
            yield circle_session.held_on, f"{SESSION}{circle_session.id}", LONG_AGO
        elif circle_session.reported_on is None:
            yield circle_session.report_on, f"{STEP}{circle_session.id} report", circle_session.held_on


def remind_circles() -> None:
    """Remind the admitted leads of open circles of coming dates and overdue follow-up."""
    remind_all(ABOUT, open_circles, reminders_of, session_words)

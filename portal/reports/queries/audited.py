"""What the audit log tells of reports to people who do not sit at the oversight desk."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Select, String, and_, case, cast, func, or_, select
from sqlalchemy.orm import aliased

from portal.accounts.models import Desk, DeskMember
from portal.core.audit import AuditEvent
from portal.reports.models import PassedOn, Thread
from portal.reports.rules.triage import OVERSIGHT, TRIAGE, Category, State


def about_no_complaint() -> ColumnElement[bool]:
    """The condition for an event of the log that lets nobody count complaints about the police or see one arrive.

    Left out are all acts on a report, and on what was passed on of it, that
    - somebody of the oversight desk did,
    - are about a report at that desk, or one that was ever handed to it or from it, whoever did them,
    - are about a report that nobody has sorted yet: its rows would be seen to go when it turns out to be a complaint,
    - are about a report erased since, unless somebody of the triage desk did them: nothing else says whose it was.
    The log itself stays whole.
    """
    handed = _handed()
    of_complaints = select(Thread.id).join(Desk, Desk.id == Thread.desk_id).where(Desk.kind == OVERSIGHT)
    hidden = or_(PassedOn.thread_id.in_(of_complaints), cast(PassedOn.thread_id, String).in_(handed))
    hidden_parts = select(cast(PassedOn.id, String)).where(hidden)
    # The command line and the timetable are nobody.
    by = func.coalesce(AuditEvent.actor_id, 0)
    erased = and_(AuditEvent.object_id.not_in(select(cast(Thread.id, String))), by.in_(_at_desk(TRIAGE)))
    thread_shown = and_(AuditEvent.object_id.not_in(handed), or_(AuditEvent.object_id.in_(_sorted()), erased))
    shown = case(
        (AuditEvent.object_type == "thread", thread_shown),
        (AuditEvent.object_type == "referral", AuditEvent.object_id.not_in(hidden_parts)),
        else_=True,
    )
    return and_(shown, or_(AuditEvent.object_type.not_in(("thread", "referral")), by.not_in(_at_desk(OVERSIGHT))))


def _handed() -> Select[str]:
    handed = aliased(AuditEvent)
    acts = [f"report.handed_to_{desk}" for desk in (TRIAGE, OVERSIGHT)]
    return select(handed.object_id).where(handed.object_type == "thread", handed.action.in_(acts))


def _sorted() -> Select[str]:
    """The reports at other desks that were sorted, or closed as they were."""
    known = or_(Thread.category != Category.UNSORTED, Thread.state == State.CLOSED)
    found = select(cast(Thread.id, String)).join(Desk, Desk.id == Thread.desk_id)
    return found.where(Desk.kind != OVERSIGHT, known)


def _at_desk(kind: str) -> Select[int]:
    return select(DeskMember.member_id).join(Desk, Desk.id == DeskMember.desk_id).where(Desk.kind == kind)

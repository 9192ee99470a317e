"""What the audit log tells of reports to people who do not sit at the oversight desk."""

from __future__ import annotations

from collections.abc import Collection
from typing import TypeAlias

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, String, and_, case, cast, exists, func, or_, select
from sqlalchemy.orm import aliased

from portal.accounts.models import Desk, DeskMember
from portal.core.audit import AuditEvent
from portal.reports.models import PassedOn, Thread
from portal.reports.rules.triage import OVERSIGHT, TRIAGE

REPORTS = ("thread", "referral")
CLOSED = "report.closed"
Text: TypeAlias = SQLColumnExpression[str]
Id: TypeAlias = SQLColumnExpression[int]
TO_TRIAGE, TO_OVERSIGHT = (f"report.handed_to_{desk}" for desk in (TRIAGE, OVERSIGHT))


def about_no_complaint() -> ColumnElement[bool]:
    """The condition for an event of the log that lets nobody count complaints about the police or see one arrive.

    What is shown once stays, whatever the report turns out to be: somebody may have kept an earlier copy of the page.
    And no report is begun to be told that could break off when it goes to the oversight contact. So an act on a report,
    and on what was passed on of it, is shown from when the report was closed after it, and only if by then it had been
    at no desk but triage. Never shown is what
    - was done to a report that was not closed after it; but for a hold on a closed one from the command line,
    - happened from when a report was handed to the oversight contact on, or to a report that began there,
    - somebody of the oversight desk did,
    - was done to a report erased since, unless somebody of the triage desk did it: nothing else says whose it was,
    - was done to what was passed on of a report erased since.
    The log itself stays whole.
    """
    # The command line and the timetable are nobody.
    by = func.coalesce(AuditEvent.actor_id, 0)
    shown = case(
        (AuditEvent.object_type == "thread", _is_finished(AuditEvent.object_id, by)),
        (AuditEvent.object_type == "referral", _is_finished(_report_of_referral(), by)),
        else_=True,
    )
    return and_(shown, or_(AuditEvent.object_type.not_in(REPORTS), by.not_in(_at_desk(OVERSIGHT))))


def _is_finished(report: Text, by: Id) -> ColumnElement[bool]:
    """Whether the report that an event is about was closed after it at the triage desk, and had been nowhere else."""
    closing = aliased(AuditEvent)
    after = or_(closing.id >= AuditEvent.id, and_(by == 0, ~_handed_before(AuditEvent.id, report)))
    closed = _there_is(closing, report, (CLOSED,), after, ~_handed_before(closing.id, report))
    return and_(closed, ~_began_at_oversight(report), _may_be_known(report, by))


def _handed_before(event_id: Id, report: Text) -> ColumnElement[bool]:
    handed = aliased(AuditEvent)
    return _there_is(handed, report, (TO_TRIAGE, TO_OVERSIGHT), handed.id < event_id)


def _began_at_oversight(report: Text) -> ColumnElement[bool]:
    """Whether the first desk that handed it on was the oversight contact's."""
    back, there = aliased(AuditEvent), aliased(AuditEvent)
    earlier = _there_is(there, report, (TO_OVERSIGHT,), there.id < back.id)
    return _there_is(back, report, (TO_TRIAGE,), ~earlier)


def _there_is(
    event: type[AuditEvent], report: Text, acts: Collection[str], *more: ColumnElement[bool]
) -> ColumnElement[bool]:
    of_report = event.object_type == "thread", event.object_id == report, event.action.in_(acts)
    return exists().where(*of_report, *more).correlate_except(event)


def _may_be_known(report: Text, by: Id) -> ColumnElement[bool]:
    """Not for one that came to the oversight contact and stayed; of what is erased, what the triage desk did."""
    handed = aliased(AuditEvent)
    acts = select(handed.object_id).where(handed.object_type == "thread", handed.action == TO_OVERSIGHT)
    at_triage = select(cast(Thread.id, String)).join(Desk, Desk.id == Thread.desk_id).where(Desk.kind != OVERSIGHT)
    erased = report.not_in(select(cast(Thread.id, String)))
    return case((erased, by.in_(_at_desk(TRIAGE))), else_=or_(report.in_(at_triage), report.in_(acts)))


def _report_of_referral() -> ColumnElement[str]:
    """The report of which something was passed on; "" once it is erased."""
    row = select(cast(PassedOn.thread_id, String)).where(cast(PassedOn.id, String) == AuditEvent.object_id)
    return func.coalesce(row.correlate(AuditEvent).scalar_subquery(), "")


def _at_desk(kind: str) -> Select[int]:
    return select(DeskMember.member_id).join(Desk, Desk.id == DeskMember.desk_id).where(Desk.kind == kind)

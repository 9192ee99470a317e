"""Monthly counts of reports, and the protection of complaints about police conduct in counts and in the audit log.

Complaints are counted per month and for the whole city only: no place, language or channel.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import date, timedelta
from typing import TypeAlias

import sqlalchemy as sa
from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Mapped, aliased, mapped_column

from portal.accounts.users import Desk, DeskMember
from portal.core.audit import AuditEvent
from portal.core.clock import today
from portal.core.db import Base, db, session
from portal.core.feature import MonthlyTally
from portal.core.hours import month_after
from portal.core.jobs.engine import each_row
from portal.markets.places import Market
from portal.reports import triage
from portal.reports.reports import PassedOn, Thread, ThreadMessage
from portal.reports.triage import OVERSIGHT, TRIAGE, Category, Disposition


class ComplaintMonth(Base):
    """The number of complaints of one month; written once, when the month is frozen, and never changed."""

    __tablename__ = "reports_complaint_month"
    __table_args__ = (sa.CheckConstraint("filed >= 0", name="count"),)

    month_on: Mapped[date] = mapped_column(primary_key=True)
    """The first day of the month."""
    filed: Mapped[int]


def complaints() -> triage.Complaints | None:
    """Return the published span for up to twelve frozen months; None before the first is frozen."""
    rows = session.execute(select(ComplaintMonth.month_on, ComplaintMonth.filed))
    return triage.said_of({row.month_on: row.filed for row in rows})


def freeze_months() -> None:
    each_row(triage.to_freeze(today()), lambda day: db.insert_new(ComplaintMonth, month_on=day, filed=filed_in(day)))


def filed_in(month_on: date) -> int:
    filed = select(func.count()).select_from(Thread).where(Thread.category == Category.CONDUCT)
    return session.scalar(filed.where(Thread.received_on >= month_on, Thread.received_on < month_after(month_on))) or 0


REPORTS = ("thread", "referral")
CLOSED = "report.closed"
Text: TypeAlias = sa.SQLColumnExpression[str]
Id: TypeAlias = sa.SQLColumnExpression[int]
TO_TRIAGE, TO_OVERSIGHT = (f"report.handed_to_{desk}" for desk in (TRIAGE, OVERSIGHT))


def about_no_complaint() -> ColumnElement[bool]:
    """Return the condition for audit events that reveal nothing about complaints about the police.

    A reader of the log must be able neither to count complaints nor to see one arrive. An event that was shown once
    stays visible, whatever the report turns out to be, because the reader may have kept an earlier copy of the page.
    For the same reason no history is shown that would break off when its report goes to the oversight contact. So an
    event of a report, or of a referral, is shown from the moment the report is closed after it, and only if the report
    had been at no desk but triage by then. Never shown are events
    - of a report that was not closed afterwards, except a hold placed on a closed report from the command line,
    - from the handover of a report to the oversight contact onwards, or of a report that began there,
    - whose actor is a member of the oversight desk,
    - of a report erased since, unless the actor is a member of the triage desk: no other data says which desk it was
      at,
    - of a referral whose report was erased since.
    The log itself stays complete.
    """
    row = select(sa.cast(PassedOn.thread_id, sa.String)).where(sa.cast(PassedOn.id, sa.String) == AuditEvent.object_id)
    # Null once its report is erased.
    of_referral = row.correlate(AuditEvent).scalar_subquery()
    # Events of the command line and of the timetable have no actor.
    by = func.coalesce(AuditEvent.actor_id, 0)
    shown = sa.case(
        (AuditEvent.object_type == "thread", _is_finished(AuditEvent.object_id, by)),
        (AuditEvent.object_type == "referral", _is_finished(func.coalesce(of_referral, ""), by)),
        else_=True,
    )
    return and_(shown, or_(AuditEvent.object_type.not_in(REPORTS), by.not_in(_at_desk(OVERSIGHT))))


def _is_finished(report: Text, by: Id) -> ColumnElement[bool]:
    """Whether the event's report was closed after it at triage, having been at no other desk."""
    closing, back, there = aliased(AuditEvent), aliased(AuditEvent), aliased(AuditEvent)
    after = or_(closing.id >= AuditEvent.id, and_(by == 0, ~_handed_before(AuditEvent.id, report)))
    closed = _there_is(closing, report, (CLOSED,), after, ~_handed_before(closing.id, report))
    # The first recorded handover was from the oversight desk to triage.
    earlier = _there_is(there, report, (TO_OVERSIGHT,), there.id < back.id)
    began_at_oversight = _there_is(back, report, (TO_TRIAGE,), ~earlier)
    # Left out are reports that came to the oversight contact and stayed there; of an erased one, what triage did stays.
    handed = aliased(AuditEvent)
    acts = select(handed.object_id).where(handed.object_type == "thread", handed.action == TO_OVERSIGHT)
    at_triage = select(sa.cast(Thread.id, sa.String)).join(Desk, Desk.id == Thread.desk_id)
    at_triage = at_triage.where(Desk.kind != OVERSIGHT)
    is_erased = report.not_in(select(sa.cast(Thread.id, sa.String)))
    may_be_known = sa.case((is_erased, by.in_(_at_desk(TRIAGE))), else_=or_(report.in_(at_triage), report.in_(acts)))
    return and_(closed, ~began_at_oversight, may_be_known)


def _handed_before(event_id: Id, report: Text) -> ColumnElement[bool]:
    handed = aliased(AuditEvent)
    return _there_is(handed, report, (TO_TRIAGE, TO_OVERSIGHT), handed.id < event_id)


def _there_is(
    event: type[AuditEvent], report: Text, acts: Collection[str], *more: ColumnElement[bool]
) -> ColumnElement[bool]:
    of_report = event.object_type == "thread", event.object_id == report, event.action.in_(acts)
    return sa.exists().where(*of_report, *more).correlate_except(event)


def _at_desk(kind: str) -> sa.Select[int]:
    return select(DeskMember.member_id).join(Desk, Desk.id == DeskMember.desk_id).where(Desk.kind == kind)


def monthly_reports(month_on: date) -> Iterable[MonthlyTally]:
    """Yield the reports received in a month and those answered in time, by place; what was no report is left out.

    Complaints about the police are left out of the citywide count too: less the places, it would reveal their number.
    """
    first_answers = (
        select(ThreadMessage.thread_id, func.min(ThreadMessage.written_on).label("answered_on"))
        .where(ThreadMessage.author == "desk")
        .group_by(ThreadMessage.thread_id)
        .subquery()
    )
    answered_on = first_answers.c.answered_on
    threads = select(Thread, answered_on).outerjoin(first_answers, first_answers.c.thread_id == Thread.id)
    is_report = Thread.disposition.is_distinct_from(Disposition.NOT_REPORT)
    threads = threads.where(Thread.category != Category.CONDUCT, is_report)
    of_month = Thread.received_on >= month_on, Thread.received_on < month_after(month_on)
    rows = session.execute(threads.where(*of_month))
    yield from _tallies(
        ("reports", "answered_in_time"),
        ((one.market_id, is_in_time(one.received_on, one.read_on, answer or one.closed_on)) for one, answer in rows),
    )


def monthly_verdicts(month_on: date) -> Iterable[MonthlyTally]:
    verdicts = select(Thread.market_id, Thread.verdict, Thread.disposition).where(Thread.category != Category.CONDUCT)
    of_month = Thread.verdict_on >= month_on, Thread.verdict_on < month_after(month_on)
    rows = session.execute(verdicts.where(*of_month, Thread.disposition.is_not(None)))
    disagrees = ((row.market_id, triage.differs(row.verdict, row.disposition)) for row in rows)
    yield from _tallies(("verdicts", "verdicts_differ"), disagrees)


def _tallies(kinds: tuple[str, str], reports: Iterable[tuple[int | None, bool]]) -> Iterable[MonthlyTally]:
    """Yield how many reports there are and how many of them count, given by place, in the city and at each place."""
    all_, counting = Counter[int | None](), Counter[int | None]()
    for market_id, counts in reports:
        for place in {None, market_id}:
            all_[place] += 1
            counting[place] += counts
    for place in (None, *session.scalars(select(Market.id))):
        yield MonthlyTally(kinds[0], place, all_[place])
        yield MonthlyTally(kinds[1], place, counting[place])


def is_in_time(received_on: date, read_on: date | None, answered_on: date | None) -> bool:
    """Whether a report was read within one business day and answered or closed within seven days."""
    if read_on is None or answered_on is None:
        return False
    read_by = triage.next_business_day(received_on, triage.READ_WITHIN)
    return read_on <= read_by and answered_on <= received_on + timedelta(days=triage.CLOSE_WITHIN)

"""How many complaints about police conduct came in a month, in the whole city. No place, no language, no channel."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import date, timedelta
from typing import TypeAlias

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    Select,
    SQLColumnExpression,
    String,
    and_,
    case,
    cast,
    exists,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Mapped, aliased, mapped_column

from portal.accounts.users import Desk, DeskMember
from portal.core.audit import AuditEvent
from portal.core.clock import today
from portal.core.db import Base, db, session
from portal.core.jobs.engine import each_row
from portal.core.purge import RetentionRule
from portal.core.tallies import MonthlyTally
from portal.markets.places import Market
from portal.reports.reports import PassedOn, Thread, ThreadMessage
from portal.reports.triage import (
    CLOSE_WITHIN,
    KEPT,
    OVERSIGHT,
    READ_WITHIN,
    TRIAGE,
    Category,
    Complaints,
    differs,
    is_weekday,
    next_business_day,
    said_of,
    to_freeze,
)


class ComplaintMonth(Base):
    """Written once, when the month is frozen; never changed."""

    __tablename__ = "reports_complaint_month"
    __table_args__ = (CheckConstraint("filed >= 0", name="count"),)

    month_on: Mapped[date] = mapped_column(primary_key=True)
    """The first day of the month."""
    filed: Mapped[int]


def complaints() -> Complaints | None:
    """A span of ten for up to twelve frozen months; None before the first is frozen."""
    rows = session.execute(select(ComplaintMonth.month_on, ComplaintMonth.filed))
    return said_of({row.month_on: row.filed for row in rows})


def freeze_months() -> None:
    """Count each month that is due and was not counted yet."""
    each_row(to_freeze(today()), _freeze)


def _freeze(month_on: date) -> None:
    db.insert_new(ComplaintMonth, month_on=month_on, filed=filed_in(month_on))


def filed_in(month_on: date) -> int:
    """How many of those that are still there came in that month."""
    next_month = (month_on + timedelta(days=31)).replace(day=1)
    asked = select(func.count()).select_from(Thread).where(Thread.category == Category.CONDUCT)
    return session.scalar(asked.where(Thread.received_on >= month_on, Thread.received_on < next_month)) or 0


ERASED_OF_COMPLAINTS = (
    RetentionRule(
        "months of complaints",
        "430 days after the first of the month",
        "how many complaints about the police came in it, in the whole city",
        ComplaintMonth,
        lambda _now: ComplaintMonth.month_on <= today() - KEPT,
    ),
)


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


LANGUAGES = ("en", "es")
CHANNELS = {"web": "web", "relay": "web", "text": "sms"}
"""As figures name them; somebody who files for another one does it on the web."""
Spoken = tuple[int | None, str, str]


def monthly_reports(month_on: date) -> Iterable[MonthlyTally]:
    """Reports received in a month and those answered in time, by place, by language and by channel.

    Complaints about the police count nowhere here, the city neither: the city without its places would say how many
    there were. What may be said of them says `complaints.queries`.
    """
    first_answers = (
        select(ThreadMessage.thread_id, func.min(ThreadMessage.written_on).label("answered_on"))
        .where(ThreadMessage.author == "desk")
        .group_by(ThreadMessage.thread_id)
        .subquery()
    )
    answered_on = first_answers.c.answered_on
    threads = select(Thread, answered_on).outerjoin(first_answers, first_answers.c.thread_id == Thread.id)
    threads = threads.where(Thread.category != Category.CONDUCT)
    next_month = _next(month_on)
    all_, in_time = Counter[Spoken](), Counter[Spoken]()
    for thread, answer in session.execute(
        threads.where(Thread.received_on >= month_on, Thread.received_on < next_month)
    ):
        for place in {None, thread.market_id}:
            for line in ((place, "", ""), (place, thread.language, ""), (place, "", CHANNELS[thread.channel])):
                all_[line] += 1
                in_time[line] += is_in_time(thread.received_on, thread.read_on, answer or thread.closed_on)
    for place in (None, *session.scalars(select(Market.id))):
        for line in _lines(place):
            yield MonthlyTally("reports", place, all_[line], *line[1:])
            yield MonthlyTally("answered_in_time", place, in_time[line], *line[1:])


def monthly_verdicts(month_on: date) -> Iterable[MonthlyTally]:
    """How many residents said in a month whether it is better, and how many saw it otherwise than we, by place."""
    said = select(Thread.market_id, Thread.verdict, Thread.disposition).where(Thread.category != Category.CONDUCT)
    said = said.where(
        Thread.verdict_on >= month_on, Thread.verdict_on < _next(month_on), Thread.disposition.is_not(None)
    )
    all_, otherwise = Counter[int | None](), Counter[int | None]()
    for row in session.execute(said):
        for place in {None, row.market_id}:
            all_[place] += 1
            otherwise[place] += differs(row.verdict, row.disposition)
    for place in (None, *session.scalars(select(Market.id))):
        yield MonthlyTally("verdicts", place, all_[place])
        yield MonthlyTally("verdicts_differ", place, otherwise[place])


def is_in_time(received_on: date, read_on: date | None, answered_on: date | None) -> bool:
    """Whether a report was read within a business day and answered, or closed, within seven days."""
    if read_on is None or answered_on is None:
        return False
    read_by = next_business_day(received_on, READ_WITHIN, is_weekday)
    return read_on <= read_by and answered_on <= received_on + timedelta(days=CLOSE_WITHIN)


def _next(month_on: date) -> date:
    return (month_on + timedelta(days=31)).replace(day=1)


def _lines(place: int | None) -> Iterable[Spoken]:
    yield place, "", ""
    yield from ((place, language, "") for language in LANGUAGES)
    yield from ((place, "", channel) for channel in sorted(set(CHANNELS.values())))

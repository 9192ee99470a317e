"""Legal holds: reports of some days, perhaps of one place, are not erased when their time is over.

A hold keeps what is still there and sealed as it is: it opens nothing, brings nothing back, and stops only the two
rules that erase reports. It always has a last day. Unless a court forbids it, the person who wrote reads on the
report's page that it is kept, and the public page about demands for records says that there is a hold. Nothing here
sees a report: public pages import it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.audit import record
from portal.core.clock import today
from portal.core.db import Base, Versioned, added, random_id, session
from portal.core.statuses import Refused, existing

LONGEST = timedelta(days=180)
"""So far ahead may the last day of a hold be; it can be put off again and again, each time in sight."""


class ReportHold(Versioned, Base):
    """A hold on the reports that came on some days. `ended_on`: it was ended before its last day."""

    __tablename__ = "reports_hold"
    __table_args__ = (sa.CheckConstraint("from_on <= to_on", name="days"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    from_on: Mapped[date]
    to_on: Mapped[date]
    market_id: Mapped[int | None] = mapped_column(sa.ForeignKey("markets_market.id"))
    placed_on: Mapped[date]
    until_on: Mapped[date]
    ended_on: Mapped[date | None]
    may_be_told: Mapped[bool]
    """False while a court forbids to speak of it."""

    @property
    def is_in_force(self) -> bool:
        return self.ended_on is None and self.until_on >= today()


def keeps(
    received_on: sa.SQLColumnExpression[date] | date, market_id: sa.SQLColumnExpression[int | None] | int | None
) -> ColumnElement[bool]:
    """Return the condition for holds in force on a report that came on this day, at this place or none."""
    # The rules of the deletion schedule are built once: the day is asked for whenever they run.
    day = sa.bindparam(None, callable_=today, type_=sa.Date, unique=True)
    in_force = and_(ReportHold.ended_on.is_(None), ReportHold.until_on >= day)
    of_days = and_(ReportHold.from_on <= received_on, ReportHold.to_on >= received_on)
    return and_(in_force, of_days, sa.or_(ReportHold.market_id.is_(None), ReportHold.market_id == market_id))


def place_hold(hold: ReportHold, member_id: int) -> None:
    """Put a new hold in force. Raises Refused("hold_too_long" or "hold_days")."""
    _require_days(hold.until_on)
    if not hold.from_on <= hold.to_on <= today():
        raise Refused("hold_days")
    hold.placed_on = today()
    record("hold.placed", "hold", added(hold).id, member_id)


def all_holds() -> Sequence[ReportHold]:
    return session.scalars(select(ReportHold).order_by(ReportHold.until_on.desc(), ReportHold.id)).all()


def the_hold(hold_id: int) -> ReportHold:
    return existing(session.get(ReportHold, hold_id))


def extend_hold(hold: ReportHold, until_on: date, *, may_be_told: bool, member_id: int) -> None:
    """Set another last day, and whether it may be told of. Raises Refused("hold_too_long" or "hold_is_over")."""
    if not hold.is_in_force:
        raise Refused("hold_is_over")
    _require_days(until_on)
    hold.until_on, hold.may_be_told = until_on, may_be_told
    record("hold.extended", "hold", hold.id, member_id)


def end_hold(hold: ReportHold, member_id: int) -> None:
    """End a hold: what is over by then is erased in the next night. Raises Refused("hold_is_over")."""
    if not hold.is_in_force:
        raise Refused("hold_is_over")
    hold.ended_on = today()
    record("hold.ended", "hold", hold.id, member_id)


def _require_days(until_on: date) -> None:
    if not today() <= until_on <= today() + LONGEST:
        raise Refused("hold_too_long")


REFUSALS = {
    "hold_days": _l("The first day must not be after the last, and the last must not be still to come."),
    "hold_too_long": _l("Choose a last day from today to half a year from now. You can put it off again later."),
    "hold_is_over": _l("This hold is over. Reports whose time was over may be erased already: place a new one."),
}
AUDITED = {
    "hold.placed": _l("placed a legal hold on reports"),
    "hold.extended": _l("changed a legal hold"),
    "hold.ended": _l("ended a legal hold"),
    "hold": _l("legal hold"),
}

"""How many demands for records came in each quarter, from whom, and what became of them.

An administrator counts them, and the public reads all of it: numbers and kinds of records, never who reported or where.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple

from flask_babel import format_date, gettext as _, lazy_gettext as _l, ngettext
from sqlalchemy import CheckConstraint, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.audit import record
from portal.core.clock import today
from portal.core.db import Base, Versioned, random_id, session
from portal.core.i18n import NOTHING, Bilingual, bilingual
from portal.core.page_cache import renew_cache_version
from portal.core.statuses import NotFound

FIRST_YEAR, LAST_YEAR = 2000, 2999
NONE_CAME = {**dict.fromkeys(("by_court", "by_agency", "by_public", "refused", "answered"), 0), "handed": NOTHING}


class Quarter(NamedTuple):
    """Three months of a year; `number` is 1 to 4."""

    year: int
    number: int

    @property
    def first_day(self) -> date:
        return date(self.year, 3 * self.number - 2, 1)

    @property
    def last_day(self) -> date:
        return self.later(1).first_day - timedelta(days=1)

    def later(self, quarters: int) -> Quarter:
        year, before = divmod(4 * self.year + self.number - 1 + quarters, 4)
        return Quarter(year, before + 1)

    def is_over(self, today: date) -> bool:
        """Return whether it is a real quarter that has ended. One that goes on cannot be counted: more may come."""
        is_one = FIRST_YEAR <= self.year <= LAST_YEAR and 1 <= self.number <= 4
        return is_one and self.last_day < today


def ended(today: date, count: int) -> list[Quarter]:
    """Return the last quarters that are over, the newest first."""
    this = Quarter(today.year, (today.month + 2) // 3)
    return [this.later(-back) for back in range(1, count + 1)]


def unbroken(counted: Iterable[Quarter]) -> list[Quarter]:
    """Return the newest quarters up to a gap, the newest first: what came in one that nobody counted is not known."""
    run: list[Quarter] = []
    for quarter in sorted(counted, reverse=True):
        if run and quarter.later(1) != run[-1]:
            break
        run.append(quarter)
    return run


class DemandCount(Versioned, Base):
    """The demands for records of one quarter. Without a row nobody counted: perhaps some came."""

    __tablename__ = "home_demand_count"
    __table_args__ = (
        UniqueConstraint("year", "quarter"),
        CheckConstraint("quarter BETWEEN 1 AND 4", name="quarter"),
        CheckConstraint("by_court >= 0 AND by_agency >= 0 AND by_public >= 0", name="counts"),
        CheckConstraint("refused BETWEEN 0 AND by_court + by_agency + by_public", name="refused"),
        CheckConstraint("answered BETWEEN 0 AND by_court + by_agency + by_public", name="answered"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    year: Mapped[int]
    quarter: Mapped[int]
    by_court: Mapped[int]
    """Court orders, warrants and subpoenas."""
    by_agency: Mapped[int]
    """Police and other offices that asked without a court."""
    by_public: Mapped[int]
    """Requests under a public records law."""
    refused: Mapped[int]
    """How many of them were refused or contested, wholly or in part."""
    answered: Mapped[int]
    """After how many of them something was handed out."""
    handed: Mapped[Bilingual] = bilingual("handed", may_be_empty=True)
    """What kind of records that was."""

    @property
    def received(self) -> int:
        return self.by_court + self.by_agency + self.by_public


def stored_demands(quarter: Quarter) -> DemandCount | None:
    """Return the row of a quarter. Raises `NotFound` for a quarter that is not over."""
    if not quarter.is_over(today()):
        raise NotFound
    where = (DemandCount.year == quarter.year, DemandCount.quarter == quarter.number)
    return session.scalars(select(DemandCount).where(*where)).first()


def demands() -> dict[Quarter, DemandCount]:
    rows = session.scalars(select(DemandCount).order_by(DemandCount.year.desc(), DemandCount.quarter.desc()))
    return {Quarter(row.year, row.quarter): row for row in rows}


def count_demands(quarter: Quarter, values: Mapping[str, Any], member_id: int) -> None:
    """Save the count of a quarter; it is public at once. Raises `NotFound` for a quarter that is not over."""
    stored = stored_demands(quarter)
    if stored is None:
        stored = DemandCount(year=quarter.year, quarter=quarter.number)
        session.add(stored)
    for name, value in {**NONE_CAME, **values}.items():
        setattr(stored, name, value)
    record("demands.counted", "quarter", f"{quarter.year}-{quarter.number}", member_id)
    renew_cache_version()


def quarter_words(quarter: Quarter) -> str:
    first, last = (format_date(day, "LLLL") for day in (quarter.first_day, quarter.last_day))
    return str(_("%(first)s to %(last)s %(year)s", first=first.capitalize(), last=last, year=quarter.year))


def demand_words(counted: DemandCount) -> str:
    if not counted.received:
        return str(_("None came."))
    sentences = (
        (counted.by_court, _("From a court: %(num)s.", num=counted.by_court)),
        (counted.by_agency, _("From police or another office, without a court: %(num)s.", num=counted.by_agency)),
        (counted.by_public, _("Under the public records law: %(num)s.", num=counted.by_public)),
        (counted.refused, _("Refused or contested: %(num)s.", num=counted.refused)),
        (counted.answered, _("Handed out: %(what)s", what=counted.handed)),
        (not counted.answered, _("Nothing was handed out.")),
    )
    return " ".join(str(words) for is_true, words in sentences if is_true)


def sum_words(counted: Mapping[Quarter, DemandCount]) -> list[str]:
    """Return the sum of the newest quarters without a gap in sentences, each true of these figures."""
    quarters = unbroken(counted)
    if not quarters:
        return [str(_("There is no count yet."))]
    span = {"since": format_date(quarters[-1].first_day, "long"), "until": format_date(quarters[0].last_day, "long")}
    received, by_court, answered = (
        sum(getattr(counted[quarter], name) for quarter in quarters) for name in ("received", "by_court", "answered")
    )
    if not received:
        return [str(_("From %(since)s to %(until)s, nobody demanded records from us.", **span))]
    came = ngettext(
        "From %(since)s to %(until)s, %(num)s demand for records came.",
        "From %(since)s to %(until)s, %(num)s demands for records came.",
        received,
        **span,
    )
    handed_out = ngettext(
        "After %(num)s of them something was handed out.", "After %(num)s of them something was handed out.", answered
    )
    return [
        str(came),
        *([] if by_court else [str(_("No court order, warrant or subpoena was among them."))]),
        str(handed_out if answered else _("Nothing was handed out.")),
    ]


AUDITED = {
    "demands.counted": _l("counted demands for records"),
    "quarter": _l("quarter"),
}

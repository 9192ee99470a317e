"""How many demands for records came in each quarter, from whom, and what became of them.

The public reads all of it: numbers and kinds of records, never who reported or where. `records.py` counts them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date

from flask_babel import lazy_gettext as _l
from sqlalchemy import CheckConstraint, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base, Versioned, random_id, session
from portal.core.i18n import NOTHING, Bilingual, bilingual
from portal.home.quarters import Quarter, unbroken


@dataclass(frozen=True)
class Demands:
    """How many demands for records came in a quarter, from whom, and what became of them."""

    by_court: int = 0
    """Court orders, warrants and subpoenas."""
    by_agency: int = 0
    """Police and other offices that asked without a court."""
    by_public: int = 0
    """Requests under a public records law."""
    refused: int = 0
    """How many of them were refused or contested, wholly or in part."""
    answered: int = 0
    """After how many of them something was handed out."""
    handed: Bilingual = NOTHING
    """What kind of records that was."""

    @property
    def received(self) -> int:
        return self.by_court + self.by_agency + self.by_public


COUNTS = tuple(field.name for field in fields(Demands))


class DemandCount(Versioned, Base):
    """The demands for records of one quarter, as counted by hand in earlier versions; nothing is added any more."""

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
    by_agency: Mapped[int]
    by_public: Mapped[int]
    refused: Mapped[int]
    answered: Mapped[int]
    handed: Mapped[Bilingual] = bilingual("handed", may_be_empty=True)

    @property
    def demands(self) -> Demands:
        return Demands(**{name: getattr(self, name) for name in COUNTS})


def typed_demands() -> dict[Quarter, Demands]:
    """Return the quarters that were counted by hand before demands were filed here."""
    return {Quarter(row.year, row.quarter): row.demands for row in session.scalars(select(DemandCount))}


@dataclass(frozen=True)
class DemandSum:
    """The sum over quarters that follow each other without a gap."""

    since: date
    until: date
    received: int
    by_court: int
    refused: int
    answered: int


def demand_sum(counted: Mapping[Quarter, Demands]) -> DemandSum | None:
    """Return the sum of the newest quarters without a gap, or None if nothing was counted."""
    run = unbroken(counted)
    if not run:
        return None
    sums = [[getattr(counted[one], name) for one in run] for name in ("received", "by_court", "refused", "answered")]
    return DemandSum(run[-1].first_day, run[0].last_day, *map(sum, sums))


AUDITED = {
    "demands.counted": _l("counted demands for records"),
    "quarter": _l("quarter"),
}

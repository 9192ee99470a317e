"""A place, who may know of it, and the decisions about how it stands."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.core.db import Base, random_id
from portal.core.i18n import Bilingual, bilingual
from portal.markets.rules import STATUSES


class Market(Base):
    """A place by its own name. It is hidden until `released_at`, and the default is hidden."""

    __tablename__ = "markets_market"

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    slug: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[Bilingual] = bilingual("name")
    about: Mapped[Bilingual] = bilingual("about")
    """What residents can do now; shown on the place's page."""
    released_at: Mapped[datetime | None]

    decisions: Mapped[list[StatusDecision]] = relationship(
        order_by="StatusDecision.since_on.desc()", cascade="all, delete-orphan", lazy="selectin"
    )

    @property
    def standing(self) -> StatusDecision | None:
        """The decision in force."""
        return self.decisions[0] if self.decisions else None


class StatusDecision(Base):
    """How a place stands: since when, who decided, on what evidence, and when it is looked at next."""

    __tablename__ = "markets_status_decision"
    __table_args__ = (CheckConstraint(f"status IN {STATUSES!r}", name="status"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    market_id: Mapped[int] = mapped_column(ForeignKey("markets_market.id", ondelete="CASCADE"), index=True)
    status: Mapped[str] = mapped_column(String(20))
    since_on: Mapped[date]
    review_on: Mapped[date]
    decided_by: Mapped[Bilingual] = bilingual("decided_by")
    evidence: Mapped[Bilingual] = bilingual("evidence")

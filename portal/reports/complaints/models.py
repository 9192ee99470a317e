"""How many complaints about police conduct came in a month, in the whole city. No place, no language, no channel."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base


class ComplaintMonth(Base):
    """Written once, when the month is frozen; never changed."""

    __tablename__ = "reports_complaint_month"
    __table_args__ = (CheckConstraint("filed >= 0", name="count"),)

    month_on: Mapped[date] = mapped_column(primary_key=True)
    """The first day of the month."""
    filed: Mapped[int]

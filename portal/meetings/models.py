"""Public meetings."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base, random_id
from portal.core.i18n import Bilingual, bilingual
from portal.meetings.rules import ANSWERS, STATES


class Meeting(Base):
    """A meeting. Whether there is an interpreter, childcare, food or a ride is always answered; a "no" is an answer."""

    __tablename__ = "meetings_meeting"
    __table_args__ = (
        CheckConstraint(f"state IN {STATES!r}", name="state"),
        CheckConstraint("ends_at > starts_at", name="order"),
        *(CheckConstraint(f"{part} IN {ANSWERS!r}", name=part) for part in ("interpreter", "childcare", "food", "ride")),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    uid: Mapped[str] = mapped_column(String(80), unique=True)
    """The calendar's name for this meeting, for ever the same."""
    sequence: Mapped[int] = mapped_column(default=0)
    """Grows with every change that calendars must take over (RFC 5545)."""
    title: Mapped[Bilingual] = bilingual("title")
    purpose: Mapped[Bilingual] = bilingual("purpose")
    place: Mapped[Bilingual] = bilingual("place")
    access: Mapped[Bilingual] = bilingual("access")
    """How people get in: door, steps, parking, bus."""
    online_url: Mapped[str] = mapped_column(String(300), default="")
    host: Mapped[Bilingual] = bilingual("host")
    interpreter: Mapped[str] = mapped_column(String(10))
    childcare: Mapped[str] = mapped_column(String(10))
    food: Mapped[str] = mapped_column(String(10))
    ride: Mapped[str] = mapped_column(String(10))
    report_back_by: Mapped[Bilingual] = bilingual("report_back_by")
    report_back_on: Mapped[date]
    market_id: Mapped[int | None] = mapped_column(ForeignKey("markets_market.id"))
    author_id: Mapped[int] = mapped_column(ForeignKey("accounts_member.id"))
    starts_at: Mapped[datetime] = mapped_column(index=True)
    ends_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(12), default="draft")
    change_reason: Mapped[Bilingual] = bilingual("change_reason")
    """Why it was moved or cancelled; empty while nothing changed since it was published."""
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(nullable=False)

    __mapper_args__ = {"version_id_col": version}

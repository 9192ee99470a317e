"""What each door counted."""

from __future__ import annotations

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base


class DoorCount(Base):
    """Everything that one door counted so far. Neither whose phone it was nor when anybody came."""

    __tablename__ = "meetings_door_count"
    __table_args__ = (CheckConstraint("turn >= 0", name="turn"),)

    meeting_id: Mapped[int] = mapped_column(ForeignKey("meetings_meeting.id", ondelete="CASCADE"), primary_key=True)
    door: Mapped[str] = mapped_column(String(32), primary_key=True)
    """A number that the phone drew for this meeting alone, or `by-hand`."""
    turn: Mapped[int]
    """Grows with every tap: of two messages of a door the one with the higher turn is the newer."""
    counts: Mapped[dict[str, int]] = mapped_column(JSON)

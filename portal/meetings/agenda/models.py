"""Points of agendas."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base, random_id
from portal.core.i18n import Bilingual, bilingual
from portal.meetings.agenda.rules import MOST_MINUTES


@dataclass(frozen=True)
class PointLine:
    """A point as it was typed."""

    what: Bilingual
    minutes: int | None


class AgendaPoint(Base):
    """What is done for how long. It names no speaker: who speaks at a meeting is as sensitive as a report."""

    __tablename__ = "meetings_agenda_point"
    __table_args__ = (
        UniqueConstraint("meeting_id", "position"),
        CheckConstraint(f"minutes BETWEEN 1 AND {MOST_MINUTES}", name="minutes"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meetings_meeting.id", ondelete="CASCADE"))
    position: Mapped[int]
    what: Mapped[Bilingual] = bilingual("what")
    minutes: Mapped[int]

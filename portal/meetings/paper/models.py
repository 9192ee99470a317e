"""What somebody made of the words of an announcement."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base
from portal.core.i18n import Bilingual, bilingual

KINDS = ("bulletin", "announcement")


class Announcement(Base):
    """Words for a bulletin or to be read aloud that were changed by hand."""

    __tablename__ = "meetings_announcement"
    __table_args__ = (CheckConstraint(f"kind IN {KINDS!r}", name="kind"),)

    meeting_id: Mapped[int] = mapped_column(ForeignKey("meetings_meeting.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(12), primary_key=True)
    words: Mapped[Bilingual] = bilingual("words")
    basis: Mapped[str] = mapped_column(String(32))
    """The mark of what the portal would have said then: when that changes, the meeting did."""
    stale: Mapped[str] = mapped_column(String(20), default="")
    """The marks of `core.parity`: which language is older than the other."""
    editor_id: Mapped[int] = mapped_column(ForeignKey("accounts_member.id"))
    saved_at: Mapped[datetime]

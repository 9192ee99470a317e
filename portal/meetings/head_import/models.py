"""What an import of head counts changed, so that it can be undone."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base, random_id

Heads = dict[str, dict[str, int]]
"""Counts by role, by the id of the meeting."""


class HeadImport(Base):
    """One import: the counts before it and after it. The file itself is not kept."""

    __tablename__ = "meetings_head_import"

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    member_id: Mapped[int] = mapped_column(ForeignKey("accounts_member.id"), index=True)
    made_at: Mapped[datetime]
    before: Mapped[Heads] = mapped_column(JSON)
    after: Mapped[Heads] = mapped_column(JSON)
    undone_at: Mapped[datetime | None]

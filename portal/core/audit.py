"""The audit log: who did what to which object, never its contents. Events are never changed or shown to the public."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.clock import now
from portal.core.db import Base, session


class AuditEvent(Base):
    """One action. `actor_id` is an account's id, None for the command line and the timetable."""

    __tablename__ = "core_audit_event"
    __table_args__ = (Index(None, "object_type", "object_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    actor_id: Mapped[int | None]
    action: Mapped[str] = mapped_column(String(60))
    object_type: Mapped[str] = mapped_column(String(40))
    object_id: Mapped[str] = mapped_column(String(40))


def record(action: str, object_type: str, object_id: object, actor_id: int | None) -> None:
    """Add an event to the current transaction: it is committed if and only if the action is."""
    event = AuditEvent(at=now(), actor_id=actor_id, action=action, object_type=object_type, object_id=str(object_id))
    session.add(event)

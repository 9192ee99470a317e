"""What leaves the house: a row first, in the transaction of whatever caused it; only then is it sent.

The row is the truth. A queue only wakes a worker with the row's id.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from flask import current_app
from sqlalchemy import CheckConstraint, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.clock import now
from portal.core.crypto import Cipher
from portal.core.db import Base, db, random_id, session


class Kind(StrEnum):
    TEXT = "text"
    MAIL = "mail"


class State(StrEnum):
    DUE = "due"
    SENDING = "sending"
    UNKNOWN = "unknown"
    SENT = "sent"
    FAILED = "failed"
    STALE = "stale"
    SUPPRESSED = "suppressed"


KINDS = tuple(kind.value for kind in Kind)
STATES = tuple(state.value for state in State)
UNSETTLED = (State.DUE, State.SENDING, State.UNKNOWN)


class Parcel(Base):
    """One text or mail on its way out. Address and body are ciphertext of the server's key, erased once settled."""

    __tablename__ = "core_outbox"
    __table_args__ = (
        CheckConstraint(f"kind IN {KINDS!r}", name="kind"),
        CheckConstraint(f"state IN {STATES!r}", name="state"),
        Index(None, "state", "due_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    kind: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(12), default=State.DUE)
    address: Mapped[bytes | None] = mapped_column(LargeBinary)
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    direct: Mapped[bool]
    """A direct answer to somebody: goes before everything else and at any hour."""
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    send_before: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None]
    sending_since: Mapped[datetime | None]
    """When it was first handed to the provider: where to look before it is sent again."""
    provider_id: Mapped[str | None] = mapped_column(String(64), index=True)
    delivery: Mapped[str | None] = mapped_column(String(20))
    """The provider's last word on it (queued, sent, delivered, …)."""
    failure: Mapped[str | None] = mapped_column(String(60))


def put(
    kind: Kind,
    address: str,
    body: str,
    *,
    direct: bool = False,
    due_at: datetime | None = None,
    send_before: datetime | None = None,
) -> Parcel:
    """Add a parcel to the transaction at hand; a worker is woken once it has committed."""
    parcel = Parcel(
        id=random_id(),
        kind=kind,
        state=State.DUE,
        address=cipher().encrypt(address),
        body=cipher().encrypt(body),
        direct=direct,
        created_at=now(),
        due_at=due_at or now(),
        send_before=send_before,
        attempts=0,
    )
    session.add(parcel)
    wake = current_app.extensions["wake"]
    db.after_commit(lambda: wake(parcel.id))
    return parcel


def cipher() -> Cipher:
    """The server's cipher, for what it must be able to read again."""
    found: Cipher = current_app.extensions["cipher"]
    return found

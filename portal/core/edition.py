"""The number of the public edition: it grows with every publication, and cached pages of an older one are void."""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base, db, session


class Edition(Base):
    """One row, written in the same transaction as whatever becomes public."""

    __tablename__ = "core_edition"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int]


def publish_edition() -> None:
    """Say that something the public sees has changed: cached pages are void once this transaction commits."""
    changed = session.execute(update(Edition).values(number=Edition.number + 1).returning(Edition.number))
    if changed.scalar() is None:
        session.add(Edition(id=1, number=1))


def current_edition() -> int:
    """The edition as any process sees it now, read outside of any request."""
    with db.engine.execution_options(portal_writes=False).connect() as connection:
        return connection.execute(select(Edition.number)).scalar() or 0

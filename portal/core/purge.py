"""Proof that something was erased: what, how many, when; never what it said."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.clock import now, today
from portal.core.db import Base, random_id, session


class Purge(Base):
    """A purge certificate. It is written in the transaction that erases, so neither is there without the other."""

    __tablename__ = "core_purge"

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    ran_at: Mapped[datetime] = mapped_column(index=True)
    what: Mapped[str] = mapped_column(String(40))
    count: Mapped[int] = mapped_column(default=0)
    held: Mapped[int] = mapped_column(default=0)
    """How many were due and stay because of a hold."""


def certify(what: str, count: int, held: int = 0) -> Purge:
    """Add a certificate to the transaction at hand."""
    certificate = Purge(id=random_id(), ran_at=now(), what=what, count=count, held=held)
    session.add(certificate)
    return certificate


def days_ago(days: int) -> Any:
    """The date in the city so many days ago, to compare columns with."""
    return today() - timedelta(days=days)

"""What a line of the deletion schedule is, and the proof that it was followed: what, how many, when; no contents."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, String, false
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.clock import now, today
from portal.core.db import Base, random_id, session

NOTHING: ColumnElement[bool] = false()


@dataclass(frozen=True)
class Rule:
    """One line of the schedule. Rows of `table` for which `is_over(now)` holds are deleted, unless `is_held`.

    With `instead` the rows stay and these columns get new values.
    """

    what: str
    keeps: str
    how: str
    table: type[Base]
    is_over: Callable[[datetime], ColumnElement[bool]]
    is_held: ColumnElement[bool] = NOTHING
    hourly: bool = False
    instead: Mapping[str, Any] | None = None
    before: Callable[[Sequence[int]], None] | None = None
    """Called with the ids of what is about to be deleted, in the same transaction: keeps sums."""


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

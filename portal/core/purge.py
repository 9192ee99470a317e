"""Erasing what is over, by rules, and the proof of it: what, how many, when; never what it said."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, String, delete, false, func, inspect, not_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.clock import now
from portal.core.db import Base, db, random_id, session

BATCH = 200
NOTHING: ColumnElement[bool] = false()
log = logging.getLogger("portal.retention")


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


def purge(rule: Rule) -> int:
    """Delete what is over, in batches so that nobody waits long; each batch commits together with its certificate."""
    held = count(rule, rule.is_held)
    total = batch = _purge_batch(rule, held)
    while batch == BATCH:
        batch = _purge_batch(rule, held)
        total += batch
    if total:
        log.info("retention: %s: %d erased, %d held", rule.what, total, held)
    return total


def _purge_batch(rule: Rule, held: int) -> int:
    key = inspect(rule.table).primary_key[0]
    with db.work():
        over = select(key).where(rule.is_over(now()), not_(rule.is_held)).limit(BATCH)
        ids = session.scalars(over).all()
        if rule.before is not None and ids:
            rule.before(ids)
        erase = update(rule.table).values(rule.instead) if rule.instead else delete(rule.table)
        session.execute(erase.where(key.in_(ids)).execution_options(synchronize_session=False))
        certify(rule.what, len(ids), held)
    return len(ids)


def count(rule: Rule, which: ColumnElement[bool]) -> int:
    """How many rows are over, of those that are meant."""
    with db.work():
        statement = select(func.count()).select_from(rule.table).where(rule.is_over(now()), which)
        return session.scalar(statement) or 0

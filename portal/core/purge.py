"""Retention rules, how they are applied, and certificates of that: what was erased, how many, when; no contents."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Select, String, delete, false, func, inspect, not_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.clock import now, today
from portal.core.db import Base, db, random_id, session
from portal.core.jobs.engine import ClockDoubted, each_row, may_trust_clock
from portal.core.logs import LogEvent

BATCH = 200
NOTHING: ColumnElement[bool] = false()
ERASED = LogEvent("retention.erased", logging.INFO, "retention: {what}: {count} erased, {held} held")


@dataclass(frozen=True)
class RetentionRule:
    """A rule of the deletion schedule: rows that are over and not held are deleted, or get the values of `instead`."""

    what: str
    keeps: str
    how: str
    table: type[Base]
    is_over: Callable[[datetime], ColumnElement[bool]]
    is_held: ColumnElement[bool] = NOTHING
    hourly: bool = False
    instead: Mapping[str, Any] | None = None
    before: Callable[[Sequence[int]], None] | None = None
    """Called with the ids of rows about to be deleted, in the same transaction: to keep sums."""


class Purge(Base):
    """A purge certificate. It is added in the transaction that erases, so neither exists without the other."""

    __tablename__ = "core_purge"

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    ran_at: Mapped[datetime] = mapped_column(index=True)
    what: Mapped[str] = mapped_column(String(40))
    count: Mapped[int] = mapped_column(default=0)
    held: Mapped[int] = mapped_column(default=0)
    """Number of rows that were due and stay because of a hold."""


def certify(what: str, count: int, held: int = 0) -> Purge:
    certificate = Purge(id=random_id(), ran_at=now(), what=what, count=count, held=held)
    session.add(certificate)
    return certificate


def days_ago(days: int) -> Any:
    return today() - timedelta(days=days)


def purge(rule: RetentionRule) -> int:
    """Delete the due rows in batches, so that locks stay short; each batch commits with its certificate.

    A batch that fails is repeated row by row, so that a row that cannot be erased holds up no other. Raises
    `ClockDoubted`, and erases nothing, while the date may be wrong.
    """
    if not may_trust_clock():
        raise ClockDoubted
    held, total, last = count(rule, rule.is_held), 0, None
    erase = partial(_erase, rule, held)
    while ids := _next_ids(rule, last):
        last = ids[-1]
        failed = each_row([ids], erase) and each_row([[one] for one in ids], erase)
        total += len(ids) - failed
    if total:
        ERASED.log(what=rule.what.replace(" ", "-"), count=total, held=held)
    else:
        with db.work():
            certify(rule.what, 0, held)
    return total


def count(rule: RetentionRule, which: ColumnElement[bool]) -> int:
    with db.work():
        statement = select(func.count()).select_from(rule.table).where(rule.is_over(now()), which)
        return session.scalar(statement) or 0


def _key(rule: RetentionRule) -> Any:
    return inspect(rule.table).primary_key[0]


def _over(rule: RetentionRule) -> Select[Any]:
    return select(_key(rule)).where(rule.is_over(now()), not_(rule.is_held)).order_by(_key(rule))


def _next_ids(rule: RetentionRule, last: Any) -> Sequence[Any]:
    with db.work():
        over = _over(rule) if last is None else _over(rule).where(_key(rule) > last)
        return session.scalars(over.limit(BATCH)).all()


def _erase(rule: RetentionRule, held: int, ids: Sequence[Any]) -> None:
    # Queried again: a hold may have been placed on a row since they were listed.
    ids = session.scalars(_over(rule).where(_key(rule).in_(ids))).all()
    if rule.before is not None and ids:
        rule.before(ids)
    erase = update(rule.table).values(rule.instead) if rule.instead else delete(rule.table)
    session.execute(erase.where(_key(rule).in_(ids)).execution_options(synchronize_session=False))
    certify(rule.what, len(ids), held)

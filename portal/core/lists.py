"""Long lists, the newest first, in leaves: each begins after a row, which its address names.

A leaf costs the same wherever it is, and holds the same rows for as long as none of them goes: with numbers in
addresses everything moves on with each new row, and all rows before a page must be passed to find it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from portal.core.db import session
from portal.core.limits import is_slug
from portal.core.statuses import NotFound

T = TypeVar("T")


@dataclass(frozen=True)
class Leaf(Generic[T]):
    """Some rows of a list. A neighbor is the row after which it begins; there may be none."""

    rows: Sequence[T]
    older: str | None = None
    is_first: bool = True
    newer: str | None = None
    """None for the first leaf, which begins after no row."""


@dataclass(frozen=True)
class ListOrder:
    """How a list is ordered and what names its rows: a moment, the newest first, then the id; and the slug."""

    moment: InstrumentedAttribute[datetime] | InstrumentedAttribute[datetime | None]
    id: InstrumentedAttribute[int]
    slug: InstrumentedAttribute[str] | InstrumentedAttribute[str | None]


def leaf(model: type[T], shown: ColumnElement[bool], order: ListOrder, size: int, after: str | None = None) -> Leaf[T]:
    """The `shown` rows that follow the one with this slug, or the first ones. Raises `NotFound` beyond the end."""
    if after is None:
        return Leaf(*_rows(model, shown, order, size))
    moment, row_id = _place(shown, order, after)
    # The bound comes first: SQLite begins at the first one that it finds, and what is shown has one as well.
    further = and_(order.moment <= moment, or_(order.moment < moment, order.id > row_id), shown)
    rows, older = _rows(model, further, order, size)
    if not rows:
        raise NotFound
    # The leaf before ends with the row that this one begins after; it begins after the one that is `size` further up.
    before = and_(order.moment >= moment, or_(order.moment > moment, order.id <= row_id), shown)
    upward = select(order.slug).where(before).order_by(order.moment, order.id.desc())
    return Leaf(rows, older, is_first=False, newer=session.scalar(upward.offset(size).limit(1)))


def _place(shown: ColumnElement[bool], order: ListOrder, slug: str) -> tuple[datetime, int]:
    found = select(order.moment, order.id).where(order.slug == slug, shown) if is_slug(slug) else None
    row = session.execute(found).one_or_none() if found is not None else None
    if row is None or row[0] is None:
        raise NotFound
    return row[0], row[1]


def _rows(model: type[T], these: ColumnElement[bool], order: ListOrder, size: int) -> tuple[Sequence[T], str | None]:
    found = session.scalars(select(model).where(these).order_by(order.moment.desc(), order.id).limit(size + 1)).all()
    rows = found[:size]
    return rows, getattr(rows[-1], order.slug.key) if len(found) > size else None

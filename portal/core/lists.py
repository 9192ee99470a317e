"""Keyset pagination of long lists, the newest first: each page ("leaf") begins after a row, which its URL names.

A leaf costs the same wherever it is, and holds the same rows as long as none is deleted: with page numbers everything
shifts with each new row, and all rows before a page must be scanned to find it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from portal.core.db import session
from portal.core.statuses import NotFound

T = TypeVar("T")


@dataclass(frozen=True)
class Leaf(Generic[T]):
    """A page of a list. `older` and `newer` are the slugs after which its neighbors begin, if any."""

    rows: Sequence[T]
    older: str | None = None
    is_first: bool = True
    newer: str | None = None
    """None on the first leaf, and on the second, whose newer neighbor begins after no row."""


@dataclass(frozen=True)
class ListOrder:
    """The order of a list and the slugs of its rows: by moment, the newest first, then by id."""

    moment: InstrumentedAttribute[datetime] | InstrumentedAttribute[datetime | None]
    id: InstrumentedAttribute[int]
    slug: InstrumentedAttribute[str] | InstrumentedAttribute[str | None]


def leaf(model: type[T], shown: ColumnElement[bool], order: ListOrder, size: int, after: str | None = None) -> Leaf[T]:
    """Return the `shown` rows after the one with this slug, or the first ones. Raises `NotFound` beyond the end."""
    if after is None:
        return Leaf(*_rows(model, shown, order, size))
    moment, row_id = _place(shown, order, after)
    # The bound comes first: SQLite uses the first index bound it finds, and `shown` has one as well.
    further = and_(order.moment <= moment, or_(order.moment < moment, order.id > row_id), shown)
    rows, older = _rows(model, further, order, size)
    if not rows:
        raise NotFound
    # The previous leaf ends with the row that this one begins after; it begins after the row `size` further up.
    before = and_(order.moment >= moment, or_(order.moment > moment, order.id <= row_id), shown)
    upward = select(order.slug).where(before).order_by(order.moment, order.id.desc())
    return Leaf(rows, older, is_first=False, newer=session.scalar(upward.offset(size).limit(1)))


def _place(shown: ColumnElement[bool], order: ListOrder, slug: str) -> tuple[datetime, int]:
    row = session.execute(select(order.moment, order.id).where(order.slug == slug, shown)).one_or_none()
    if row is None or row[0] is None:
        raise NotFound
    return row[0], row[1]


def _rows(model: type[T], these: ColumnElement[bool], order: ListOrder, size: int) -> tuple[Sequence[T], str | None]:
    found = session.scalars(select(model).where(these).order_by(order.moment.desc(), order.id).limit(size + 1)).all()
    rows = found[:size]
    return rows, getattr(rows[-1], order.slug.key) if len(found) > size else None


def numbered_page(rows: Select[T], page: int, size: int) -> tuple[Sequence[T], bool]:
    """Return a page of a list by its number, from 1, and whether there are more."""
    listed = session.scalars(rows.offset((page - 1) * size).limit(size + 1)).all()
    return listed[:size], len(listed) > size

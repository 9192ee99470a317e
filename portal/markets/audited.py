"""Which events of the audit log tell of nothing at a hidden place: one condition for everything that has a place."""

from __future__ import annotations

from sqlalchemy import ColumnElement, String, and_, cast, not_, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from portal.core.audit import AuditEvent
from portal.markets.queries import may_be_shown


def deleted_unseen(kind: str) -> str:
    """The act by which something of that kind was erased at a hidden place: the log shows nothing of it, ever."""
    return f"{kind}.deleted_unseen"


def about_shown(
    kind: str, ids: InstrumentedAttribute[int], market_id: InstrumentedAttribute[int | None]
) -> ColumnElement[bool]:
    """The condition for an event that is not about a `kind` of thing, or about one that may be shown.

    `ids` and `market_id`: the columns of that kind's table.
    """
    hidden = select(cast(ids, String)).where(not_(may_be_shown(market_id)))
    gone = aliased(AuditEvent)
    erased = select(gone.object_id).where(gone.object_type == kind, gone.action == deleted_unseen(kind))
    shown = and_(AuditEvent.object_id.not_in(hidden), AuditEvent.object_id.not_in(erased))
    return or_(AuditEvent.object_type != kind, shown)

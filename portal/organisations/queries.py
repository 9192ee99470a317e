"""Offices that can promise something, and who belongs where."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from portal.core.db import session
from portal.organisations.models import Belonging, Office, Organisation


def open_offices() -> Sequence[Office]:
    """The offices that can promise something, by their organisations."""
    asked = select(Office).join(Office.organisation).where(Office.closed_on.is_(None))
    return session.scalars(asked.order_by(Organisation.name_en, Office.name_en, Office.id)).all()  # type: ignore[attr-defined]


def organisations_of(member_id: int) -> frozenset[int]:
    """The ids of the organisations that somebody belongs to."""
    return frozenset(session.scalars(select(Belonging.organisation_id).where(Belonging.member_id == member_id)))

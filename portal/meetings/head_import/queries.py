"""Imports that somebody made, and the meetings whose heads can be counted."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from portal.core.db import session
from portal.core.errors import NotFound
from portal.meetings.head_import.models import HeadImport
from portal.meetings.models import Meeting
from portal.meetings.queries import editable_meetings

LATEST = 10


def named_meetings(member_id: int) -> dict[str, Meeting]:
    """Every meeting that a member may know of and that was ever published, by its name in addresses."""
    return {meeting.slug: meeting for meeting in editable_meetings(member_id) if meeting.slug}


def own_imports(member_id: int) -> Sequence[HeadImport]:
    """The latest imports of a member; those of others may tell of places that this one does not know."""
    mine = select(HeadImport).where(HeadImport.member_id == member_id)
    return session.scalars(mine.order_by(HeadImport.made_at.desc()).limit(LATEST)).all()


def own_import(import_id: int, member_id: int) -> HeadImport:
    """One import of a member, or `NotFound`."""
    found = session.get(HeadImport, import_id)
    if found is None or found.member_id != member_id:
        raise NotFound
    return found

"""Places, hosts and the like that were typed before, to choose from instead of typing them again at night."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from portal.core.db import session
from portal.core.i18n import LANGUAGES
from portal.markets.queries import may_be_known
from portal.meetings.models import Meeting

FIELDS = ("title", "place", "host", "report_back_by")
MEETINGS, CHOICES = 60, 12


def typed_before(member_id: int) -> dict[str, list[str]]:
    """What stands in these fields of the latest meetings, by the name of the field in the form; once each."""
    latest = select(Meeting).where(may_be_known(Meeting.market_id, member_id))
    meetings = session.scalars(latest.order_by(Meeting.updated_at.desc(), Meeting.id).limit(MEETINGS)).all()
    return {f"{name}_{lang}": _choices(meetings, name, lang) for name in FIELDS for lang in LANGUAGES}


def _choices(meetings: Sequence[Meeting], name: str, lang: str) -> list[str]:
    said = (getattr(one, name)[lang].strip() for one in meetings)
    return list(dict.fromkeys(text for text in said if text))[:CHOICES]

"""Noting what shows that a step was taken."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from portal.core.audit import record
from portal.core.clock import now, today
from portal.core.db import session
from portal.core.errors import NotFound, Refused
from portal.markets.actions.seats import note_from_evidence
from portal.markets.models import Evidence, Market
from portal.markets.queries import admitted, evidence
from portal.markets.rules import EvidenceState, Item


@dataclass(frozen=True)
class Noted:
    """How far something is, what shows it, where more of it lies, and since when."""

    state: EvidenceState
    said: str
    link: str
    done_on: date | None


def note_evidence(market: Market, item: Item, noted: Noted, member_id: int) -> Evidence:
    """Keep it in place of what was noted before. Raises `Refused`: “done” alone shows nothing."""
    if member_id not in admitted(market.id):
        raise NotFound
    if noted.state is EvidenceState.DONE and not (noted.said.strip() and noted.done_on):
        raise Refused("evidence_words")
    if noted.done_on is not None and noted.done_on > today():
        raise Refused("evidence_date")
    if noted.link and not noted.link.startswith("https://"):
        raise Refused("evidence_link")
    found = evidence(market.id).get(item)
    if found is None:
        found = Evidence(market_id=market.id, item=item)
        session.add(found)
    found.state, found.said, found.link, found.done_on = noted.state, noted.said.strip(), noted.link, noted.done_on
    found.member_id, found.noted_at = member_id, now()
    session.flush()
    note_from_evidence(market.id, item, noted.state, noted.done_on)
    record("market.evidence_noted", "market", market.id, member_id)
    return found

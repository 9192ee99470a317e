"""Deciding how a place stands. The community lead decides; nothing here is ever called by a machine."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from portal.accounts.models import Member
from portal.accounts.rules.roles import Role
from portal.core.audit import record
from portal.core.clock import now, today
from portal.core.db import session
from portal.core.errors import NotAllowed, Refused
from portal.core.i18n import Bilingual
from portal.markets.actions.places import publish_if_shown
from portal.markets.models import Market, StatusDecision
from portal.markets.rules.status import Status, problem


@dataclass(frozen=True)
class Verdict:
    """How a place stands, since when, who says so on what evidence, and when it is looked at next."""

    status: Status
    since_on: date
    review_on: date
    decided_by: Bilingual
    evidence: Bilingual


def decide_status(market: Market, verdict: Verdict, member: Member) -> StatusDecision:
    """Add a decision to the history. Raises `Refused`; saying the same again is a review and keeps its date."""
    if Role.COMMUNITY_LEAD not in member.roles:
        raise NotAllowed
    if not (verdict.decided_by.is_whole and verdict.evidence.is_whole):
        raise Refused("status_words")
    if key := problem(history(market), verdict.status, verdict.since_on, verdict.review_on, today()):
        raise Refused(key)
    before = market.standing
    decision = StatusDecision(
        market_id=market.id,
        status=verdict.status,
        since_on=before.since_on if before and before.status == verdict.status else verdict.since_on,
        review_on=verdict.review_on,
        decided_by=verdict.decided_by,
        evidence=verdict.evidence,
        member_id=member.id,
        decided_at=now(),
    )
    market.decisions.insert(0, decision)
    session.flush()
    record("market.judged", "market", market.id, member.id)
    publish_if_shown(market)
    return decision


def history(market: Market) -> list[tuple[str, date]]:
    """Every decision for the rules, the newest first."""
    return [(decision.status, decision.since_on) for decision in market.decisions]

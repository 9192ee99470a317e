"""Deciding how a place stands. The community lead decides; nothing here is ever called by a machine."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import delete

from portal.accounts.roles import Role
from portal.accounts.users import Member
from portal.core.audit import record
from portal.core.clock import now, today
from portal.core.db import session
from portal.core.i18n import Bilingual
from portal.core.limits import random_tail, slug
from portal.core.page_cache import publish_edition
from portal.core.statuses import NotAllowed, NotFound, Refused
from portal.markets.gate import drop_key, keys_turned, note_seats, void_keys
from portal.markets.gate_rules import is_public
from portal.markets.names import telling_word
from portal.markets.places import (
    Admission,
    Description,
    Market,
    StatusDecision,
    admitted,
    admitted_people,
    is_shown,
    key_holders,
)
from portal.markets.status import TEXTS, Status, differ, gaps, is_last_lead, may_be_admitted, missing, problem


def begin_market(description: Description, member_id: int) -> Market:
    """A new place, hidden; whoever begins it is the first who may know of it. Raises `Refused`."""
    check_words(description)
    market = Market(slug=_slug(description))
    market.take(description)
    session.add(market)
    session.flush()
    session.add(Admission(market_id=market.id, member_id=member_id, by_id=member_id, admitted_at=now()))
    session.flush()
    note_seats(market)
    record("market.begun", "market", market.id, member_id)
    return market


def describe_market(market: Market, description: Description, editor_id: int, *, same: bool = False) -> None:
    """Say something else about a place; `same`: an editor vouches that both languages say the same.

    Other texts void the keys that are turned. Raises `Refused`, also for gaps once somebody has turned a key.
    """
    check_words(description)
    shown = is_public(market.released_at, now())
    if gaps(description) and (shown or keys_turned(market.id)):
        raise Refused("place_gaps")
    named = {member_id for member_id in (description.owner_id, description.deputy_id) if member_id is not None}
    if not named - {market.owner_id, market.deputy_id} <= admitted(market.id):
        raise Refused("place_people")
    if not shown and description.name != market.name:
        # Nobody outside has seen the address yet.
        market.slug = _slug(description)
    if differ(market, description, TEXTS):
        void_keys(market, editor_id)
    before = _shown_of(market)
    market.take(description, same=same)
    note_seats(market)
    record("market.described", "market", market.id, editor_id)
    if _shown_of(market) != before:
        publish_if_shown(market)


def _shown_of(market: Market) -> tuple[object, ...]:
    """What everybody reads of a description: not who looks after the place, nor what its alarm is measured against."""
    return (*(getattr(market, name) for name in TEXTS), market.credit, market.stale_fields)


def check_words(description: Description) -> None:
    """Raises `Refused` for a name that is missing or that would tell what the place is thought to be."""
    if missing(description, ("name",)):
        raise Refused("place_name")
    names = (description.name, description.own_name)
    if any(telling_word(text) for name in names for text in (name.en, name.es)):
        raise Refused("place_telling")
    if description.owner_id is not None and description.owner_id == description.deputy_id:
        raise Refused("place_two_people")


def publish_if_shown(market: Market) -> None:
    """Void the pages that are kept ready, if any of them can be about this place."""
    if is_public(market.released_at, now()):
        publish_edition()


def publish_about(*market_ids: int | None) -> None:
    """Void the pages that are kept ready, if something at one of these places, or at none, can be on them.

    Not for a hidden one: that all pages are made anew in one minute would tell that something is being prepared.
    """
    if any(is_shown(market_id) for market_id in market_ids):
        publish_edition()


def _slug(description: Description) -> str:
    # Never without the tail: that a name is taken would tell that there is a hidden place of that name.
    return slug(description.name.en, random_tail())


@dataclass(frozen=True)
class StatusVerdict:
    """How a place stands, since when, who says so on what evidence, and when it is looked at next."""

    status: Status
    since_on: date
    review_on: date
    decided_by: Bilingual
    evidence: Bilingual


def decide_status(market: Market, verdict: StatusVerdict, member: Member) -> StatusDecision:
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


def admit(market: Market, member: Member, by_id: int | None) -> None:
    """Let somebody know of a place. Only somebody who is admitted can, or an operator (None). Raises `Refused`."""
    inside = admitted(market.id)
    if by_id is not None and by_id not in inside:
        raise NotFound
    if member.left_at is not None or not may_be_admitted(member.roles):
        raise Refused("people_role")
    if member.id in inside:
        return
    session.merge(Admission(market_id=market.id, member_id=member.id, by_id=by_id, admitted_at=now()))
    # An owner who lapsed sits again once admitted.
    note_seats(market)
    record("market.admitted", "market", market.id, by_id)


def send_out(market: Market, member_id: int, by_id: int) -> None:
    """Let somebody know of a place no longer; a key they turned and a seat they had are free. Raises `Refused`."""
    if by_id not in admitted(market.id) or member_id not in {member.id for member in admitted_people(market.id)}:
        raise NotFound
    if is_last_lead(member_id, leads(market.id)):
        raise Refused("people_last_lead")
    drop_key(market, member_id, by_id)
    if market.owner_id == member_id:
        market.owner_id = None
    if market.deputy_id == member_id:
        market.deputy_id = None
    session.execute(delete(Admission).where(Admission.market_id == market.id, Admission.member_id == member_id))
    note_seats(market)
    record("market.sent_out", "market", market.id, by_id)


def leads(market_id: int) -> list[int]:
    """The community leads who are admitted to a place and still here."""
    return [member_id for member_id, roles in key_holders(market_id).items() if Role.COMMUNITY_LEAD in roles]

"""Actions on places: describing them, admitting members, deciding a status, which the community lead alone does."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import delete

from portal.accounts.roles import Role
from portal.accounts.users import Member
from portal.core.audit import record
from portal.core.clock import now, today
from portal.core.db import added, session
from portal.core.i18n import LANGUAGES
from portal.core.page_cache import renew_cache_version
from portal.core.slugs import random_tail
from portal.core.statuses import NotAllowed, NotFound, Refused
from portal.markets import places
from portal.markets.gate import drop_key, keys_turned, note_seats, void_keys
from portal.markets.gate_rules import is_public, telling_word
from portal.markets.places import Admission, Market, StatusDecision, admitted
from portal.markets.status import TEXTS, Status, differ, gaps, may_be_admitted, missing, problems


def begin_market(values: Mapping[str, Any], member_id: int) -> Market:
    """Create a hidden place; its creator is the first member admitted. Raises `Refused`."""
    check_words(values)
    market = Market(slug=random_tail())
    market.take_values(values)
    added(market)
    added(Admission(market_id=market.id, member_id=member_id, by_id=member_id, admitted_at=now()))
    note_seats(market)
    record("market.begun", "market", market.id, member_id)
    return market


def describe_market(market: Market, values: Mapping[str, Any], editor_id: int, *, same: bool = False) -> None:
    """Change the description; changed texts void the keys. Raises `Refused`, also for gaps once a key is turned."""
    check_words(values)
    shown = is_public(market.released_at, now())
    if gaps(values) and (shown or keys_turned(market.id)):
        raise Refused("place_gaps")
    named = {values.get("owner_id"), values.get("deputy_id")} - {None, market.owner_id, market.deputy_id}
    if not named <= admitted(market.id):
        raise Refused("place_people")
    if differ(market.texts, values, TEXTS):
        void_keys(market, editor_id)
    before = market.texts, market.credit, market.stale_fields
    market.take_values(values, same=same)
    note_seats(market)
    record("market.described", "market", market.id, editor_id)
    # Owner, deputy and baseline are not public.
    if (market.texts, market.credit, market.stale_fields) != before:
        publish_about(market.id)


def check_words(values: Mapping[str, Any]) -> None:
    """Raise `Refused` for a missing name, or one that would reveal that the place is thought to be a market."""
    if missing(values, ("name",)):
        raise Refused("place_name")
    if any(telling_word(values[name][lang]) for name in ("name", "own_name") for lang in LANGUAGES):
        raise Refused("place_telling")
    if values.get("owner_id") is not None and values["owner_id"] == values.get("deputy_id"):
        raise Refused("place_two_people")


def publish_about(*market_ids: int | None) -> None:
    """Invalidate the page cache if an object at one of these places, or at none, can be on a page.

    Not for a hidden place: if all pages were rendered again in one minute, an observer could tell that something is
    being prepared.
    """
    if any(places.is_shown(market_id) for market_id in market_ids):
        renew_cache_version()


def decide_status(market: Market, values: Mapping[str, Any], member: Member) -> StatusDecision:
    """Add a decision to the history; an unchanged status is a review and keeps its date. Raises `Refused`."""
    if Role.COMMUNITY_LEAD not in member.roles:
        raise NotAllowed
    if not (values["decided_by"].is_whole and values["evidence"].is_whole):
        raise Refused("status_words")
    since_on, before = values["since_on"] or today(), market.standing
    if keys := problems(history(market), values["status"], since_on, values["review_on"], today()):
        raise Refused(keys[0])
    if before and before.status == values["status"]:
        since_on = before.since_on
    about = {**values, "since_on": since_on, "member_id": member.id, "decided_at": now()}
    decision = StatusDecision(market_id=market.id, **about)
    market.decisions.insert(0, decision)
    session.flush()
    record("market.judged", "market", market.id, member.id)
    publish_about(market.id)
    return decision


def correct_decision(market: Market, decision: StatusDecision, values: Mapping[str, Any], member: Member) -> None:
    """Replace the words of a decision. Raises `Refused`. Where they were public, the page says so from now on."""
    if Role.COMMUNITY_LEAD not in member.roles:
        raise NotAllowed
    words = values["decided_by"], values["evidence"]
    if not all(text.is_whole for text in words):
        raise Refused("status_words")
    if words == (decision.decided_by, decision.evidence):
        return
    decision.decided_by, decision.evidence = words
    if is_public(market.released_at, now()):
        decision.corrected_on = today()
    session.flush()
    record("market.decision_corrected", "market", market.id, member.id)
    publish_about(market.id)


def history(market: Market) -> list[tuple[Status, date]]:
    """Return every decision as (status, since), for the rules, the newest first."""
    return [(decision.status, decision.since_on) for decision in market.decisions]


def admit(market: Market, member: Member, by_id: int | None) -> None:
    """Admit a member to a place. Only an admitted member can, or an operator (`by_id` None). Raises `Refused`."""
    inside = admitted(market.id)
    if by_id is not None and by_id not in inside:
        raise NotFound
    if member.left_at is not None or not may_be_admitted(member.roles):
        raise Refused("people_role")
    if member.id in inside:
        return
    session.merge(Admission(market_id=market.id, member_id=member.id, by_id=by_id, admitted_at=now()))
    # An owner whose seat had lapsed fills it again once admitted.
    note_seats(market)
    record("market.admitted", "market", market.id, by_id)


def end_admission(market: Market, member_id: int, by_id: int) -> None:
    """End a member's admission to a place; their key and their seat there become free. Raises `Refused`."""
    if by_id not in admitted(market.id) or member_id not in {member.id for member in places.admitted_people(market.id)}:
        raise NotFound
    # Somebody must be left who can admit members and decide.
    if set(leads(market.id)) == {member_id}:
        raise Refused("people_last_lead")
    drop_key(market, member_id, by_id)
    market.owner_id = None if market.owner_id == member_id else market.owner_id
    market.deputy_id = None if market.deputy_id == member_id else market.deputy_id
    session.execute(delete(Admission).where(Admission.market_id == market.id, Admission.member_id == member_id))
    note_seats(market)
    record("market.sent_out", "market", market.id, by_id)


def leads(market_id: int) -> list[int]:
    """Return the ids of the active community leads with a valid admission to a place."""
    return [member_id for member_id, roles in places.key_holders(market_id).items() if Role.COMMUNITY_LEAD in roles]

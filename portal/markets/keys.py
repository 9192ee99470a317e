"""How the two keys of a place stand: which are turned, which of them count, and what somebody who looks can do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, not_, or_, select

from portal.accounts.models import Member, RoleHeld
from portal.accounts.queries import member_names
from portal.core.audit import AuditEvent
from portal.core.clock import now, zone
from portal.core.db import session
from portal.markets.models import Admission, KeyTurned, Market
from portal.markets.queries import key_holders, may_be_inside, released
from portal.markets.rules import Key, is_public
from portal.markets.rules.gate import Confirmation, may_confirm, release_moment, still_count

TURNED, TAKEN_BACK = "market.key_turned", "market.key_taken_back"
LAPSED = "market.key_lapsed"
"""The act of the audit log by which a key stopped counting: its holder left, does something else, or was sent out."""
VOIDED = "market.keys_voided"
"""The act of the audit log by which keys were turned back because the texts changed."""


def keys_turned(market_id: int) -> Sequence[KeyTurned]:
    """The confirmations given so far, the earlier first."""
    return session.scalars(
        select(KeyTurned).where(KeyTurned.market_id == market_id).order_by(KeyTurned.turned_at)
    ).all()


def keys_in_force(market: Market) -> list[KeyTurned]:
    """The keys that opened a place; before it is open, those turned by people who still hold them."""
    rows, holders = keys_turned(market.id), key_holders(market.id)
    if is_public(market.released_at, now()):
        return list(rows)
    return [row for row in rows if still_count([Confirmation(row.member_id, row.key)], holders)]


def key_counts() -> ColumnElement[bool]:
    """The condition for a key whose holder still has the role and is still inside; `rules.gate.still_count` in SQL."""
    inside = select(Admission.member_id).where(Admission.market_id == KeyTurned.market_id, may_be_inside())
    held = exists().where(RoleHeld.member_id == KeyTurned.member_id, RoleHeld.role == KeyTurned.key)
    here = exists().where(Member.id == KeyTurned.member_id, Member.left_at.is_(None))
    return and_(held, here, KeyTurned.member_id.in_(inside.correlate(KeyTurned)))


def locked_with_keys(member_id: int | None = None) -> Sequence[Market]:
    """The hidden places at which a member, or anybody, has turned a key; nobody else changes them meanwhile."""
    turned = select(KeyTurned.market_id)
    theirs = turned if member_id is None else turned.where(KeyTurned.member_id == member_id)
    hidden = or_(Market.released_at.is_(None), not_(released()))
    asked = select(Market).where(Market.id.in_(theirs), hidden).order_by(Market.id)
    return session.scalars(asked.with_for_update(of=Market)).all()


@dataclass(frozen=True)
class Gate:
    """How the two keys of a place stand, and what somebody who looks at them can do."""

    turned: Sequence[tuple[KeyTurned, str]]
    """Keys turned by people who still hold them, each with the name of who turned it."""
    waiting: tuple[Key, ...]
    was_voided: bool
    """Keys were turned, and the texts have changed since."""
    has_lapsed: bool
    """A key was turned that counts no longer: whoever turned it left, does something else, or was sent out."""
    is_public: bool
    may_turn: bool
    may_take_back: bool
    hour: datetime | None = None
    """When the place would open if whoever looks turned their key now; None while another key is missing besides."""
    is_early: bool = False
    """That hour would come although the call-in has not ended."""


def gate_of(market: Market, member: Member) -> Gate:
    """The gate of a place as `member` finds it."""
    public = is_public(market.released_at, now())
    # What has opened the gate stays as it was; before that, a key turned by somebody who is gone counts for nothing.
    rows = keys_in_force(market)
    standing = [Confirmation(row.member_id, row.key) for row in rows]
    names = member_names(row.member_id for row in rows)
    may_turn = not public and member.id in key_holders(market.id) and may_confirm(member.id, member.roles, standing)
    sets_hour = may_turn and len(standing) == len(Key) - 1
    return Gate(
        turned=[(row, names.get(row.member_id, "")) for row in rows],
        waiting=tuple(key for key in Key if key not in {one.key for one in standing}),
        was_voided=not standing and _last_act(market.id) == VOIDED,
        has_lapsed=not public and (len(rows) < len(keys_turned(market.id)) or _last_act(market.id) == LAPSED),
        is_public=public,
        may_turn=may_turn,
        may_take_back=not public and member.id in {one.member_id for one in standing},
        hour=release_moment(now().astimezone(zone())) if sets_hour else None,
        is_early=sets_hour and (market.call_in is None or market.call_in.ended_at is None),
    )


def has_lapsed_key(market: Market) -> bool:
    """Whether the last thing that happened at the gate of a hidden place is that a key stopped counting."""
    return not is_public(market.released_at, now()) and _last_act(market.id) == LAPSED


def _last_act(market_id: int) -> str | None:
    """What happened last to the keys of a place."""
    acts = (TURNED, TAKEN_BACK, VOIDED, LAPSED)
    about = (AuditEvent.object_type == "market", AuditEvent.object_id == str(market_id), AuditEvent.action.in_(acts))
    return session.scalar(select(AuditEvent.action).where(*about).order_by(AuditEvent.id.desc()).limit(1))

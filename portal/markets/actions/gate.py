"""The two keys of a place: turning one, taking it back, and what happens at the hour of the release."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete

from portal.accounts.models import Member
from portal.core.audit import record
from portal.core.clock import now, zone
from portal.core.db import db, session
from portal.core.edition import publish_edition
from portal.core.errors import NotFound, Refused
from portal.core.jobs.rows import each_row
from portal.markets.keys import LAPSED, TAKEN_BACK, TURNED, VOIDED, keys_turned, locked_with_keys
from portal.markets.models import KeyTurned, Market
from portal.markets.queries import RELEASED, admitted, just_released, key_holders
from portal.markets.rules import is_public
from portal.markets.rules.gate import Confirmation, is_agreed, key_of, may_confirm, release_moment, still_count
from portal.markets.rules.whole import gaps

ANNOUNCED_WITHIN = timedelta(days=7)


def turn_key(market: Market, member: Member, reason: str) -> None:
    """Confirm that a place be shown; the second key sets the hour. Raises `Refused`. `market` is locked."""
    if member.id not in admitted(market.id):
        raise NotFound
    if is_public(market.released_at, now()):
        raise Refused("gate_open")
    if not reason.strip():
        raise Refused("gate_reason")
    if gaps(market):
        raise Refused("gate_gaps")
    if market.stale_fields:
        raise Refused("gate_older")
    drop_lapsed_keys(market)
    key = key_of(member.roles)
    if key is None or not may_confirm(member.id, member.roles, confirmations(market.id)):
        raise Refused("gate_key")
    session.add(KeyTurned(market_id=market.id, member_id=member.id, key=key, reason=reason.strip(), turned_at=now()))
    session.flush()
    record(TURNED, "market", market.id, member.id)
    if is_agreed(confirmations(market.id)):
        market.released_at = release_moment(now().astimezone(zone()))


def take_key_back(market: Market, member_id: int) -> None:
    """Think again: until the hour has come either can. Raises `Refused`. `market` is locked."""
    if is_public(market.released_at, now()):
        raise Refused("gate_open")
    if not drop_key(market, member_id, member_id, TAKEN_BACK):
        raise Refused("gate_no_key")


def drop_key(market: Market, member_id: int, by_id: int | None, act: str = LAPSED) -> bool:
    """Turn somebody's key back, unless the place is public; says whether they had turned one. `act`: for the log."""
    if is_public(market.released_at, now()):
        return False
    mine = delete(KeyTurned).where(KeyTurned.market_id == market.id, KeyTurned.member_id == member_id)
    if session.execute(mine.returning(KeyTurned.id)).scalar() is None:
        return False
    market.released_at = None
    record(act, "market", market.id, by_id)
    return True


def drop_lapsed_keys(market: Market) -> None:
    """Turn back the keys of people who have left, lost the role or been sent out: they confirm nothing now.

    An hour that was set is off with them: a place is not shown by the word of somebody who could not give it any more.
    """
    counted = standing(market.id)
    for one in confirmations(market.id):
        if one not in counted:
            drop_key(market, one.member_id, None)


def _drop_lapsed_keys_at(market_id: int) -> None:
    for market in locked_with_keys():
        if market.id == market_id:
            drop_lapsed_keys(market)


def drop_keys_of(member_id: int) -> None:
    """Look at the keys that somebody turned: roles, account or password are not what they were."""
    for market in locked_with_keys(member_id):
        drop_lapsed_keys(market)


def void_keys(market: Market, editor_id: int) -> None:
    """What the two confirmed reads otherwise now: both look at it again. Nothing is void once the place is public."""
    if is_public(market.released_at, now()) or not keys_turned(market.id):
        return
    session.execute(delete(KeyTurned).where(KeyTurned.market_id == market.id))
    market.released_at = None
    record(VOIDED, "market", market.id, editor_id)


def confirmations(market_id: int) -> list[Confirmation]:
    """The keys that are turned, for the rules."""
    return [Confirmation(turned.member_id, turned.key) for turned in keys_turned(market_id)]


def standing(market_id: int) -> list[Confirmation]:
    """The keys that count now: turned by people who still hold them."""
    return still_count(confirmations(market_id), key_holders(market_id))


def announce_releases() -> None:
    """A job: note each release whose hour has come, once, and void the pages kept ready from before it.

    Before that it looks at the keys of all that are still hidden, for what was changed past the accounts' own actions.
    """
    with db.work():
        keyed = [market.id for market in locked_with_keys()]
    each_row(keyed, _drop_lapsed_keys_at)
    with db.work():
        released = just_released(now() - ANNOUNCED_WITHIN)
        for market_id in released:
            record(RELEASED, "market", market_id, actor_id=None)
        if released:
            publish_edition()

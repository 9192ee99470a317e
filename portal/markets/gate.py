"""The gate of a place: turning keys, taking them back, voiding lapsed keys, releases, seats and evidence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, String, and_, cast, delete, exists, not_, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from portal.accounts.users import Member, RoleHeld, member_names, standing_changed
from portal.core.audit import AuditEvent, record
from portal.core.clock import now, today, zone
from portal.core.db import added, db, session
from portal.core.jobs.engine import each_row
from portal.core.page_cache import renew_cache_version
from portal.core.slugs import random_tail, slug
from portal.core.statuses import NotFound, Refused
from portal.markets import gate_rules, places
from portal.markets.gate_rules import EvidenceItem, EvidenceState, GateKey, is_public, key_of
from portal.markets.places import RELEASED, Admission, Evidence, KeyTurned, Market, SeatTaken, admitted, released
from portal.markets.status import PlaceSeat, gaps

TURNED, TAKEN_BACK = "market.key_turned", "market.key_taken_back"
LAPSED = "market.key_lapsed"
"""Audit action: a key stopped counting because its holder left, changed role, or was removed from the place."""
VOIDED = "market.keys_voided"
"""Audit action: keys were voided because the texts changed."""


def keys_turned(market_id: int) -> Sequence[KeyTurned]:
    """Return the confirmations given so far, the earlier first."""
    turned = select(KeyTurned).where(KeyTurned.market_id == market_id)
    return session.scalars(turned.order_by(KeyTurned.turned_at)).all()


def keys_in_force(market: Market) -> list[KeyTurned]:
    """Return the keys that opened a public place; before the release, those whose holders still hold them."""
    rows = keys_turned(market.id)
    if is_public(market.released_at, now()):
        return list(rows)
    return gate_rules.still_count(rows, places.key_holders(market.id))


def key_counts() -> ColumnElement[bool]:
    """Return `gate_rules.still_count` in SQL: the holder has admission, and the role, which ends with the account."""
    inside = select(Admission.member_id).where(Admission.market_id == KeyTurned.market_id, places.may_be_inside())
    held = exists().where(RoleHeld.member_id == KeyTurned.member_id, RoleHeld.role == KeyTurned.key)
    return and_(held, KeyTurned.member_id.in_(inside.correlate(KeyTurned)))


def locked_with_keys(member_id: int | None = None) -> Sequence[Market]:
    """Return, locked for update, the hidden places at which any member, or this one, has turned a key."""
    turned = select(KeyTurned.market_id)
    theirs = turned if member_id is None else turned.where(KeyTurned.member_id == member_id)
    hidden = or_(Market.released_at.is_(None), not_(released()))
    markets = select(Market).where(Market.id.in_(theirs), hidden).order_by(Market.id)
    return session.scalars(markets.with_for_update(of=Market)).all()


@dataclass(frozen=True)
class Gate:
    turned: Sequence[tuple[KeyTurned, str]]
    """Keys turned by members who still hold them, each with the member's name."""
    waiting: tuple[GateKey, ...]
    was_voided: bool
    """Keys were turned, and the texts have changed since."""
    has_lapsed: bool
    """A key was turned that no longer counts: its holder left, changed role, or was removed from the place."""
    is_public: bool
    may_turn: bool
    may_take_back: bool
    hour: datetime | None = None
    """When the place would open if this member turned their key now; None while another key is missing besides."""
    is_early: bool = False
    """That hour would come although the call-in has not ended."""


def gate_of(market: Market, member: Member) -> Gate:
    public, rows = is_public(market.released_at, now()), keys_in_force(market)
    names = member_names(row.member_id for row in rows)
    is_inside = member.id in places.key_holders(market.id)
    may_turn = not public and is_inside and gate_rules.may_confirm(member.id, member.roles, rows)
    sets_hour = may_turn and len(rows) == len(GateKey) - 1
    last_act = last_acts([market.id]).get(market.id)
    return Gate(
        turned=[(row, names.get(row.member_id, "")) for row in rows],
        waiting=tuple(key for key in GateKey if key not in {row.key for row in rows}),
        was_voided=not rows and last_act == VOIDED,
        has_lapsed=not public and (len(rows) < len(keys_turned(market.id)) or last_act == LAPSED),
        is_public=public,
        may_turn=may_turn,
        may_take_back=not public and member.id in {row.member_id for row in rows},
        hour=gate_rules.release_moment(now().astimezone(zone())) if sets_hour else None,
        is_early=sets_hour and (market.call_in is None or market.call_in.ended_at is None),
    )


def last_acts(market_ids: Iterable[int]) -> dict[int, str]:
    """Return the audit action of the last act on the keys of each of these places."""
    about = AuditEvent.object_type == "market", AuditEvent.object_id.in_([str(market_id) for market_id in market_ids])
    acts = select(AuditEvent.object_id, AuditEvent.action).where(*about)
    acts = acts.where(AuditEvent.action.in_((TURNED, TAKEN_BACK, VOIDED, LAPSED))).order_by(AuditEvent.id)
    return {int(object_id): action for object_id, action in session.execute(acts)}


ANNOUNCED_WITHIN = timedelta(days=7)


def turn_key(market: Market, member: Member, reason: str) -> None:
    """Confirm the release of a place; the second key sets the hour. Raises `Refused`. `market` is locked."""
    if member.id not in admitted(market.id):
        raise NotFound
    if is_public(market.released_at, now()):
        raise Refused("gate_open")
    if not reason.strip():
        raise Refused("gate_reason")
    if gaps(market.texts):
        raise Refused("gate_gaps")
    if market.stale_fields:
        raise Refused("gate_older")
    drop_lapsed_keys(market)
    key = key_of(member.roles)
    if key is None or not gate_rules.may_confirm(member.id, member.roles, keys_turned(market.id)):
        raise Refused("gate_key")
    added(KeyTurned(market_id=market.id, member_id=member.id, key=key, reason=reason.strip(), turned_at=now()))
    record(TURNED, "market", market.id, member.id)
    if gate_rules.is_agreed(keys_turned(market.id)):
        set_release(market, gate_rules.release_moment(now().astimezone(zone())))


def set_release(market: Market, moment: datetime | None) -> None:
    """Set the hour of the release, or cancel it; only a place that is to be released has its name in its address."""
    market.released_at = moment
    market.slug = slug(market.name.en if moment else "", random_tail())


def take_key_back(market: Market, member_id: int) -> None:
    """Take one's key back, until the hour of release. Raises `Refused`. `market` is locked."""
    if is_public(market.released_at, now()):
        raise Refused("gate_open")
    if not drop_key(market, member_id, by_id=member_id, act=TAKEN_BACK):
        raise Refused("gate_no_key")


def drop_key(market: Market, member_id: int, by_id: int | None, act: str = LAPSED) -> bool:
    """Remove a member's key unless the place is public; return whether there was one. `act`: the audit action."""
    if is_public(market.released_at, now()):
        return False
    theirs = delete(KeyTurned).where(KeyTurned.market_id == market.id, KeyTurned.member_id == member_id)
    if session.execute(theirs.returning(KeyTurned.id)).scalar() is None:
        return False
    set_release(market, None)
    record(act, "market", market.id, by_id)
    return True


def drop_lapsed_keys(market: Market) -> None:
    """Remove keys, and the release hour, of members who left or lost role or admission: they confirm nothing now."""
    counted = keys_in_force(market)
    for row in keys_turned(market.id):
        if row not in counted:
            drop_key(market, row.member_id, None)


def void_keys(market: Market, editor_id: int) -> None:
    """Void the keys of a hidden place because its texts have changed, so that both holders look again."""
    if is_public(market.released_at, now()) or not keys_turned(market.id):
        return
    session.execute(delete(KeyTurned).where(KeyTurned.market_id == market.id))
    set_release(market, None)
    record(VOIDED, "market", market.id, editor_id)


def announce_releases() -> None:
    """Job: record each release whose hour has come, once, and invalidate the page cache.

    Before that it checks the keys of all hidden places, for changes made outside of the actions of `accounts`.
    """

    def check(market_id: int) -> None:
        drop_lapsed_keys(session.get_one(Market, market_id, with_for_update=True))

    with db.work():
        keyed = [market.id for market in locked_with_keys()]
    each_row(keyed, check)
    with db.work():
        logged = select(AuditEvent.object_id).where(AuditEvent.object_type == "market", AuditEvent.action == RELEASED)
        new = select(Market.id).where(released(), Market.released_at > now() - ANNOUNCED_WITHIN)
        market_ids = session.scalars(new.where(cast(Market.id, String).not_in(logged))).all()
        for market_id in market_ids:
            record(RELEASED, "market", market_id, actor_id=None)
        if market_ids:
            renew_cache_version()


NOTED = {EvidenceItem.SPONSOR: PlaceSeat.SPONSOR, EvidenceItem.COMMUNITY_LEAD: PlaceSeat.COMMUNITY_LEAD}
"""Seats whose holders may not be members: the evidence noted about them says since when they are filled."""


def note_seats(market: Market) -> None:
    """Add a `SeatTaken` row for owner and deputy where they differ from the last one."""
    session.flush()
    before = {row.seat: row for row in places.seats_taken(market.id)}
    for seat, (_name, lapse) in places.seats(market).items():
        holder_id = market.owner_id if seat is PlaceSeat.OWNER else market.deputy_id
        member_id, last = None if lapse else holder_id, before.get(seat)
        if member_id != (last.member_id if last else None):
            taken = SeatTaken(market_id=market.id, seat=seat, turn=last.turn + 1 if last else 1, member_id=member_id)
            taken.is_filled, taken.since_on = member_id is not None, today()
            session.add(taken)


def note_evidence(
    market: Market,
    item: EvidenceItem,
    member_id: int,
    *,
    state: EvidenceState,
    said: str,
    done_on: date | None,
    link: str = "",
) -> Evidence:
    """Store a note of evidence in place of the earlier one. Raises `Refused`, as for “done” without words and a day."""
    if member_id not in admitted(market.id):
        raise NotFound
    if state is EvidenceState.DONE and not (said.strip() and done_on):
        raise Refused("evidence_words")
    if done_on is not None and done_on > today():
        raise Refused("evidence_date")
    if link and not link.startswith("https://"):
        raise Refused("evidence_link")
    note = places.evidence(market.id).get(item) or Evidence(market_id=market.id, item=item)
    note.state, note.said, note.link, note.done_on = state, said.strip(), link, done_on
    note.member_id, note.noted_at = member_id, now()
    added(note)
    if seat := NOTED.get(item):
        # A sponsor or a community lead is in place since a day, or no longer in place.
        last = {row.seat: row for row in places.seats_taken(market.id)}.get(seat)
        is_filled, since = state is EvidenceState.DONE, done_on or today()
        was_filled = last is not None and last.is_filled
        # An earlier day corrects the date of the same person; a later one means a new person.
        is_another = is_filled and last is not None and since > last.since_on
        if is_filled != was_filled or is_another:
            taken = SeatTaken(market_id=market.id, seat=seat, turn=last.turn + 1 if last else 1)
            taken.is_filled, taken.since_on = is_filled, since if is_filled else today()
            session.add(taken)
    record("market.evidence_noted", "market", market.id, member_id)
    return note


def deleted_unseen(kind: str) -> str:
    """Return the audit action for erasing an object at a hidden place; the log never shows such events."""
    return f"{kind}.deleted_unseen"


def about_shown(
    kind: str, ids: InstrumentedAttribute[int], market_id: InstrumentedAttribute[int | None]
) -> ColumnElement[bool]:
    """Return the condition for an event about another object type than `kind`, or about an object that may be shown.

    `ids` and `market_id`: the columns of that type's table.
    """
    hidden = select(cast(ids, String)).where(not_(places.may_be_shown(market_id)))
    gone = aliased(AuditEvent)
    erased = select(gone.object_id).where(gone.object_type == kind, gone.action == deleted_unseen(kind))
    shown = and_(AuditEvent.object_id.not_in(hidden), AuditEvent.object_id.not_in(erased))
    return or_(AuditEvent.object_type != kind, shown)


@standing_changed.connect
def look_at_places(member_id: Any) -> None:
    """Check the keys and the seats of a member whose roles, account or password have changed."""
    for market in locked_with_keys(member_id):
        drop_lapsed_keys(market)
    theirs = select(Market).where(or_(Market.owner_id == member_id, Market.deputy_id == member_id))
    for market in session.scalars(theirs.order_by(Market.id)):
        note_seats(market)

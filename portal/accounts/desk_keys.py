"""Keys, seats and recovery phrases of desks, circles included: one active key, and retired keys for earlier texts.

The private half exists only sealed: to each admitted member, and to the printed recovery phrase. Only a member who
holds it can admit a colleague; no administrator can. Restarting a desk that nobody opens any more (`BeginAnew`) takes
more than an account and a role, because an administrator can let themselves into any account: the request waits where
every member with a seat sees it, and needs a member whom colleagues of another desk admitted well before.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import groupby
from typing import NamedTuple

from nacl.public import PrivateKey, PublicKey
from sqlalchemy import ColumnElement, ForeignKey, and_, delete, exists, func, or_, select
from sqlalchemy.orm import Mapped, aliased, mapped_column, relationship

from portal.accounts import users
from portal.accounts.roles import WALLED_OFF, DeskKind
from portal.accounts.users import CIRCLE, Desk, DeskKey, DeskKeyCopy, DeskMember, Member, Removal
from portal.core.audit import record
from portal.core.clock import now
from portal.core.crypto import CannotOpen, WrongPhrase, new_private_key, open_key, recovery_key, seal_key
from portal.core.db import Base, db, once_per_page, random_id, session
from portal.core.i18n import Bilingual
from portal.core.jobs.engine import is_clock_doubted
from portal.core.page_cache import renew_cache_version
from portal.core.statuses import NotAllowed, NotFound, Refused
from portal.core.texted import unaccented
from portal.core.vouched import key_of

# The first four letters distinguish all words of these lists.
ENOUGH = 4


def plain_word(typed: str) -> str:
    """Return the first four letters of a word, without case and accents."""
    return unaccented(typed.strip()).casefold()[:ENOUGH]


WAIT = timedelta(days=7)
"""How long a request waits. Members who look in once a week see it in time."""


def may_agree(
    second: Member, opens: Iterable[tuple[int, datetime]], *, desk_id: int, asked_by_id: int, now: datetime
) -> bool:
    """Return whether a member may be the second person for restarting a desk; `opens`: what they open, since when.

    They have opened another desk for `WAIT`, and no link, which an administrator makes, gave or renewed their account
    within it. Police liaisons and administrators never may: police would help to choose who reads reports about them.
    """
    before = now - WAIT
    if second.id == asked_by_id or not WALLED_OFF.isdisjoint(second.roles):
        return False
    if second.created_at > before or (second.renewed_at is not None and second.renewed_at > before):
        return False
    return any(other != desk_id and since <= before for other, since in opens)


def may_begin(asked_at: datetime, renewed_at: datetime | None, *, agreed: bool, now: datetime) -> bool:
    """Return whether the requester may go on: the wait is over, a second person agreed, the account was not renewed."""
    is_theirs = renewed_at is None or renewed_at < asked_at
    return agreed and is_theirs and now >= asked_at + WAIT


class BeginAnew(Base):
    """A request to give a desk a new first key, as nobody opens its old one; deleted when refused, done or void."""

    __tablename__ = "accounts_begin_anew"

    desk_id: Mapped[int] = mapped_column(ForeignKey("accounts_desk.id", ondelete="CASCADE"), primary_key=True)
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("accounts_member.id", ondelete="CASCADE"))
    asked_at: Mapped[datetime]
    agreed_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts_member.id", ondelete="SET NULL"))

    desk: Mapped[Desk] = relationship()
    asked_by: Mapped[Member] = relationship(foreign_keys=asked_by_id)

    @property
    def takes_effect_at(self) -> datetime:
        return self.asked_at + WAIT

    @property
    def agreed_by(self) -> Member | None:
        """None until a member agrees, and again when that member is no longer entitled to."""
        member = session.get(Member, self.agreed_by_id) if self.agreed_by_id else None
        return member if member is not None and self.may_be_agreed_by(member) else None

    def may_be_agreed_by(self, member: Member) -> bool:
        first = aliased(DeskKey)
        set_up = select(func.min(first.created_at)).where(first.desk_id == Desk.id).scalar_subquery()
        seats = (
            select(Desk.id, DeskMember.since, set_up)
            .join(DeskMember, DeskMember.desk_id == Desk.id)
            .join(DeskKey, DeskKey.desk_id == Desk.id)
            .join(DeskKeyCopy, DeskKeyCopy.desk_key_id == DeskKey.id)
            .where(DeskMember.member_id == member.id, DeskKeyCopy.member_id == member.id)
            .where(DeskKey.retired_at.is_(None), Desk.kind != CIRCLE)
        )
        opens = [(desk_id, max(since, set_up_at)) for desk_id, since, set_up_at in session.execute(seats)]
        return may_agree(member, opens, desk_id=self.desk_id, asked_by_id=self.asked_by_id, now=now())

    def may_be_begun_by(self, member: Member) -> bool:
        """Return whether this member made the request and may carry it out now, by a clock that is not doubted."""
        agreed = self.agreed_by is not None
        is_ready = may_begin(self.asked_at, self.asked_by.renewed_at, agreed=agreed, now=now())
        return member.id == self.asked_by_id and is_ready and not is_clock_doubted()


def had_key(desk_id: int) -> bool:
    """Return whether a desk ever had a key. Restarting such a desk replaces the members who held it."""
    return session.get_one(Desk, desk_id).recovery_public_key is not None


class DeskLock(StrEnum):
    """Why a member cannot open a desk."""

    NEVER_OPENED = "never_opened"
    """It is not set up."""
    NOBODY = "nobody"
    """Only the recovery phrase opens it."""
    COLLEAGUES = "colleagues"
    """Others can, and may admit the member."""
    EXCHANGED = "exchanged"
    """Somebody changed its key, or the member's copy, past the portal."""


class DeskState(NamedTuple):
    """How a desk stands for a member: why it does not open for them, and how many colleagues wait to be admitted."""

    desk: Desk
    lock: DeskLock | None
    waiting: int


def lock_of(desk_id: int, member_id: int) -> DeskLock | None:
    return desk_states(member_id, Desk.id == desk_id)[0].lock


@once_per_page
def desk_states(member_id: int, *conditions: ColumnElement[bool]) -> list[DeskState]:
    """Return how desks stand for a member, by their kinds: those of their seats, or others; in one statement."""
    opens = exists().where(DeskKeyCopy.desk_key_id == DeskKey.id, DeskKeyCopy.member_id == DeskMember.member_id)
    opens = opens.where(DeskKey.desk_id == Desk.id, DeskKey.retired_at.is_(None)).correlate(Desk, DeskMember)
    waiting = select(func.count()).where(DeskMember.desk_id == Desk.id, ~opens).correlate(Desk).scalar_subquery()
    wanted = or_(DeskKey.retired_at.is_(None), DeskKeyCopy.member_id == member_id)
    rows = session.execute(
        select(Desk, waiting, DeskKey, DeskKeyCopy)
        .outerjoin(DeskKey, DeskKey.desk_id == Desk.id)
        .outerjoin(DeskKeyCopy, and_(DeskKeyCopy.desk_key_id == DeskKey.id, wanted))
        .where(*(conditions or [Desk.id.in_(users.seated(member_id))]))
        .order_by(Desk.kind, Desk.id)
    ).all()
    states = []
    for (desk, waits), same in groupby(rows, key=lambda row: (row[0], row[1])):
        pairs = [(key, copy) for _desk, _waits, key, copy in same]
        active = [key for key, _copy in pairs if key and key.retired_at is None]
        able = {copy.member_id for key, copy in pairs if copy and key.retired_at is None}
        own = [copy for _key, copy in pairs if copy and copy.member_id == member_id]
        lock = None
        if not able:
            lock = DeskLock.NEVER_OPENED if desk.recovery_public_key is None else DeskLock.NOBODY
        elif member_id not in able:
            lock = DeskLock.COLLEAGUES
        elif not all(row.is_vouched for row in (active[0], desk, *own)):
            lock = DeskLock.EXCHANGED
        states.append(DeskState(desk, lock, waits))
    return states


def requests() -> Sequence[BeginAnew]:
    return session.scalars(select(BeginAnew).order_by(BeginAnew.asked_at)).all()


NAMES = {
    DeskKind.TRIAGE: Bilingual(en="The desk", es="El equipo de avisos"),
    DeskKind.OVERSIGHT: Bilingual(en="Oversight contact", es="La persona que supervisa a la policía"),
    DeskKind.TEAM: Bilingual(en="The team at the places", es="El equipo de los lugares"),
    DeskKind.POLICE: Bilingual(en="Police liaison", es="Contacto de la policía"),
    DeskKind.OUTREACH: Bilingual(en="Outreach and services", es="Apoyo en la calle y servicios"),
    DeskKind.PROPERTY: Bilingual(en="Property and cleanup", es="Edificios y limpieza"),
    CIRCLE: Bilingual(en="A circle", es="Un círculo"),
}


def desk_of_kind(kind: str) -> Desk:
    """Return the desk of a kind, creating it on first use."""
    return session.scalar(select(Desk).where(Desk.kind == kind)) or new_desk(kind)


def new_desk(kind: str) -> Desk:
    """Create a desk. It has no key until a member sets it up."""
    desk = Desk(id=random_id(), kind=kind, name=NAMES[kind])
    desk.vouch()
    session.add(desk)
    session.flush()
    return desk


def erase_keys(desk_ids: Sequence[int]) -> None:
    """Erase the seats and keys of desks that are about to be deleted because their circles are gone."""
    keys = select(DeskKey.id).where(DeskKey.desk_id.in_(desk_ids))
    session.execute(delete(DeskKeyCopy).where(DeskKeyCopy.desk_key_id.in_(keys)))
    session.execute(delete(DeskKey).where(DeskKey.desk_id.in_(desk_ids)))
    session.execute(delete(DeskMember).where(DeskMember.desk_id.in_(desk_ids)))


def give_seat(desk: Desk, member_id: int, by_id: int | None) -> None:
    """Give a member a seat. They can open nothing until a colleague admits them."""
    if not has_seat(desk.id, member_id):
        session.add(DeskMember(desk_id=desk.id, member_id=member_id, since=now()))
        session.flush()
        record("desk.seat_given", "member", member_id, by_id)


def has_seat(desk_id: int, member_id: int) -> bool:
    return session.get(DeskMember, (desk_id, member_id)) is not None


def set_up_desk(desk: Desk, member: Member, recovery: PublicKey) -> None:
    """Make the first key, or restart a desk that no member can open; raises as `require_may_set_up` does."""
    _lock(desk)
    _require_seat(desk, member.id)
    is_anew = desk.recovery_public_key is not None
    require_may_set_up(desk, member)
    _require_vouched(desk)
    _retire(desk)
    desk.recovery_public_key = bytes(recovery)
    desk.vouch()
    _new_key(desk, [member])
    session.execute(delete(BeginAnew).where(BeginAnew.desk_id == desk.id))
    record("desk.begun_anew" if is_anew else "desk.set_up", "desk", desk.id, member.id)


def require_may_set_up(desk: Desk, member: Member) -> None:
    """Raise Refused("desk_is_open", "desk_waits" or "circle_is_locked") unless this member may make a first key now."""
    if users.holders(desk.id):
        raise Refused("desk_is_open")
    if desk.recovery_public_key is None:
        return
    if desk.kind == CIRCLE:
        raise Refused("circle_is_locked")
    request = session.get(BeginAnew, desk.id)
    # Once there was a key, a seat is not enough: an administrator could remove the members and take a seat.
    if request is None or not request.may_be_begun_by(member):
        raise Refused("desk_waits")


def require_holder(desk: Desk, member: Member) -> None:
    """Raise NotAllowed unless this member holds a copy of the desk's active key."""
    if member.id not in {holder.id for holder in users.holders(desk.id)}:
        raise NotAllowed


def replace_recovery(desk: Desk, member: Member, private_key: PrivateKey, recovery: PublicKey) -> None:
    """Seal every key that `member` holds to a new phrase; the old printed phrase opens none of them any more."""
    _lock(desk)
    # Not who opens only retired keys, as with an old paper: later keys would be sealed to their phrase.
    require_holder(desk, member)
    held = _keys_held(desk, member.id, private_key)
    _require_vouched(desk)
    desk.recovery_public_key = bytes(recovery)
    desk.vouch()
    for key, private in held:
        key.recovery_copy = seal_key(private, recovery)
    record("desk.phrase_replaced", "desk", desk.id, member.id)


def admit(desk: Desk, newcomer: Member, by: Member, by_private_key: PrivateKey) -> None:
    """Seal every key that `by` holds to a colleague. Raises NotAllowed if that is none, NotFound without a seat."""
    _lock(desk)
    if not has_seat(desk.id, newcomer.id):
        raise NotFound
    for key, private in _keys_held(desk, by.id, by_private_key):
        _give_copy(key, private, newcomer)
    session.flush()
    record("desk.member_admitted", "member", newcomer.id, by.id)


def open_with_phrase(desk: Desk, member: Member, phrase: str) -> None:
    """Give a seated member copies of every key that the printed phrase opens. Raises WrongPhrase."""
    _lock(desk)
    _require_seat(desk, member.id)
    private = recovery_key(phrase)
    opened: list[tuple[DeskKey, PrivateKey]] = []
    for key in _keys(desk):
        with suppress(CannotOpen):
            opened.append((key, open_key(key.recovery_copy, private)))
    is_present_phrase = bytes(private.public_key) == desk.recovery_public_key
    if not opened and not is_present_phrase:
        raise WrongPhrase
    for key, desk_private in opened:
        _give_copy(key, desk_private, member)
    session.flush()
    if is_present_phrase and all(key.retired_at for key in _keys(desk)):
        _new_key(desk, [member])
    if is_present_phrase:
        session.execute(delete(BeginAnew).where(BeginAnew.desk_id == desk.id))
    record("desk.opened_with_phrase", "desk", desk.id, member.id)


def take_seat(desk: Desk, member_id: int, by_id: int | None, *, even_last: bool = False) -> None:
    """Remove a seat with its key copies, and change the key. Raises Refused("last_at_desk"); `even_last` closes it."""
    _lock(desk)
    staying = [holder for holder in users.holders(desk.id) if holder.id != member_id]
    held_key = len(staying) < len(users.holders(desk.id))
    if held_key and not staying and not even_last:
        raise Refused("last_at_desk")
    keys = select(DeskKey.id).where(DeskKey.desk_id == desk.id)
    session.execute(delete(DeskKeyCopy).where(DeskKeyCopy.member_id == member_id, DeskKeyCopy.desk_key_id.in_(keys)))
    session.execute(delete(DeskMember).where(DeskMember.desk_id == desk.id, DeskMember.member_id == member_id))
    session.execute(delete(BeginAnew).where(BeginAnew.asked_by_id == member_id, BeginAnew.desk_id == desk.id))
    record("desk.seat_taken", "member", member_id, by_id)
    # A member who was never admitted has seen no key, so the key need not change.
    if held_key:
        change_key(desk, staying, by_id)
    if held_key and not staying and desk.kind != CIRCLE:
        users.desks_touched.send(member_id)


def change_key(desk: Desk, members: Sequence[Member], by_id: int | None) -> None:
    """Give the desk a new key, sealed to these members; without any it is closed."""
    held = [str(key.id) for key in _keys(desk) if key.retired_at is None]
    # Whose own key was exchanged gets none, and a desk that was exchanged is closed: nobody's leaving waits for that.
    able = [member for member in members if member.is_vouched and desk.is_vouched]
    _retire(desk)
    if not able:
        record("desk.closed", "desk", desk.id, by_id)
        return
    key, private = _new_key(desk, able)
    # Who held the previous key and can still be restored gets a copy, too.
    for removal in session.scalars(select(Removal)).all():
        removed = session.get_one(Member, removal.member_id)
        if not removal.copies.keys().isdisjoint(held) and removed.is_vouched:
            sealed = seal_key(private, key_of(removed))
            removal.copies = {**removal.copies, str(key.id): b64encode(sealed).decode()}
    session.flush()
    record("desk.key_changed", "desk", desk.id, by_id)


def give_back_copies(member_id: int, copies: Mapping[str, str]) -> None:
    """Restore set-aside key copies for the seats a member has again, and reopen desks that closed when they left."""
    for key_id, copy in copies.items():
        key = session.get(DeskKey, int(key_id))
        if key is None or not has_seat(key.desk_id, member_id):
            continue
        _add_copy(key.id, member_id, b64decode(copy))
        desk = session.get_one(Desk, key.desk_id)
        _lock(desk)
        if key is _keys(desk)[-1] and key.is_vouched:
            key.retired_at = None
            key.vouch()
            renew_cache_version()
    session.flush()


def _lock(desk: Desk) -> None:
    # On PostgreSQL an admission must not miss the key that a concurrent removal is creating.
    session.execute(select(Desk.id).where(Desk.id == desk.id).with_for_update())


def _require_vouched(desk: Desk) -> None:
    if not desk.is_vouched:
        raise Refused("not_vouched")


def _require_seat(desk: Desk, member_id: int) -> None:
    if not has_seat(desk.id, member_id):
        raise NotAllowed


def _keys(desk: Desk) -> list[DeskKey]:
    return list(session.scalars(select(DeskKey).where(DeskKey.desk_id == desk.id).order_by(DeskKey.created_at)))


def _keys_held(desk: Desk, member_id: int, private_key: PrivateKey) -> list[tuple[DeskKey, PrivateKey]]:
    _require_seat(desk, member_id)
    privates = users.desk_private_keys(member_id, private_key)
    held = [(key, privates[key.id]) for key in _keys(desk) if key.id in privates]
    if not held:
        raise NotAllowed
    return held


def _new_key(desk: Desk, members: Sequence[Member]) -> tuple[DeskKey, PrivateKey]:
    if desk.recovery_public_key is None:
        raise Refused("desk_without_phrase")
    _require_vouched(desk)
    private = new_private_key()
    key = DeskKey(id=random_id(), desk_id=desk.id, created_at=now(), public_key=bytes(private.public_key))
    key.vouch()
    key.recovery_copy = seal_key(private, PublicKey(desk.recovery_public_key))
    session.add(key)
    session.flush()
    for member in members:
        _give_copy(key, private, member)
    session.flush()
    if desk.kind != CIRCLE:
        users.key_for_texts(desk.kind)
        renew_cache_version()
    return key, private


def _give_copy(key: DeskKey, private: PrivateKey, member: Member) -> None:
    session.execute(delete(DeskKeyCopy).where(DeskKeyCopy.desk_key_id == key.id, DeskKeyCopy.member_id == member.id))
    _add_copy(key.id, member.id, seal_key(private, key_of(member)))


def _add_copy(key_id: int, member_id: int, sealed: bytes) -> None:
    copy = DeskKeyCopy(id=random_id(), desk_key_id=key_id, member_id=member_id, sealed_private_key=sealed)
    copy.vouch()
    session.add(copy)


def _retire(desk: Desk) -> None:
    for key in _keys(desk):
        if key.retired_at is None:
            is_true, key.retired_at = key.is_vouched, now()
            if is_true:
                key.vouch()
    session.flush()
    # The form for reports offers what an open desk takes.
    renew_cache_version()


def ask(desk: Desk, member: Member) -> None:
    """Request to restart a desk. Raises NotAllowed, or Refused("circle_is_locked", "desk_is_open" or "anew_asked")."""
    if desk.kind == CIRCLE:
        raise Refused("circle_is_locked")
    if not has_seat(desk.id, member.id) or desk.recovery_public_key is None:
        raise NotAllowed
    if users.holders(desk.id):
        raise Refused("desk_is_open")
    if not db.insert_new(BeginAnew, desk_id=desk.id, asked_by_id=member.id, asked_at=now(), agreed_by_id=None):
        raise Refused("anew_asked")
    record("desk.anew_asked", "desk", desk.id, member.id)
    users.desks_touched.send(None)


def agree(request: BeginAnew, member: Member) -> None:
    """Agree to a request as the second person. Raises NotAllowed unless `may_agree` allows it."""
    if not request.may_be_agreed_by(member):
        raise NotAllowed
    request.agreed_by_id = member.id
    session.flush()
    record("desk.anew_agreed", "desk", request.desk_id, member.id)


def refuse(request: BeginAnew, member: Member) -> None:
    """Delete a request: any member with a seat at a desk may, the requester included. Raises NotAllowed."""
    if not users.desks_of(member.id):
        raise NotAllowed
    session.delete(request)
    session.flush()
    record("desk.anew_refused", "desk", request.desk_id, member.id)
    users.desks_touched.send(None)

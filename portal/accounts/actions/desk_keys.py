"""The keys of a desk: made, handed to colleagues, taken back when somebody leaves.

A desk, which may be a circle's, has one active key that texts are sealed to, and earlier ones for earlier texts.
Its private half exists only sealed: to each member who was admitted, and to the printed recovery phrase. So only
somebody who already holds it can admit a colleague, and no administrator can.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence

from nacl.public import PrivateKey, PublicKey
from sqlalchemy import delete, select

from portal.accounts import anew
from portal.accounts.models import CIRCLE, Desk, DeskKey, DeskKeyCopy, DeskMember, Member, Removal
from portal.accounts.queries import desk_private_keys, holders
from portal.accounts.rules.roles import DeskKind
from portal.accounts.signals import desks_touched
from portal.core.audit import record
from portal.core.clock import now
from portal.core.crypto import CannotOpen, new_private_key, open_key, seal_key
from portal.core.db import random_id, session
from portal.core.errors import NotAllowed, NotFound, Refused
from portal.core.i18n import Bilingual
from portal.core.phrases import WrongPhrase, recovery_key

NAMES = {
    DeskKind.TRIAGE: Bilingual(en="The desk", es="El equipo de avisos"),
    DeskKind.OVERSIGHT: Bilingual(en="Oversight contact", es="La persona que supervisa a la policía"),
    DeskKind.TEAM: Bilingual(en="The team at the places", es="El equipo de los lugares"),
    DeskKind.POLICE: Bilingual(en="Police liaison", es="Enlace de la policía"),
    DeskKind.OUTREACH: Bilingual(en="Outreach and services", es="Apoyo en la calle y servicios"),
    CIRCLE: Bilingual(en="A circle", es="Un círculo"),
}


def desk_of_kind(kind: str) -> Desk:
    """The desk of a kind, made when it is first needed; it has no key before a member sets it up."""
    desk = session.scalar(select(Desk).where(Desk.kind == kind))
    if desk is None:
        desk = Desk(id=random_id(), kind=kind, name=NAMES[kind])
        session.add(desk)
        session.flush()
    return desk


def new_circle_desk() -> Desk:
    """A desk for one more circle; like any other it has no key before a member sets it up."""
    desk = Desk(id=random_id(), kind=CIRCLE, name=NAMES[CIRCLE])
    session.add(desk)
    session.flush()
    return desk


def erase_keys(desk_ids: Sequence[int]) -> None:
    """Erase the seats and keys of desks that are about to be erased, of circles that are gone."""
    keys = select(DeskKey.id).where(DeskKey.desk_id.in_(desk_ids))
    session.execute(delete(DeskKeyCopy).where(DeskKeyCopy.desk_key_id.in_(keys)))
    session.execute(delete(DeskKey).where(DeskKey.desk_id.in_(desk_ids)))
    session.execute(delete(DeskMember).where(DeskMember.desk_id.in_(desk_ids)))


def give_seat(desk: Desk, member_id: int, by_id: int | None) -> None:
    """Seat a member, who can open nothing before a colleague admits them."""
    if session.get(DeskMember, (desk.id, member_id)) is None:
        session.add(DeskMember(desk_id=desk.id, member_id=member_id, since=now()))
        session.flush()
        record("desk.seat_given", "member", member_id, by_id)


def has_seat(desk_id: int, member_id: int) -> bool:
    """Whether a member has a seat at a desk, admitted or waiting."""
    return session.get(DeskMember, (desk_id, member_id)) is not None


def set_up_desk(desk: Desk, member: Member, recovery: PublicKey) -> None:
    """Make the desk's first key, or begin anew when nobody can open the present one and a request was agreed to.

    Raises Refused("desk_is_open") while somebody holds the key: then they admit, or use the phrase; "desk_waits"
    or "circle_is_locked" when only the phrase opens it.
    """
    _lock(desk)
    _require_seat(desk, member.id)
    is_anew = anew.had_key(desk.id)
    require_may_set_up(desk, member)
    _retire(desk)
    desk.recovery_public_key = bytes(recovery)
    _new_key(desk, [member])
    anew.forget_request(desk.id)
    record("desk.begun_anew" if is_anew else "desk.set_up", "desk", desk.id, member.id)


def require_may_set_up(desk: Desk, member: Member) -> None:
    """Raise Refused("desk_is_open", "desk_waits" or "circle_is_locked") unless this member may make a first key now.

    A desk that ever had a key takes more than a seat: whoever gives out accounts could otherwise empty it and sit down.
    """
    if holders(desk.id):
        raise Refused("desk_is_open")
    if not anew.had_key(desk.id):
        return
    if desk.kind == CIRCLE:
        raise Refused("circle_is_locked")
    request = anew.request_for(desk.id)
    if request is None or not request.may_be_begun_by(member):
        raise Refused("desk_waits")


def require_holder(desk: Desk, member: Member) -> None:
    """Raise NotAllowed unless this member can open what comes in now."""
    if member.id not in {holder.id for holder in holders(desk.id)}:
        raise NotAllowed


def replace_recovery(desk: Desk, member: Member, private_key: PrivateKey, recovery: PublicKey) -> None:
    """Seal every key that `member` holds to a new phrase; the old paper opens none of them any more.

    Raises NotAllowed for who opens only what is old, say with an old paper: later keys would be sealed to their phrase.
    """
    _lock(desk)
    require_holder(desk, member)
    held = _keys_held(desk, member.id, private_key)
    desk.recovery_public_key = bytes(recovery)
    for key, private in held:
        key.recovery_copy = seal_key(private, recovery)
    record("desk.phrase_replaced", "desk", desk.id, member.id)


def admit(desk: Desk, newcomer: Member, by: Member, by_private_key: PrivateKey) -> None:
    """Seal every key that `by` holds, earlier ones too, to a colleague who has a seat.

    Raises NotAllowed when `by` holds none, NotFound when the newcomer has no seat.
    """
    _lock(desk)
    if session.get(DeskMember, (desk.id, newcomer.id)) is None:
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
    opened = [(key, found) for key in _keys(desk) if (found := _recovered(key, private))]
    is_present_phrase = bytes(private.public_key) == desk.recovery_public_key
    if not opened and not is_present_phrase:
        raise WrongPhrase
    for key, found in opened:
        _give_copy(key, found, member)
    session.flush()
    if is_present_phrase and all(key.retired_at for key in _keys(desk)):
        _new_key(desk, [member])
    if is_present_phrase:
        anew.forget_request(desk.id)
    record("desk.opened_with_phrase", "desk", desk.id, member.id)


def take_seat(desk: Desk, member_id: int, by_id: int | None, *, even_last: bool = False) -> None:
    """Take a seat and every copy of the desk's keys away, and give the desk a new key without the one who leaves.

    The last one who can open the desk leaves only if `even_last`: the desk is then closed and takes no reports.
    Raises Refused("last_at_desk").
    """
    _lock(desk)
    staying = [holder for holder in holders(desk.id) if holder.id != member_id]
    held_key = len(staying) < len(holders(desk.id))
    if held_key and not staying and not even_last:
        raise Refused("last_at_desk")
    _forget_copies(member_id, desk)
    session.execute(delete(DeskMember).where(DeskMember.desk_id == desk.id, DeskMember.member_id == member_id))
    anew.forget_requests_of(member_id, desk.id)
    record("desk.seat_taken", "member", member_id, by_id)
    # Who was never admitted has seen no key, so the desk keeps it.
    if held_key and staying:
        change_key(desk, staying, by_id)
    elif held_key:
        _retire(desk)
        record("desk.closed", "desk", desk.id, by_id)
        if desk.kind != CIRCLE:
            desks_touched.send(member_id)


def change_key(desk: Desk, members: Sequence[Member], by_id: int | None) -> None:
    """Give the desk a new key, sealed to these members.

    A copy is set aside for whoever held the key before and can still be brought back.
    """
    held = [str(key.id) for key in _keys(desk) if key.retired_at is None]
    _retire(desk)
    key, private = _new_key(desk, members)
    for removal in session.scalars(select(Removal)).all():
        if removal.copies.keys() & set(held):
            sealed = seal_key(private, PublicKey(session.get_one(Member, removal.member_id).public_key))
            removal.copies = {**removal.copies, str(key.id): b64encode(sealed).decode()}
    session.flush()
    record("desk.key_changed", "desk", desk.id, by_id)


def forget_copies(member_id: int) -> None:
    """Delete every desk key of a member whose own key is lost.

    The desks keep their keys: with the password the member's private key is gone, and the copies with this, so
    nothing is left that could open them. Nobody leaves; a colleague admits the member again.
    """
    session.execute(delete(DeskKeyCopy).where(DeskKeyCopy.member_id == member_id))


def copies_of(member_id: int) -> dict[str, str]:
    """A member's copies of keys, in base 64 by the id of the key, to set aside."""
    theirs = session.scalars(select(DeskKeyCopy).where(DeskKeyCopy.member_id == member_id))
    return {str(copy.desk_key_id): b64encode(copy.sealed_private_key).decode() for copy in theirs}


def give_back_copies(member_id: int, copies: Mapping[str, str]) -> None:
    """Give a member who has their seats again what was set aside, and open desks that closed when they went."""
    for key_id, copy in copies.items():
        key = session.get(DeskKey, int(key_id))
        if key is None or not has_seat(key.desk_id, member_id):
            continue
        session.add(DeskKeyCopy(desk_key_id=key.id, member_id=member_id, sealed_private_key=b64decode(copy)))
        desk = session.get_one(Desk, key.desk_id)
        _lock(desk)
        if key is _keys(desk)[-1]:
            key.retired_at = None
    session.flush()


def _lock(desk: Desk) -> None:
    # On PostgreSQL an admission must not overlook the key that a removal is just making.
    session.execute(select(Desk.id).where(Desk.id == desk.id).with_for_update())


def _require_seat(desk: Desk, member_id: int) -> None:
    if session.get(DeskMember, (desk.id, member_id)) is None:
        raise NotAllowed


def _keys(desk: Desk) -> list[DeskKey]:
    return list(session.scalars(select(DeskKey).where(DeskKey.desk_id == desk.id).order_by(DeskKey.created_at)))


def _keys_held(desk: Desk, member_id: int, private_key: PrivateKey) -> list[tuple[DeskKey, PrivateKey]]:
    _require_seat(desk, member_id)
    privates = desk_private_keys(member_id, private_key)
    held = [(key, privates[key.id]) for key in _keys(desk) if key.id in privates]
    if not held:
        raise NotAllowed
    return held


def _recovered(key: DeskKey, private: PrivateKey) -> PrivateKey | None:
    try:
        return open_key(key.recovery_copy, private)
    except CannotOpen:
        return None


def _new_key(desk: Desk, members: Sequence[Member]) -> tuple[DeskKey, PrivateKey]:
    if desk.recovery_public_key is None:
        raise Refused("desk_without_phrase")
    private = new_private_key()
    recovery = PublicKey(desk.recovery_public_key)
    key = DeskKey(id=random_id(), desk_id=desk.id, created_at=now())
    key.public_key = bytes(private.public_key)
    key.recovery_copy = seal_key(private, recovery)
    session.add(key)
    session.flush()
    for member in members:
        _give_copy(key, private, member)
    session.flush()
    return key, private


def _give_copy(key: DeskKey, private: PrivateKey, member: Member) -> None:
    session.execute(delete(DeskKeyCopy).where(DeskKeyCopy.desk_key_id == key.id, DeskKeyCopy.member_id == member.id))
    sealed = seal_key(private, PublicKey(member.public_key))
    session.add(DeskKeyCopy(desk_key_id=key.id, member_id=member.id, sealed_private_key=sealed))


def _retire(desk: Desk) -> None:
    for key in _keys(desk):
        key.retired_at = key.retired_at or now()
    session.flush()


def _forget_copies(member_id: int, desk: Desk) -> None:
    keys = [key.id for key in _keys(desk)]
    theirs = delete(DeskKeyCopy).where(DeskKeyCopy.member_id == member_id, DeskKeyCopy.desk_key_id.in_(keys))
    session.execute(theirs)

"""What is locked for single persons: suggestions of the public, the facilitator's notes, names for the evening.

Not the circle's key: everybody in the circle holds that one, police too. Each is sealed to the own keys of those who
may read it, so that a leak of the circle's key opens none of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date, timedelta

from flask import current_app
from nacl.public import PrivateKey, PublicKey
from sqlalchemy import ColumnElement, delete

from portal.accounts.models import Member
from portal.core.clock import today
from portal.core.crypto import CannotOpen, keyed_hash, seal, site_key, unseal
from portal.core.db import random_id, session
from portal.core.errors import NotFound, Refused
from portal.partners.reconciliation.actions.sittings import require_open
from portal.partners.reconciliation.models import Locked, LockedKey, Sitting, Theme
from portal.partners.reconciliation.queries.sittings import Part, arrangers
from portal.partners.reconciliation.rules import SUGGESTIONS_KEPT, Envelope, monday
from portal.partners.sealing import Words


def suggest(sitting: Sitting, words: Words, nonce: bytes) -> None:
    """Keep what somebody of the public suggests: for the facilitator alone, with the week and nothing else.

    Raises NotFound when nobody could read it. The same form sent twice is kept once.
    """
    facilitator = session.get(Member, sitting.facilitator_id)
    if facilitator is None or facilitator.left_at is not None:
        raise NotFound
    row_id = _id_from(nonce)
    if session.get(Locked, row_id) is None:
        row = Locked(id=row_id, kind=Envelope.SUGGESTION.value, week_on=monday(today()))
        row.expires_on = sitting.held_on + SUGGESTIONS_KEPT
        _lock(row, sitting, words, [facilitator])


def write_note(part: Part, words: Words, days: int) -> None:
    """Keep a note that only whoever writes it can open, for so many days."""
    require_open(part.seat.circle)
    row = Locked(id=random_id(), kind=Envelope.NOTE.value, expires_on=today() + timedelta(days=days))
    _lock(row, part.sitting, words, [part.seat.member])


def keep_names(part: Part, words: Words, days: int) -> date:
    """Keep names for rides and name tags until so many days after the session, in place of earlier ones.

    Only those who arrange the evening can open them. Returns the last day.
    """
    return _keep_names(part, words, days, guests_of=None)


def keep_guests(part: Part, words: Words, days: int) -> date:
    """Keep the names of one contact's own guests, in place of earlier ones, for the contact and who arranges.

    Raises Refused("guests_over").
    """
    if part.sitting.is_past:
        raise Refused("guests_over")
    return _keep_names(part, words, days, guests_of=part.seat.member)


def forget_names(part: Part) -> None:
    """Erase all names of a session now, those of guests too."""
    session.execute(delete(Locked).where(*_names(part)))


def forget_guests(part: Part) -> None:
    """Erase the names of one's own guests now."""
    session.execute(delete(Locked).where(*_names(part), Locked.guests_of_id == part.seat.member.id))


def _keep_names(part: Part, words: Words, days: int, *, guests_of: Member | None) -> date:
    require_open(part.seat.circle)
    whose = guests_of.id if guests_of else None
    session.execute(delete(Locked).where(*_names(part), Locked.guests_of_id.is_not_distinct_from(whose)))
    last = max(part.sitting.held_on, today()) + timedelta(days=days)
    row = Locked(id=random_id(), kind=Envelope.NAMES.value, expires_on=last, guests_of_id=whose)
    readers = [one.member for one in arrangers(part.seat.circle)]
    # How long they stay is asked again each time, and must not get shorter by itself.
    words = {**words, "days": str(days)}
    _lock(row, part.sitting, words, [*readers, guests_of] if guests_of else readers)
    return last


def _names(part: Part) -> tuple[ColumnElement[bool], ...]:
    return Locked.session_id == part.sitting.id, Locked.kind == Envelope.NAMES.value


def group(rows: Iterable[Locked], theme: Theme | None) -> None:
    """Put suggestions under a theme, or under none."""
    for row in rows:
        row.theme_id = theme.id if theme else None
    session.flush()


def erase(rows: Iterable[Locked]) -> None:
    """Erase them for good."""
    for row in rows:
        session.delete(row)
    session.flush()


def open_locked(row: Locked, member_id: int, private_key: PrivateKey) -> Words | None:
    """The words of something locked; None when this key does not open it."""
    mine = next((key for key in row.keys if key.member_id == member_id), None)
    if mine is None:
        return None
    try:
        words: Words = json.loads(unseal(row.box, mine.sealed_key, private_key))
    except CannotOpen:
        return None
    return words


def _lock(row: Locked, sitting: Sitting, words: Words, readers: list[Member]) -> None:
    text = json.dumps(dict(words), ensure_ascii=False).encode()
    sealed = seal(text, [PublicKey(one.public_key) for one in readers])
    row.session_id, row.box = sitting.id, sealed.box
    row.keys = [LockedKey(member_id=one.id, sealed_key=key) for one, key in zip(readers, sealed.keys, strict=True)]
    session.add(row)
    session.flush()


def _id_from(nonce: bytes) -> int:
    """An id that only the same form has again, and that tells nothing of it."""
    secret = current_app.extensions["settings"].secret
    return int(keyed_hash(site_key(secret, "suggestions"), nonce.hex())[:15], 16) + 1

"""A message is sealed and added to its thread."""

from __future__ import annotations

from typing import Any, Literal

from nacl.public import PublicKey
from sqlalchemy import select

from portal.accounts.models import DeskKey
from portal.core.clock import today
from portal.core.crypto import Sealed, seal
from portal.core.db import db, random_id, session
from portal.core.errors import Refused
from portal.reports.models import Message, Thread
from portal.reports.rules.words import Words

Author = Literal["resident", "desk"]
Kind = Literal["words", "picture"]


def append(
    thread: Thread,
    content: Words | bytes,
    author: Author,
    public: PublicKey,
    *,
    kind: Kind = "words",
    member_id: int | None = None,
    message_id: int | None = None,
) -> None:
    """Seal `content` to the desk and to the thread, and add it."""
    key = _desk_key(thread)
    content = content.to_bytes() if isinstance(content, Words) else content
    sealed = seal(content, [PublicKey(key.public_key), public])
    message = Message(
        id=message_id or random_id(),
        thread_id=thread.id,
        position=thread.length,
        author=author,
        kind=kind,
        member_id=member_id,
        **_columns(sealed, key.id),
    )
    session.add(message)
    # Also raises the thread's version: of two people who write at once the second is told.
    thread.length += 1


def keep_first(thread_id: int, sealed: Sealed, desk_key_id: int) -> None:
    """Write down the words that a thread begins with, sealed to a desk's key and to the thread, in this order."""
    columns = _columns(sealed, desk_key_id)
    db.insert(Message, id=random_id(), thread_id=thread_id, position=0, author="resident", **columns)


def _columns(sealed: Sealed, desk_key_id: int) -> dict[str, Any]:
    return {
        "written_on": today(),
        "box": sealed.box,
        "desk_key_id": desk_key_id,
        "key_for_desk": sealed.keys[0],
        "key_for_thread": sealed.keys[1],
    }


def _desk_key(thread: Thread) -> DeskKey:
    found = session.scalar(select(DeskKey).where(DeskKey.desk_id == thread.desk_id, DeskKey.retired_at.is_(None)))
    if found is None:
        raise Refused("closed")
    return found

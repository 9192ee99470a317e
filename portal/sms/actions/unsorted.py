"""Texts of which nobody knows yet what they are: sealed until their sender says so, or until a person reads them."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, select, update

from portal.core.clock import now
from portal.core.db import db, random_id, session
from portal.core.jobs.outbox import cipher
from portal.sms.models import Unsorted
from portal.sms.senders import Purpose, sender_hash

ANSWER_WITHIN = timedelta(hours=2)


def wait_for_answer(number: str, words: str, language: str, *, cancels: bool = False) -> None:
    """Keep a text until its sender has said what it is; more of one phone are one."""
    row = unsorted_of(number)
    if row is None:
        row = Unsorted(id=random_id(), sender_hash=sender_hash(Purpose.TALK, number))
        session.add(row)
    row.number, row.language, row.cancels = cipher().encrypt(number), language, cancels
    row.body = cipher().encrypt(words)
    row.expires_at = now() + ANSWER_WITHIN
    session.flush()


def unsorted_of(number: str) -> Unsorted | None:
    """What waits for a word of this phone."""
    return session.scalar(select(Unsorted).where(Unsorted.sender_hash == sender_hash(Purpose.TALK, number)))


def words_of(row: Unsorted) -> str:
    """The words that wait."""
    return cipher().decrypt(row.body)


def drop(row: Unsorted) -> None:
    """It is clear now what was meant."""
    session.delete(row)
    session.flush()
    db.after_commit(db.forget_journal)


def forget_sender(number: str) -> None:
    """The number is to be erased: what was written still reaches a person, who cannot answer it then."""
    mine = Unsorted.sender_hash == sender_hash(Purpose.TALK, number)
    session.execute(delete(Unsorted).where(mine, Unsorted.cancels))
    session.execute(update(Unsorted).where(mine).values(number=None))

"""The record of consent to reminders: when, how, in which exact words it was asked, and that it was they who agreed."""

from __future__ import annotations

from functools import cache
from hashlib import blake2b

from sqlalchemy import Executable
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from portal.core.clock import today
from portal.core.db import db, session, table
from portal.meetings.rsvp.models import Rsvp, Wording
from portal.meetings.rsvp.rules.answers import Agreed


def agree(rsvp: Rsvp, how: Agreed, words: str) -> None:
    """Somebody gave a number or an address after they had read these words, in the language of the answer."""
    version = blake2b(words.encode(), digest_size=8).hexdigest()
    db.run(_keeping(session.get_bind().dialect.name), version=version, language=rsvp.language, words=words)
    rsvp.agreed_on, rsvp.agreed_how, rsvp.wording = today(), how, version


def prove(rsvp: Rsvp) -> None:
    """Whoever reads there answered from there: nobody typed somebody else's number."""
    if rsvp.contact is not None and rsvp.proved_on is None:
        rsvp.proved_on = today()


def confirm_rsvp(rsvp: Rsvp) -> None:
    """Everything is still right."""
    rsvp.confirmed_on = today()


@cache
def _keeping(dialect: str) -> Executable:
    insert = postgres_insert if dialect == "postgresql" else sqlite_insert
    return insert(table(Wording)).on_conflict_do_nothing()

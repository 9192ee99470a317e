"""The record of consent: in which exact words a phone was told what it gets from us."""

from __future__ import annotations

from functools import cache
from hashlib import blake2b

from sqlalchemy import Executable
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from portal.core.db import db, session, table
from portal.sms.models import Wording
from portal.sms.rules.language import Language


def keep_wording(words: str, language: Language | None) -> str:
    """Keep these words if they are not kept yet; returns their version."""
    version = blake2b(words.encode(), digest_size=8).hexdigest()
    db.run(_keeping(session.get_bind().dialect.name), version=version, language=language or "both", words=words)
    return version


@cache
def _keeping(dialect: str) -> Executable:
    insert = postgres_insert if dialect == "postgresql" else sqlite_insert
    return insert(table(Wording)).on_conflict_do_nothing()

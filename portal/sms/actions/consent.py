"""The record of consent: in which exact words a phone was told what it gets from us."""

from __future__ import annotations

from hashlib import blake2b

from portal.core.db import db
from portal.sms.models import Wording
from portal.sms.rules.language import Language


def keep_wording(words: str, language: Language | None) -> str:
    """Keep these words if they are not kept yet; returns their version."""
    version = blake2b(words.encode(), digest_size=8).hexdigest()
    db.insert_new(Wording, version=version, language=language or "both", words=words)
    return version

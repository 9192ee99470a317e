"""What a phone is called inside: keyed hashes, one per purpose, and the number itself under the server's cipher."""

from __future__ import annotations

from enum import StrEnum

from flask import current_app

from portal.core.crypto import keyed_hash, site_key


class Purpose(StrEnum):
    """Hashes of different purposes cannot be compared, so tables of different purposes cannot be joined."""

    TALK = "text talk"
    REPORT = "text report"
    CONSENT = "text consent"
    MESSAGE = "text message"


def sender_hash(purpose: Purpose, number: str) -> str:
    """What stands for a number (or a provider's message id) in the tables of one purpose."""
    secret: str = current_app.extensions["settings"].secret
    return keyed_hash(site_key(secret, purpose), number)

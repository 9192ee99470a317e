"""Tokens in links that we send: the id of a row and a proof that we made the link, for one purpose only."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode

from portal.core.crypto import site_key
from portal.core.portal import current_portal

ID_BYTES, PROOF_BYTES = 8, 16


def token_of(purpose: str, row_id: int) -> str:
    """Return the token of a row; it opens nothing under another purpose."""
    return urlsafe_b64encode(row_id.to_bytes(ID_BYTES, "big") + _proof(purpose, row_id)).decode()


def id_in(purpose: str, token: str) -> int | None:
    """Return the id in a token, None if we did not make it for this purpose."""
    try:
        raw = urlsafe_b64decode(token)
    except ValueError:
        return None
    row_id = int.from_bytes(raw[:ID_BYTES], "big")
    is_ours = len(raw) == ID_BYTES + PROOF_BYTES and hmac.compare_digest(raw[ID_BYTES:], _proof(purpose, row_id))
    return row_id if is_ours and row_id < 2**63 else None


def _proof(purpose: str, row_id: int) -> bytes:
    secret: str = current_portal.settings.secret
    return hmac.digest(site_key(secret, purpose), str(row_id).encode(), "sha256")[:PROOF_BYTES]

"""Slugs, public URLs that do not come from a request's Host header, and tokens in links that we send."""

from __future__ import annotations

import hmac
import re
import secrets
import unicodedata
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

from flask import current_app

from portal.core.crypto import site_key
from portal.core.hosts import site_address
from portal.core.portal import current_portal
from portal.core.texted import CODE_LETTERS

TAIL_LENGTH = 6
LONGEST_SLUG = 60


def slug(title: str, tail: str) -> str:
    """Return `title` in lower case with dashes, then `tail`: "¿Qué sigue?", "k7f2qd" give "que-sigue-k7f2qd"."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    if len(words) > LONGEST_SLUG:
        # Cut at the end of a word, unless the first word alone is too long.
        words = words[: LONGEST_SLUG + 1].rpartition("-")[0] or words[:LONGEST_SLUG]
    return f"{words}-{tail}" if words else tail


def random_tail() -> str:
    """Return a random suffix that makes a URL unguessable, so that trying names does not reveal what is prepared."""
    return "".join(secrets.choice(CODE_LETTERS) for _ in range(TAIL_LENGTH))


def public_address(endpoint: str, **values: Any) -> str:
    """Return an absolute URL at the public address, for what is sent or printed; works without a request, in jobs."""
    return current_portal.settings.public_url + _path(endpoint, values)


def address_here(endpoint: str, **values: Any) -> str:
    """Return an absolute URL, public or onion as asked: a configured one, as no Host header may end up in a feed."""
    return site_address() + _path(endpoint, values)


def _path(endpoint: str, values: dict[str, Any]) -> str:
    current_app.inject_url_defaults(endpoint, values)
    return current_app.url_map.bind("").build(endpoint, values)


ID_BYTES, PROOF_BYTES = 8, 16


def token_of(purpose: str, row_id: int) -> str:
    """Return the id of a row with a proof that we made it for one purpose; it opens nothing under another."""
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

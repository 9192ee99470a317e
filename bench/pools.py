"""Requests that can each be sent once: reports with a fresh token, texts from different phones with a signature."""

from __future__ import annotations

import secrets
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from itertools import count
from urllib.parse import urlencode

from bench.city import NUMBER
from portal.core.forms import NONCE_BYTES, signer_of
from portal.core.portal import Portal
from portal.core.telephone import sign

phones = count()
WHAT = (
    "Two people sell by the bus stop most evenings. They hide it behind the wall, and children walk past on their way."
)


def reports(portal: Portal, how_many: int) -> Iterator[str]:
    """Bodies of the report form; the token is signed as the form signs it."""
    signer = signer_of(portal.secret_key or "")
    fields = {"what": WHAT, "category": "selling", "market": "elm-street", "where": "By the wall", "when": "Evenings"}
    for _each in range(how_many):
        nonce = urlsafe_b64encode(secrets.token_bytes(NONCE_BYTES))
        yield "\t" + urlencode({"token": signer.sign(nonce).decode(), **fields})


def texts(portal: Portal, how_many: int) -> Iterator[str]:
    """Signature and body of a first text, each of another phone."""
    settings = portal.settings
    url = f"{settings.public_url}/sms/twilio/inbound"
    for _each in range(how_many):
        form = {
            "MessageSid": f"SM{secrets.token_hex(16)}",
            "AccountSid": settings.twilio_account_sid,
            "From": f"+1202{next(phones):07}",
            "To": NUMBER,
            "Body": WHAT,
            "NumMedia": "0",
        }
        yield f"{sign(settings.twilio_auth_token, url, form)}\t{urlencode(form)}"


def plain(_portal: Portal, how_many: int) -> Iterator[str]:
    """Bodies for the bare app, about as long as the others."""
    for _each in range(how_many):
        yield "\t" + urlencode({"what": WHAT, "id": secrets.token_hex(32)})

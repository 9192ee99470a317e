"""What opens an answer: a short code to type and a long one in a link, both made with a secret and stored nowhere.

Both follow from the answer's id, so the server can write the link into an offer weeks later; whoever has only the
database can make neither.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode

from flask import current_app

from portal.core.codes import code_from
from portal.core.crypto import derive, keyed_hash
from portal.meetings.rsvp.models import Rsvp

ID_BYTES, PROOF_BYTES = 8, 16


def _key(purpose: str) -> bytes:
    secret: str = current_app.extensions["settings"].secret
    return derive(secret.encode(), purpose)


def id_from(nonce: bytes) -> int:
    """The id of the answer that this form makes, however often it is sent."""
    return int(keyed_hash(_key("meeting answer id"), nonce.hex())[:15], 16) + 1


def code_of(rsvp_id: int) -> str:
    """The short code of an answer."""
    return code_from(hmac.digest(_key("meeting answer code"), str(rsvp_id).encode(), "sha256"))


def hash_of_code(code: str) -> str:
    """How an answer is found by its short code."""
    return keyed_hash(_key("meeting answer code found"), code)


def token_of(rsvp_id: int) -> str:
    """The long code of an answer, for its private link."""
    return urlsafe_b64encode(rsvp_id.to_bytes(ID_BYTES, "big") + _proof(rsvp_id)).decode()


def private_link(rsvp: Rsvp) -> str:
    """The whole address of somebody's answer. A job has no request to ask, so the map of addresses is."""
    values = {"lang": rsvp.language, "token": token_of(rsvp.id)}
    path: str = current_app.url_map.bind("").build("meetings_rsvp.mine", values)
    base: str = current_app.extensions["settings"].public_url
    return base + path


def id_in(token: str) -> int | None:
    """Which answer a private link is of; None for one that we did not make."""
    try:
        raw = urlsafe_b64decode(token)
    except ValueError:
        return None
    rsvp_id = int.from_bytes(raw[:ID_BYTES], "big")
    return rsvp_id if hmac.compare_digest(raw[ID_BYTES:], _proof(rsvp_id)) else None


def contact_link(rsvp: Rsvp) -> str:
    """The address of the page that only whoever reads the number or mailbox of an answer gets to see."""
    token = urlsafe_b64encode(rsvp.id.to_bytes(ID_BYTES, "big") + _contact_proof(rsvp)).decode()
    path: str = current_app.url_map.bind("").build("meetings_remind.ask", {"lang": rsvp.language, "token": token})
    base: str = current_app.extensions["settings"].public_url
    return base + path


def rsvp_id_of_contact(token: str) -> int | None:
    """Which answer such a link claims to be of; `proves_contact` says whether it is."""
    try:
        raw = urlsafe_b64decode(token)
    except ValueError:
        return None
    claimed = int.from_bytes(raw[:ID_BYTES], "big")
    # No database takes a larger one.
    return claimed if len(raw) == ID_BYTES + PROOF_BYTES and claimed < 2**63 else None


def proves_contact(token: str, rsvp: Rsvp) -> bool:
    """Whether this link was written to the number or address that the answer has now."""
    return rsvp.contact_hash is not None and hmac.compare_digest(
        urlsafe_b64decode(token)[ID_BYTES:], _contact_proof(rsvp)
    )


def _contact_proof(rsvp: Rsvp) -> bytes:
    said = f"{rsvp.id} {rsvp.contact_hash}".encode()
    return hmac.digest(_key("meeting answer contact link"), said, "sha256")[:PROOF_BYTES]


def _proof(rsvp_id: int) -> bytes:
    return hmac.digest(_key("meeting answer link"), str(rsvp_id).encode(), "sha256")[:PROOF_BYTES]


def contact_hash(meeting_id: int, address: str) -> str:
    """What stands for a phone or mailbox among the answers to one meeting, and nowhere else."""
    return keyed_hash(_key(f"meeting answer contact {meeting_id}"), address)

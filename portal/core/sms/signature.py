"""The signature on every request of the provider."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def signature_valid(
    tokens: Sequence[str], public_url: str, path_and_query: str, form: Mapping[str, Any], header: str | None
) -> bool:
    """Whether the provider signed this request with one of `tokens` (two while they rotate).

    `public_url` is the configured one: what a proxy makes of the address is not what was signed. `form` is the whole
    MultiDict, because every value of a repeated field is signed.
    """
    from twilio.request_validator import RequestValidator

    if not header:
        return False
    url = public_url.rstrip("/") + path_and_query
    # An unset token is empty, and anybody can sign with that.
    return any(RequestValidator(token).validate(url, form, header) for token in tokens if token)


def sign(token: str, url: str, form: Mapping[str, Any]) -> str:
    """The signature that the provider would put on a request."""
    from twilio.request_validator import RequestValidator

    signature: str = RequestValidator(token).compute_signature(url, form)
    return signature

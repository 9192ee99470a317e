"""Code words encrypted into a form field, so that the server stores nothing between two requests.

The page of an opened thread shows no code words: its ticket is valid for half an hour and useless to anyone who finds
the page's source later. The receipt shows the words anyway: the value in its form does not expire, but only `/confirm`
accepts it, and only until the words are confirmed.
"""

from __future__ import annotations

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer, URLSafeTimedSerializer

from portal.core.jobs.outbox import cipher

TICKET_SECONDS = 1800
Code = tuple[str, ...]


def write_ticket(code: Code) -> str:
    """Return the ticket for a page that does not show the code words."""
    return str(_tickets().dumps(_encrypt(code)))


def read_ticket(ticket: str | None) -> Code | None:
    """Return the code words of a ticket, or None if it is too old or not ours."""
    try:
        return _decrypt(_tickets().loads(ticket or "", max_age=TICKET_SECONDS))
    except BadSignature:
        return None


def write_words(code: Code) -> str:
    """Return the form value for the page that shows the code words and asks to confirm them."""
    return str(_shown_words().dumps(_encrypt(code)))


def read_words(carried: str | None) -> Code | None:
    """Return the code words of that form value, or None if it is not ours."""
    try:
        return _decrypt(_shown_words().loads(carried or ""))
    except BadSignature:
        return None


def _tickets() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.secret_key or "", salt="report ticket")


def _shown_words() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.secret_key or "", salt="report words shown")


def _encrypt(code: Code) -> str:
    return cipher().encrypt(" ".join(code)).decode()


def _decrypt(sealed: str) -> Code:
    return tuple(cipher().decrypt(sealed.encode()).split(" "))

"""The errors of the portal, and the HTTP status of each."""

from __future__ import annotations

from typing import TypeVar

from sqlalchemy.exc import OperationalError, TimeoutError as NoConnectionFree
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

UNSAVED = (OperationalError, NoConnectionFree, OSError)
"""The database is away, locked or busy, or a disk is full: nothing was written, trying again can help."""


class PortalError(Exception):
    """An error that may be shown to the person, in their language, by a key that templates translate."""


class NotAllowed(PortalError):
    """This person may not do this: 403."""


class NotFound(PortalError):
    """Absent, or not visible to this person: 404, the same page for both."""


class Refused(PortalError):
    """A rule forbids it: 409, with the reason's key."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


Thing = TypeVar("Thing")


def existing(thing: Thing | None) -> Thing:
    """Return what was looked up. Raises `NotFound` if there is none."""
    if thing is None:
        raise NotFound
    return thing


def status_of(error: Exception) -> int:
    match error:
        case NotAllowed():
            return 403
        case NotFound():
            return 404
        case PortalError():
            return 409
        case RequestEntityTooLarge():
            return 413
        case HTTPException():
            return error.code or 500
        case _:
            return 503 if isinstance(error, UNSAVED) else 500

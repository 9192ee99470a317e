"""The errors of the portal, and the HTTP status of each."""

from __future__ import annotations

from typing import TypeVar

from sqlalchemy.exc import OperationalError, TimeoutError as NoConnectionFree
from werkzeug.exceptions import HTTPException

UNSAVED = (OperationalError, NoConnectionFree, OSError)
"""The database is away, locked or busy, or a disk is full: nothing was written, trying again can help."""


class PortalError(Exception):
    """An error that may be shown to the person, in their language, by a key that templates translate."""

    status = 409


class NotAllowed(PortalError):
    """This person may not do this."""

    status = 403


class NotFound(PortalError):
    """Absent, or not visible to this person: the same page for both."""

    status = 404


class Refused(PortalError):
    """A rule forbids it, for the reason with this key."""

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
    if isinstance(error, PortalError):
        return error.status
    if isinstance(error, HTTPException):
        return error.code or 500
    return 503 if isinstance(error, UNSAVED) else 500

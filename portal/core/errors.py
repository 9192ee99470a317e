"""Errors that mean something to the person; the edge turns them into pages."""

from __future__ import annotations


class PortalError(Exception):
    """Something a person may be told, in their language, by a key that templates translate."""


class NotAllowed(PortalError):
    """This person may not do this: 403."""


class NotFound(PortalError):
    """There is nothing here, or nothing this person may know of: 404, the same page for both."""


class Refused(PortalError):
    """A rule says no: 409, with the reason's key."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key

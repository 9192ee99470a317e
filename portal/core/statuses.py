"""Which HTTP status an error deserves."""

from __future__ import annotations

from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from portal.core.errors import NotAllowed, NotFound, PortalError


def status_of(error: Exception) -> int:
    """The HTTP status that an error deserves."""
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
        case OperationalError() | OSError():
            # The database is locked or its disk is full: nothing was written, trying again can help.
            return 503
        case _:
            return 500

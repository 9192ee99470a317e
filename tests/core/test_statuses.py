"""The HTTP status of an error: what may be tried again says so."""

from sqlalchemy import exc
from werkzeug.exceptions import NotFound as NoPage

from portal.core.statuses import NotAllowed, NotFound, Refused, status_of


def test_an_error_has_its_status() -> None:
    assert [
        (error, status)
        for error, status in (
            (NotAllowed(), 403),
            (NotFound(), 404),
            (Refused("closed"), 409),
            (NoPage(), 404),
            (exc.OperationalError("", {}, Exception("database is locked")), 503),
            (exc.TimeoutError("no connection became free"), 503),
            (OSError("no space left"), 503),
            (ValueError(), 500),
        )
        if status_of(error) != status
    ] == []

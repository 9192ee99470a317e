"""Health: whether the process answers, and whether it can serve. Neither says more, and neither is kept or counted."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from portal.core import migrations
from portal.core.crypto import CannotOpen, Cipher
from portal.core.portal import Portal, current_portal
from portal.core.web import HEADERS, SECURE_HEADERS

LIVE = "/health/live"
ALIVE = b"ok\n"
PROBE = "is the key the key"
Environ = dict[str, Any]
App = Callable[[Environ, Any], Iterable[bytes]]


class Live:
    """WSGI middleware that answers `/health/live` before anything that needs the database."""

    def __init__(self, app: App, *, is_secure: bool) -> None:
        self._app = app
        fixed = {"Content-Type": "text/plain; charset=utf-8", "Content-Length": str(len(ALIVE))}
        self._headers = [*fixed.items(), *(SECURE_HEADERS if is_secure else HEADERS).items()]

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        if environ["PATH_INFO"] != LIVE or environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return self._app(environ, start_response)
        start_response("200 OK", list(self._headers))
        return [ALIVE] if environ["REQUEST_METHOD"] == "GET" else []


def wrap(app: Portal) -> None:
    """Put `Live` before everything else."""
    app.wsgi_app = Live(app.wsgi_app, is_secure=app.settings.secure_cookies)  # type: ignore[method-assign]


def is_ready() -> bool:
    """Return whether requests can be served: a database that is migrated far enough, and keys that fit each other.

    A database that is already of a newer version counts as ready: during an upgrade both versions may serve.
    """
    try:
        return not migrations.is_behind() and _opens_what_it_closed(current_portal.cipher)
    except SQLAlchemyError:
        return False


def _opens_what_it_closed(cipher: Cipher) -> bool:
    try:
        return cipher.decrypt(cipher.encrypt(PROBE)) == PROBE
    except CannotOpen:
        return False

"""The reverse proxy: trusted for addresses according to PORTAL_PROXY_HOPS, with detection of a wrong setting.

If a proxy is not trusted that should be, or it forwards no addresses, every resident seems to have the proxy's address:
one rate limit for all of them. Only the fact is stored, as an empty file in the data folder, for `flask doctor check`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from portal.config import Settings

Environ = dict[str, Any]
App = Callable[[Environ, Any], Iterable[bytes]]


class Trap(StrEnum):
    """A wrong proxy configuration; the value is the name of the file that marks it."""

    IGNORED = "proxy-ignored"
    """The proxy forwards addresses, but PORTAL_PROXY_HOPS is 0."""
    SILENT = "proxy-silent"
    """PORTAL_PROXY_HOPS is set, but the proxy forwards no addresses."""


def wrap(app: Flask, settings: Settings) -> None:
    """Wrap the app in `ProxyFix` as far as the proxy is trusted, and that in the middleware that detects a trap."""
    inner, hops = app.wsgi_app, settings.proxy_hops
    believing = ProxyFix(inner, x_for=hops, x_proto=hops, x_host=hops) if hops else inner
    app.wsgi_app = Noticing(believing, settings)  # type: ignore[method-assign]


def trap(settings: Settings) -> Trap | None:
    """Return the wrong configuration noticed since the server was started, if any."""
    return next((one for one in Trap if (settings.data_dir / one).exists()), None)


def forget(settings: Settings) -> None:
    """Delete the marks, so that a server that starts detects afresh."""
    for one in Trap:
        (settings.data_dir / one).unlink(missing_ok=True)


class Noticing:
    """WSGI middleware that leaves a mark, once per process, if a request shows that the setting is wrong."""

    def __init__(self, app: App, settings: Settings) -> None:
        self._app = app
        self._is_trapped = _is_ignored if not settings.proxy_hops else _is_silent
        self._trap = Trap.IGNORED if not settings.proxy_hops else Trap.SILENT
        self._folder: Path = settings.data_dir
        # Clients that use another host name, such as a monitor on this machine, do not come through the proxy.
        self._public = urlsplit(settings.public_url).netloc
        self._noticed = False

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        if not self._noticed and self._is_trapped(environ, self._public):
            self._noticed = True
            with suppress(OSError):
                (self._folder / self._trap).touch()
        return self._app(environ, start_response)


def _is_ignored(environ: Environ, _public: str) -> bool:
    return "HTTP_X_FORWARDED_FOR" in environ or "HTTP_FORWARDED" in environ


def _is_silent(environ: Environ, public: str) -> bool:
    return "HTTP_X_FORWARDED_FOR" not in environ and environ.get("HTTP_HOST") == public

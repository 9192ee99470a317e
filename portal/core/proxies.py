"""The proxy in front: believed about addresses as far as PORTAL_PROXY_HOPS says, and noticed when that cannot be right.

If nobody is believed who should be, or the proxy names no address, every resident has that of the proxy: one limit for
all of them. Only that it happened is kept, as an empty file in the data folder, for `flask doctor check`.
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
    """What is wrong with the proxy; the name of the file that says so."""

    IGNORED = "proxy-ignored"
    """It names addresses, but PORTAL_PROXY_HOPS is 0."""
    SILENT = "proxy-silent"
    """PORTAL_PROXY_HOPS says that it names addresses, but it does not."""


def wrap(app: Flask, settings: Settings) -> None:
    """Put in front of the app who believes the proxy, and before that who notices a trap."""
    inner, hops = app.wsgi_app, settings.proxy_hops
    believing = ProxyFix(inner, x_for=hops, x_proto=hops, x_host=hops) if hops else inner
    app.wsgi_app = Noticing(believing, settings)  # type: ignore[method-assign]


def trap(settings: Settings) -> Trap | None:
    """What was noticed since the server was started."""
    return next((one for one in Trap if (settings.data_dir / one).exists()), None)


def forget(settings: Settings) -> None:
    """Notice anew; for a server that starts."""
    for one in Trap:
        (settings.data_dir / one).unlink(missing_ok=True)


class Noticing:
    """Leaves a mark, once in each process, when a request shows that the setting cannot be right."""

    def __init__(self, app: App, settings: Settings) -> None:
        self._app = app
        self._is_trapped = _is_ignored if not settings.proxy_hops else _is_silent
        self._trap = Trap.IGNORED if not settings.proxy_hops else Trap.SILENT
        self._folder: Path = settings.data_dir
        # Whoever asks this machine by another name, such as a monitor on it, does not come through the proxy.
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

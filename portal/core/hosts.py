"""The portal's own addresses: the public one, the .onion one if the city has one, and the reverse proxy before both.

Whoever asks over the onion service must find no link to the public address: one click would take a person who hides
behind Tor out of the service. What is sent or printed (texts, mails, posters) always has the public one.

The proxy is trusted for addresses according to PORTAL_PROXY_HOPS. If one is not trusted that should be, or it forwards
no addresses, every resident seems to have the proxy's address: one rate limit for all of them. Only the fact is stored,
as an empty file in the data folder, for `flask doctor check`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, has_request_context, request
from werkzeug.middleware.proxy_fix import ProxyFix

from portal.config import Settings
from portal.core.portal import current_portal

Environ = dict[str, Any]
ASKED_BY_ONION = "portal.onion"
"""In the WSGI environment of each request over the onion service; headers cannot set it."""


def onion_requests(settings: Settings) -> Callable[[Environ], bool]:
    """Return the test for requests to the onion address, if there is one, reading the host as `ProxyFix` does."""
    onion, hops = urlsplit(settings.onion_url).netloc, settings.proxy_hops

    def is_for_onion(environ: Environ) -> bool:
        host = environ.get("HTTP_HOST", "")
        if hops and "HTTP_X_FORWARDED_HOST" in environ:
            named = [part.strip() for part in environ["HTTP_X_FORWARDED_HOST"].split(",")]
            host = named[-hops] if len(named) >= hops else host
        return bool(onion) and bool(host == onion)

    return is_for_onion


def on_onion() -> bool:
    return has_request_context() and ASKED_BY_ONION in request.environ


def site_address() -> str:
    """Return the address of this site as the reader knows it, without a slash at the end; in a job, the public one."""
    settings = current_portal.settings
    return settings.onion_url if on_onion() else settings.public_url


def is_encrypted_by_browser() -> bool:
    """Return whether the reader's browser sees https: http over an onion service is encrypted by Tor instead."""
    return site_address().startswith("https://")


class Trap(StrEnum):
    """A wrong proxy configuration; the value is the name of the file that marks it."""

    IGNORED = "proxy-ignored"
    """The proxy forwards addresses, but PORTAL_PROXY_HOPS is 0."""
    SILENT = "proxy-silent"
    """PORTAL_PROXY_HOPS is set, but the proxy forwards no addresses."""


def trust_proxy(app: Flask, settings: Settings) -> None:
    """Wrap the app in `ProxyFix` as far as the proxy is trusted; a wrong setting leaves a mark, once per process."""
    inner, hops = app.wsgi_app, settings.proxy_hops
    believing = ProxyFix(inner, x_for=hops, x_proto=hops, x_host=hops) if hops else inner
    # Clients that use another host name, such as a monitor on this machine, do not come through the proxy.
    public, is_noticed = urlsplit(settings.public_url).netloc, False

    def noticing(environ: Environ, start_response: Any) -> Iterable[bytes]:
        nonlocal is_noticed
        is_forwarded = "HTTP_X_FORWARDED_FOR" in environ
        if hops:
            is_trapped = not is_forwarded and environ.get("HTTP_HOST") == public
        else:
            is_trapped = is_forwarded or "HTTP_FORWARDED" in environ
        if is_trapped and not is_noticed:
            is_noticed = True
            with suppress(OSError):
                (settings.data_dir / (Trap.SILENT if hops else Trap.IGNORED)).touch()
        return believing(environ, start_response)

    app.wsgi_app = noticing  # type: ignore[method-assign]


def trap(settings: Settings) -> Trap | None:
    """Return the wrong configuration noticed since the server was started, if any."""
    return next((mark for mark in Trap if (settings.data_dir / mark).exists()), None)


def forget(settings: Settings) -> None:
    """Delete the marks, so that a server that starts detects afresh."""
    for mark in Trap:
        (settings.data_dir / mark).unlink(missing_ok=True)

"""The portal's own addresses: the public one, and the .onion one if the city has one.

Whoever asks over the onion service must find no link to the public address: one click would take a person who hides
behind Tor out of the service. What is sent or printed (texts, mails, posters) always has the public one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlsplit

from flask import has_request_context, request

from portal.config import Settings
from portal.core.portal import current_portal

Environ = dict[str, Any]
ASKED_BY_ONION = "portal.onion"
"""In the WSGI environment of each request over the onion service; headers cannot set it."""


def onion_requests(settings: Settings) -> Callable[[Environ], bool] | None:
    """Return the function that says whether a request is for the onion address; None if the portal has none.

    It reads what a trusted proxy names as host, exactly as `ProxyFix` does.
    """
    if not settings.onion_url:
        return None
    onion, hops = urlsplit(settings.onion_url).netloc, settings.proxy_hops

    def is_for_onion(environ: Environ) -> bool:
        asked = environ.get("HTTP_HOST", "")
        if hops and "HTTP_X_FORWARDED_HOST" in environ:
            named = [part.strip() for part in environ["HTTP_X_FORWARDED_HOST"].split(",")]
            asked = named[-hops] if len(named) >= hops else asked
        return bool(asked == onion)

    return is_for_onion


def on_onion() -> bool:
    """Return whether this request came over the onion service; False in a job."""
    return has_request_context() and ASKED_BY_ONION in request.environ


def site_address() -> str:
    """Return the address of this site as the reader knows it, without a slash at the end; in a job, the public one."""
    settings = current_portal.settings
    return settings.onion_url if on_onion() else settings.public_url


def is_encrypted_by_browser() -> bool:
    """Return whether the reader's browser sees https: http over an onion service is encrypted by Tor instead."""
    return site_address().startswith("https://")


def onion_location() -> str:
    """Return this page's onion address with its query, for the header of that name."""
    query = request.query_string.decode("latin-1")
    return current_portal.settings.onion_url + quote(request.path) + (f"?{query}" if query else "")

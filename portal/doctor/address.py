"""Checks of the public address, asked as a resident's phone would: certificate, where it leads, security headers."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPException, HTTPSConnection
from threading import Timer
from typing import Any
from urllib.parse import urljoin, urlsplit

from portal.config import Environment, Settings
from portal.core.clock import now
from portal.core.web import SECURE_HEADERS
from portal.doctor.findings import CheckResult, unchecked

LEAST_DAYS = 14
STEP_WITHIN = 5.0
ALL_WITHIN = 10.0
"""Seconds for each step, and for all of them: a server that sends a byte now and then must not hold the check up."""
OF_EACH_PAGE = {"Cache-Control"}
"""A header that differs from page to page."""


@dataclass(frozen=True)
class PublicAnswer:
    """What the public address answered."""

    status: int
    location: str
    headers: dict[str, str]
    days_left: int


def public_address(settings: Settings) -> Iterator[CheckResult]:
    """Check the public address, its certificate and its headers."""
    if not settings.secure_cookies:
        is_meant = settings.environment is not Environment.PRODUCTION
        yield CheckResult("public address", is_meant, "PORTAL_PUBLIC_URL is not https: only for development")
        return
    try:
        answer = _ask(settings.public_url)
    except ssl.SSLCertVerificationError as error:
        yield CheckResult("certificate", False, f"browsers do not trust it: {error.verify_message}")
        return
    except (OSError, HTTPException, ValueError) as error:
        yield unchecked("public address", f"PORTAL_PUBLIC_URL did not answer this machine ({type(error).__name__})")
        return
    yield _reached(answer, settings.public_url)
    yield CheckResult(
        "certificate",
        answer.days_left >= LEAST_DAYS,
        f"good for {answer.days_left} more days"
        + ("" if answer.days_left >= LEAST_DAYS else ": does whatever renews it run?"),
    )
    yield _headers(answer.headers)


def _ask(url: str) -> PublicAnswer:
    """Ask for the front page. Raises OSError, HTTPException or ValueError."""
    parts = urlsplit(url)
    connection = HTTPSConnection(
        parts.hostname or "", parts.port, timeout=STEP_WITHIN, context=ssl.create_default_context()
    )
    try:
        connection.connect()
        line: Any = connection.sock
        limit = Timer(ALL_WITHIN, line.shutdown, (socket.SHUT_RDWR,))
        limit.daemon = True
        limit.start()
        try:
            until = ssl.cert_time_to_seconds(line.getpeercert()["notAfter"])
            connection.request("GET", f"{parts.path}/", headers={"User-Agent": "flask doctor", "Connection": "close"})
            answer = connection.getresponse()
            headers = {name.lower(): value for name, value in answer.getheaders()}
        finally:
            limit.cancel()
    finally:
        connection.close()
    days_left = int((until - now().timestamp()) // 86_400)
    return PublicAnswer(answer.status, headers.get("location", ""), headers, days_left)


def _reached(answer: PublicAnswer, url: str) -> CheckResult:
    if answer.status >= 400:
        return CheckResult("public address", False, f"answers with {answer.status}: look at the proxy")
    target = urlsplit(urljoin(f"{url}/", answer.location))
    wanted = urlsplit(url)
    if (target.scheme, target.netloc) != (wanted.scheme, wanted.netloc):
        # The other address is not shown: a hijacked name may lead anywhere.
        return CheckResult("public address", False, "leads to another host: look at the proxy and at the DNS")
    return CheckResult("public address", True, "answers over https and leads nowhere else")


def _headers(found: dict[str, str]) -> CheckResult:
    """Check that the portal's own headers arrive: a proxy may drop or replace them, or another server may answer."""
    wanted = {name: value for name, value in SECURE_HEADERS.items() if name not in OF_EACH_PAGE}
    lost = [name for name, value in wanted.items() if found.get(name.lower()) != value]
    says = f"missing or changed on the way: {', '.join(lost)}" if lost else "all arrive"
    return CheckResult("security headers", not lost, says)

"""Invented telephones, and what they need of the stand-in for the telephone company."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import ProxyHandler, Request, build_opener

from portal.config import Settings
from portal.demo.exchange import Line

# 555-0100 to 555-0199 belong to nobody in any area code.
NUMBERS = ("+12025550143", "+12025550144", "+12025550145", "+12025550146")
WAIT_SECONDS = 10


class NoCompany(Exception):
    """The stand-in for the telephone company does not answer."""


def conversation(settings: Settings, number: str) -> list[Line]:
    """What a telephone shows, the oldest first. Raises NoCompany."""
    found = _ask(settings, f"/_screen?{urlencode({'number': number})}")
    return [Line(**line) for line in found["lines"]]


def send(settings: Settings, number: str, body: str) -> bool:
    """Send a text from a telephone to the portal; False if the portal did not take it. Raises NoCompany."""
    return bool(_ask(settings, "/_incoming", {"From": number, "Body": body})["status"] == 200)


def as_read(number: str) -> str:
    """(202) 555-0143 for +12025550143."""
    return f"({number[2:5]}) {number[5:8]}-{number[8:]}"


def _ask(settings: Settings, path: str, form: dict[str, str] | None = None) -> Any:
    account = f"{settings.twilio_account_sid}:{settings.twilio_auth_token}".encode()
    headers = {"Authorization": f"Basic {b64encode(account).decode()}"}
    data = urlencode(form).encode() if form is not None else None
    try:
        request = Request(settings.twilio_api_base + path, data, headers)  # noqa: S310 - the address is ours
        with build_opener(ProxyHandler({})).open(request, timeout=WAIT_SECONDS) as answer:
            return json.load(answer)
    except (HTTPError, URLError, OSError, ValueError):
        raise NoCompany from None

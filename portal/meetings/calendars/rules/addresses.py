"""Which addresses a calendar may be fetched from: https, the usual port, and nothing that lies inside of any network.

Whoever may type an address could otherwise make the server ask what only the server can reach: databases, the
machine's own pages, the cloud's keys.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

HTTPS = 443
LONGEST = 1_000
# Names for IPv4 addresses inside IPv6: judged by what is inside, or not at all.
TRANSLATED = ip_network("64:ff9b::/96")
TUNNELS = (ip_network("2002::/16"), ip_network("2001::/32"), ip_network("64:ff9b:1::/48"), ip_network("::/96"))


@dataclass(frozen=True)
class Target:
    """Where to ask: the name, the port, and what stands behind them."""

    host: str
    port: int
    path: str


class BadAddress(ValueError):
    """This address is not asked; `key` says why."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def target(url: str, *, any_port: bool = False) -> Target:
    """The parts of an address that may be asked. Raises BadAddress."""
    if len(url) > LONGEST or not url.isascii() or re.search(r"[\x00-\x20\x7f\"<>\\^`{|}]", url):
        raise BadAddress("no_address")
    try:
        parts = urlsplit(url)
        port = parts.port or HTTPS
    except ValueError:
        raise BadAddress("no_address") from None
    _check(parts)
    if port != HTTPS and not any_port:
        raise BadAddress("port")
    path = parts.path or "/"
    return Target(parts.hostname or "", port, f"{path}?{parts.query}" if parts.query else path)


def _check(parts: SplitResult) -> None:
    if parts.scheme.lower() not in ("https", "webcal", "webcals"):
        raise BadAddress("not_https" if parts.scheme.lower() == "http" else "no_address")
    if "@" in parts.netloc:
        raise BadAddress("password")
    if not re.fullmatch(r"[a-z0-9._-]{1,253}|[0-9a-f:.]{2,45}", parts.hostname or ""):
        raise BadAddress("no_address")


def is_public(address: str, *, loopback: bool = False) -> bool:
    """Whether a machine's number lies in the open network. `loopback`: only tests may ask their own machine."""
    try:
        number = ip_address(address)
    except ValueError:
        return False
    if loopback and number.is_loopback:
        return True
    return _is_open(number)


def _is_open(number: IPv4Address | IPv6Address) -> bool:
    if isinstance(number, IPv6Address):
        if number.ipv4_mapped is not None:
            return _is_open(number.ipv4_mapped)
        if number in TRANSLATED:
            return _is_open(IPv4Address(int(number) & 0xFFFFFFFF))
        if any(number in tunnel for tunnel in TUNNELS) or number.is_site_local or number.scope_id:
            return False
    return number.is_global and not (number.is_multicast or number.is_reserved or number.is_unspecified)

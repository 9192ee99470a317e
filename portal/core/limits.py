"""Rate limits, counted without storing an address.

An address is only used as HMAC(salt of the day, its network). The salt is deleted at the end of the day, so yesterday's
counters cannot be linked to a person, not even by us. An attacker with today's salt could try all addresses against
today's counters: so on one machine neither ever touches a disk. Where they are for several machines, and why that may
be, is said in `core.counters`.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import math
from collections.abc import Iterable
from typing import NamedTuple

from flask import request

from portal.config import POSTGRES
from portal.core import counters
from portal.core.contact import SHARED_DOMAINS, mailbox_of
from portal.core.counters import CountersInMemory, CountersInPostgres, TryCounters
from portal.core.hosts import on_onion
from portal.core.portal import Portal, current_portal


def start(app: Portal) -> None:
    settings = app.settings
    if settings.limits_url == POSTGRES:
        url = settings.database.replace("postgresql+psycopg://", "postgresql://", 1)
        app.limits = CountersInPostgres(url, settings.secret)
    else:
        app.limits = CountersInMemory(settings.in_memory / "limits.db", settings.secret)


def _counters() -> TryCounters:
    counters: TryCounters = current_portal.limits
    return counters


class Networks(NamedTuple):
    """Today's pseudonyms of the caller's address and of the networks around it; meaningless from tomorrow on.

    One address is no bound: a household has an IPv6 /64, a customer a /48, a provider a /32, and an attacker has all of
    theirs. For IPv4 these are the address, a /24 and a /16. Over the onion service there is no address: `near` is the
    circuit, if the proxy names it, and around it is only the whole service.
    """

    near: str
    wide: str
    widest: str
    everybody: str = "everybody"
    """Whose total counts: a flood over the onion service must not use up the web's, or the reverse."""


DAY = 86_400
WIDTHS = {4: (32, 24, 16), 6: (64, 48, 32)}
NEAR, WIDE, WIDEST = range(3)

ONION_CIRCUITS = ipaddress.ip_network("fc00:dead:beef:4dad::/64")
"""Where tor's `HiddenServiceExportCircuitID` puts each circuit."""
ONION = "onion"


def networks() -> Networks:
    salt, address = salt_of_today(), request.remote_addr or ""
    is_circuit = _is_in(address, ONION_CIRCUITS)
    # The host alone says nothing: over the web anybody can claim it, and would use up the share of those behind Tor.
    if is_circuit or (on_onion() and _is_in(address, *THIS_MACHINE)):
        whole = hash_address(ONION, salt)
        # Without a circuit not the key of this machine itself, which a monitor may ask from.
        return Networks(hash_address(address, salt) if is_circuit else whole, whole, whole, ONION)
    return Networks(*(hash_address(address, salt, width) for width in (NEAR, WIDE, WIDEST)))


def address_key() -> str:
    """Return the nearest of `networks()`."""
    return networks().near


THIS_MACHINE = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))


def _is_in(address: str, *networks: ipaddress.IPv4Network | ipaddress.IPv6Network) -> bool:
    try:
        return any(ipaddress.ip_address(address) in network for network in networks)
    except ValueError:
        return False


def salt_of_today() -> bytes:
    """Return the random key of this day, which is erased when the day ends."""
    return _counters().salt()


def hash_address(address: str, salt: bytes, width: int = NEAR) -> str:
    """Return the HMAC of the network of this width that contains an address."""
    try:
        parsed = ipaddress.ip_address(address)
        # A dual-stack socket writes ::ffff:192.0.2.1; all of those would be in one /64.
        parsed = getattr(parsed, "ipv4_mapped", None) or parsed
        # Each circuit is somebody else, although all are in one /64.
        bits = parsed.max_prefixlen if parsed in ONION_CIRCUITS else WIDTHS[parsed.version][width]
        subject = f"{int(parsed) >> parsed.max_prefixlen - bits:x}/{bits} {parsed.version}"
    except ValueError:
        subject = address
    return hmac.new(salt, subject.encode(), hashlib.sha256).hexdigest()[:32]


class Quota(NamedTuple):
    what: str
    key: str
    most: int
    seconds: int


class RateLimit(NamedTuple):
    """How often an action may be tried within `seconds`: by one address, by one network and by all callers.

    `everybody` is the normal total. Beyond it callers are not locked out because of others: each of the widest networks
    still has `reserved` tries.
    """

    near: int
    wide: int
    everybody: int
    reserved: int
    seconds: int


class Attempt(NamedTuple):
    passed: bool
    counted: tuple[Quota, ...]


def attempt(what: str, limit: RateLimit, by: Networks | None = None) -> Attempt:
    """Count a try of `what` by the caller, or by the given networks.

    A try that is refused because of the caller's own network does not use up the quota of all. What others in it try
    refuses nobody who was honest before (`note_honest`). Over the onion service
    there is no network, and one circuit must not spend what others have: there the quota of all bounds the tries.
    """
    by = by or networks()
    shares_network = by.everybody != ONION and not is_honest(by.near)
    near = Quota(what, by.near, limit.near, limit.seconds)
    wide = Quota(f"{what} nearby", by.wide, limit.wide, limit.seconds)
    everybody = Quota(what, by.everybody, limit.everybody, limit.seconds)
    reserved = Quota(f"{what} reserved", by.widest, limit.reserved, limit.seconds)
    counted: list[Quota] = []

    def passes(window: Quota) -> bool:
        counted.append(window)
        return may_try(*window)

    passed = passes(near) and (not shares_network or passes(wide)) and (passes(everybody) or passes(reserved))
    return Attempt(passed, tuple(counted))


def note_honest(key: str) -> None:
    """Note until the salt changes that the holder of `key` did what nobody who guesses could, such as signing in.

    `key` begins or ends with `networks().near`: strangers in the same network then use up nothing that is theirs.
    """
    remember(f"honest {key}", 1, DAY)


def is_honest(key: str) -> bool:
    return bool(remembered(f"honest {key}"))


def take_back(made: Attempt) -> None:
    for window in made.counted:
        give_back(*window)


def may_try(what: str, key: str, most: int, seconds: int) -> bool:
    """Count a try of `what` by `key`; False once there were more than `most` within `seconds`."""
    return may_try_each(what, [key], most, seconds)


def may_try_each(what: str, keys: Iterable[str], most: int, seconds: int) -> bool:
    """Count a try of `what` by each of these keys; False if one of them tried too often."""
    windows = {_window(what, key, most, seconds) for key in keys}
    passes = not windows or max(_counters().count_each(windows, seconds).values()) <= most
    if not passes:
        counters.add(f"refusals|{what}")
    return passes


MOST_TO_DOMAIN = 40


def may_write_to(what: str, address: str, most: int) -> bool:
    """Count a message to a phone or mailbox that may be a stranger's; False once there were enough today.

    There are at most `most` to one mailbox however it is spelled, and `MOST_TO_DOMAIN` to all of a mail domain, where
    every name may lead to one person. Large shared providers have no such total: one person would shut it for all.
    """
    mailbox = mailbox_of(address)
    _name, _at, domain = mailbox.rpartition("@")
    is_counted = "@" in mailbox and domain not in SHARED_DOMAINS
    salt = salt_of_today()
    return may_try(what, hash_address(mailbox, salt), most, DAY) and (
        not is_counted or may_try(f"{what} domain", hash_address(domain, salt), MOST_TO_DOMAIN, DAY)
    )


def give_back(what: str, key: str, most: int, seconds: int) -> None:
    """Subtract one try from the count: it was not a guess, so it must not make a caller wait.

    Tries are counted first and given back later, since otherwise many simultaneous tries would all be let through.
    """
    _counters().give_back(_window(what, key, most, seconds))


def seconds_to_wait(what: str, key: str, most: int, seconds: int) -> int:
    """Return the seconds until a try of `what` by `key` would be let through; 0 if it would be now."""
    if may_still_try(what, key, most, seconds):
        return 0
    return max(1, math.ceil(_counters().seconds_left(_window(what, key, most, seconds))))


def may_still_try(what: str, key: str, most: int, seconds: int) -> bool:
    return _counters().tries(_window(what, key, most, seconds)) < most


def _window(what: str, key: str, most: int, seconds: int) -> str:
    return f"{what}/{key}/{most}/{seconds}"


def remember(what: str, number: int, seconds: int) -> None:
    """Keep a positive number under `what` for some seconds, beside the counters, in place of an earlier one."""
    _counters().keep(what, number, seconds)


def remembered(what: str) -> int:
    """Return the number that was kept under `what`; 0 if there is none, or its time is over."""
    return _counters().kept(what)


def count_event(what: str, seconds: int) -> None:
    """Count that `what` happened, to nobody in particular; forgotten `seconds` after the first time."""
    _counters().count(f"event {what}", seconds)


def events(what: str) -> int:
    return _counters().tries(f"event {what}")

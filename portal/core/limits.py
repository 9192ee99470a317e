"""Rate limits, counted without storing an address.

An address is only used as HMAC(salt of the day, its network). The salt is deleted at the end of the day, so yesterday's
counters cannot be linked to a person, not even by us. An attacker with today's salt could try all addresses against
today's counters: so neither ever touches a disk. They live in a file in memory, shared by the processes of this
machine; for several machines the counters may be in Redis, while the salts stay local.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import ipaddress
import math
import secrets
import sqlite3
import threading
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, cast

from flask import request
from limits import RateLimitItemPerSecond
from limits.errors import ConfigurationError
from limits.storage import Storage, storage_from_string
from limits.strategies import FixedWindowRateLimiter

from portal.config import BadSettings
from portal.core.clock import now
from portal.core.hosts import on_onion
from portal.core.portal import Portal, current_portal


class FileStorage(Storage):
    """Fixed windows for the limits library in one SQLite file, which lies in memory; see `Settings.in_memory`."""

    STORAGE_SCHEME = ["file"]
    base_exceptions = sqlite3.Error

    def __init__(self, uri: str, wrap_exceptions: bool = False, **_options: str) -> None:
        super().__init__(uri, wrap_exceptions=wrap_exceptions)
        self._path = uri.removeprefix("file://")
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    def run(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Execute one statement, committed at once. Threads share one connection: it takes 20 µs; each costs memory."""
        with self._lock:
            if self._connection is None:
                self._connection = self._open()
            return self._connection.execute(statement, values).fetchall()

    def prepare(self) -> None:
        """Create the file before it is used: SQLite fails without waiting if two processes switch it to WAL."""
        with Path(f"{self._path}.lock").open("w") as lock, closing(self._open()) as made:
            fcntl.flock(lock, fcntl.LOCK_EX)
            made.executescript(TABLES)

    def _open(self) -> sqlite3.Connection:
        opened = sqlite3.connect(self._path, timeout=2, isolation_level=None, check_same_thread=False)
        opened.executescript(PRAGMAS)
        return opened

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        return int(self.run(COUNT, key, time.time(), expiry, amount)[0][0])

    def get(self, key: str) -> int:
        rows = self.run("SELECT hits FROM hit WHERE key = ? AND ends >= ?", key, time.time())
        return int(rows[0][0]) if rows else 0

    def get_expiry(self, key: str) -> float:
        rows = self.run("SELECT ends FROM hit WHERE key = ?", key)
        return float(rows[0][0]) if rows else time.time()

    def check(self) -> bool:
        return bool(self.run("SELECT 1"))

    def reset(self) -> int:
        return len(self.run("DELETE FROM hit RETURNING key"))

    def clear(self, key: str) -> None:
        self.run("DELETE FROM hit WHERE key = ?", key)

    def salt(self, day: str) -> bytes:
        """Return the salt of `day`; salts of other days and windows that ended are erased."""
        rows = self.run("SELECT salt FROM salt WHERE day = ?", day)
        return bytes(rows[0][0]) if rows else self._begin(day)

    def _begin(self, day: str) -> bytes:
        """Create the salt on the first request of a day. Concurrent callers all get one salt, and none erases it."""
        self.run("DELETE FROM salt WHERE day <> ?", day)
        self.run("DELETE FROM hit WHERE ends < ?", time.time())
        kept = self.run(KEEP_FIRST, day, secrets.token_bytes(32))
        # The write-ahead log would otherwise still hold the erased rows.
        self.run("PRAGMA wal_checkpoint(TRUNCATE)")
        return bytes(kept[0][0])


PRAGMAS = """
PRAGMA synchronous=OFF;
PRAGMA cache_size=-100;
PRAGMA secure_delete=ON;
"""
TABLES = """
PRAGMA journal_mode=WAL;
CREATE TABLE IF NOT EXISTS hit (key TEXT PRIMARY KEY, ends REAL, hits INTEGER) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS salt (day TEXT PRIMARY KEY, salt BLOB) WITHOUT ROWID;
"""
KEEP_FIRST = "INSERT INTO salt VALUES (?, ?) ON CONFLICT (day) DO UPDATE SET day = day RETURNING salt"
COUNT = """
INSERT INTO hit VALUES (?1, ?2 + ?3, max(?4, 0)) ON CONFLICT (key) DO UPDATE SET
    hits = CASE WHEN ends < ?2 THEN max(?4, 0) ELSE max(hits + ?4, 0) END,
    ends = CASE WHEN ends < ?2 THEN ?2 + ?3 ELSE ends END
RETURNING hits
"""


@dataclass(frozen=True)
class Limits:
    """The limiter, and the salts, which never leave this machine."""

    limiter: FixedWindowRateLimiter
    salts: FileStorage


def start(app: Portal) -> None:
    """Open the counters that the settings name."""
    settings = app.settings
    here = FileStorage(f"file://{settings.in_memory / 'limits.db'}")
    here.prepare()
    shared = _shared_storage(settings.limits_url) if settings.limits_url else here
    app.limits = Limits(FixedWindowRateLimiter(shared), here)


def _shared_storage(url: str) -> Storage:
    try:
        return cast(Storage, storage_from_string(url))
    except ConfigurationError:
        raise BadSettings("PORTAL_LIMITS_URL: the redis package is not installed") from None


def _limits() -> Limits:
    found: Limits = current_portal.limits
    return found


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


WIDTHS = {4: (32, 24, 16), 6: (64, 48, 32)}
NEAR, WIDE, WIDEST = range(3)


ONION_CIRCUITS = ipaddress.ip_network("fc00:dead:beef:4dad::/64")
"""Where tor's `HiddenServiceExportCircuitID` puts each circuit."""
ONION = "onion"


def networks() -> Networks:
    """Return the networks of the caller."""
    salt, address = salt_of_today(), request.remote_addr or ""
    if over_onion(address, asked=on_onion()):
        whole = hash_address(ONION, salt)
        return Networks(address_key(), whole, whole, ONION)
    return Networks(*(hash_address(address, salt, width) for width in (NEAR, WIDE, WIDEST)))


def address_key() -> str:
    """Return the nearest of `networks()`."""
    address = request.remote_addr or ""
    if over_onion(address, asked=on_onion()) and not _is_in(address, ONION_CIRCUITS):
        # Not the key of this machine itself, which a monitor may ask from.
        address = ONION
    return hash_address(address, salt_of_today())


def over_onion(address: str, *, asked: bool) -> bool:
    """Return whether a caller comes over the onion service: by a circuit, or from this machine when it `asked` there.

    The host alone says nothing: over the web anybody can claim it, and would use up the share of those behind Tor.
    """
    return _is_in(address, ONION_CIRCUITS) or (asked and any(_is_in(address, here) for here in THIS_MACHINE))


THIS_MACHINE = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))


def _is_in(address: str, network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> bool:
    try:
        return ipaddress.ip_address(address) in network
    except ValueError:
        return False


def salt_of_today() -> bytes:
    """Return the random key of this day, which lies in memory alone and is erased when the day ends."""
    return _limits().salts.salt(now().date().isoformat())


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
    """At most `most` tries of `what` by the holder of `key` within `seconds`."""

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
    """Whether a try is let through, and the quotas that counted it."""

    passed: bool
    counted: tuple[Quota, ...]


def attempt(what: str, limit: RateLimit, by: Networks | None = None) -> Attempt:
    """Count a try of `what` by the caller, or by the given networks.

    A try that is refused because of the caller's own network does not use up the quota of all. Over the onion service
    there is no network, and one circuit must not spend what others have: there the quota of all bounds the tries.
    """
    by = by or networks()
    near = Quota(what, by.near, limit.near, limit.seconds)
    wide = Quota(f"{what} nearby", by.wide, limit.wide, limit.seconds)
    everybody = Quota(what, by.everybody, limit.everybody, limit.seconds)
    reserved = Quota(f"{what} reserved", by.widest, limit.reserved, limit.seconds)
    counted: list[Quota] = []

    def passes(window: Quota) -> bool:
        counted.append(window)
        return may_try(*window)

    passed = passes(near) and (by.everybody == ONION or passes(wide)) and (passes(everybody) or passes(reserved))
    return Attempt(passed, tuple(counted))


def take_back(made: Attempt) -> None:
    """Uncount a try that was not a guess."""
    for window in made.counted:
        give_back(*window)


def may_try(what: str, key: str, most: int, seconds: int) -> bool:
    """Count a try of `what` by `key`; False once there were more than `most` within `seconds`."""
    return bool(_limits().limiter.hit(RateLimitItemPerSecond(most, seconds), what, key))


def give_back(what: str, key: str, most: int, seconds: int) -> None:
    """Subtract one try from the count: it was not a guess, so it must not make a caller wait.

    Tries are counted first and given back later, since otherwise many simultaneous tries would all be let through.
    """
    window = RateLimitItemPerSecond(most, seconds)
    _limits().limiter.storage.incr(window.key_for(what, key), window.get_expiry(), amount=-1)


def seconds_to_wait(what: str, key: str, most: int, seconds: int) -> int:
    """Return the seconds until a try of `what` by `key` would be let through; 0 if it would be now."""
    if may_still_try(what, key, most, seconds):
        return 0
    stats = _limits().limiter.get_window_stats(RateLimitItemPerSecond(most, seconds), what, key)
    return max(1, math.ceil(stats.reset_time - time.time()))


def may_still_try(what: str, key: str, most: int, seconds: int) -> bool:
    """Return whether a try would be let through, without counting one."""
    return bool(_limits().limiter.test(RateLimitItemPerSecond(most, seconds), what, key))


def remember(what: str, number: int, seconds: int) -> None:
    """Keep a positive number under `what` for some seconds, in memory only, in place of an earlier one."""
    storage = _limits().limiter.storage
    storage.clear(f"number {what}")
    storage.incr(f"number {what}", seconds, amount=number)


def remembered(what: str) -> int:
    """Return the number that was kept under `what`; 0 if there is none, or its time is over."""
    return _limits().limiter.storage.get(f"number {what}")


def forget(what: str) -> None:
    """Drop the number that was kept under `what`."""
    _limits().limiter.storage.clear(f"number {what}")


def count_event(what: str, seconds: int) -> None:
    """Count that `what` happened, to nobody in particular; forgotten `seconds` after the first time."""
    _limits().limiter.storage.incr(f"event {what}", seconds)


def events(what: str) -> int:
    """Return how often `what` was counted in its current period."""
    return _limits().limiter.storage.get(f"event {what}")

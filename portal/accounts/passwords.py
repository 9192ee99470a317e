"""Judging, hashing and checking passwords; nothing here keeps or logs one."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from zxcvbn_rs_py import zxcvbn

from portal.accounts.rules.passwords import (
    COMMON_HERE,
    LEAST_STRENGTH,
    Weakness,
    content_weakness,
    length_weakness,
    normalise,
    strength_weakness,
    words_about,
)
from portal.core.crypto import KNOWN, Argon2Queue

_hasher = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=4)

# The hash of a random password that nobody has, made with the same settings as the others.
NOBODYS_HASH = "$argon2id$v=19$m=65536,t=3,p=4$pr84sR1Z+l/OKltnF8MJSw$e141moQBysm/qIbmBtaOLlntvSdPIhDn1sQM47TRYI4"


def weakness(password: str, person: Sequence[str] = (), here: Sequence[str] = ()) -> Weakness | None:
    """Return why a password is refused, or None.

    `person` holds the name and e-mail address of whoever chose it, `here` the names that everybody in the city knows.
    """
    normal = normalise(password)
    if found := length_weakness(normal) or content_weakness(normal, person, here):
        return found
    known_here = (*COMMON_HERE, *words_about(here))
    for_neighbor = _strength(normal, known_here)
    if for_neighbor < LEAST_STRENGTH <= _strength(normal, COMMON_HERE):
        return Weakness.ABOUT_HERE
    return strength_weakness(_strength(normal, (*known_here, *words_about(person))), for_neighbor)


def _strength(password: str, words: Sequence[str]) -> int:
    return int(zxcvbn(password, list(words)).score)


def hash_password(password: str) -> str:
    """Hash with Argon2id under a random salt. Raises Busy."""
    with KNOWN.slot():
        return _hasher.hash(normalise(password))


def password_matches(
    stored: str | None,
    password: str,
    queue: Argon2Queue = KNOWN,
    shares: Mapping[str, int] = MappingProxyType({}),
) -> bool:
    """Check a password. Raises Busy; whoever is not known yet stands in another `queue`, with `shares` of it.

    Without an account (None) it takes as long, so that the clock tells nobody who has one.
    """
    try:
        with queue.slot(shares):
            return _hasher.verify(stored or NOBODYS_HASH, normalise(password)) and stored is not None
    except VerifyMismatchError:
        return False


def needs_rehash(stored: str) -> bool:
    """Say whether a hash was made with other settings than today's and should be made anew at this sign-in."""
    return _hasher.check_needs_rehash(stored)

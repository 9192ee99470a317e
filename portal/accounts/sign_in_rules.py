"""Rules of signing in: passwords that wrap a private key, codes, session lifetimes, throttle windows, addresses.

No count that a stranger can drive up belongs to an account alone: it belongs to the account as tried from one address,
or to the address. Only after the right password is there a count of the member's own.
"""

import hashlib
import hmac
import re
import unicodedata
from base64 import urlsafe_b64decode
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import chain
from typing import NamedTuple
from urllib.parse import urlsplit

from portal.accounts.roles import SHORT_STAY

SHORTEST_PASSWORD, LONGEST_PASSWORD = 12, 256
# More than 10^10 guesses. An attacker who stole the disk may guess at the wrapped private keys for as long as they
# like, at about four hundred Argon2id guesses a second per graphics card (256 MiB; 1,667 at 64 in hashcat's own
# figures for an RTX 4090): a strength that is good enough for a web site would last a few days.
LEAST_STRENGTH = 4
# The meter rates three known words in a row highly, so this many characters must be left when known words are removed.
LEAST_OF_ONES_OWN = 8

# Words that people in this city try first and that English lists of common passwords lack.
COMMON_HERE = tuple(
    (
        "common ground, commonground, community, comunidad, iglesia, vecinos, barrio, police, policia, contraseña, "
        "contrasena, clave, secreto, bienvenido, bienvenidos, hola, gracias, siempre, te amo, teamo, te quiero, "
        "tequiero, mi amor, amor, corazon, princesa, hermosa, mariposa, dios, jesus, jesucristo, cristo, virgen, "
        "guadalupe, esperanza, familia, abuela, estrella, mexico, honduras, guatemala, salvador, colombia, puerto "
        "rico, puertorico, cuba, futbol"
    ).split(", ")
)
# Sentences found in every collection of stolen passwords, however long they are.
FAMOUS = tuple(
    (
        "correct horse battery staple, tr0ub4dor, troubador, the quick brown fox jumps over the lazy dog, the quick "
        "brown fox jumps, to be or not to be, that is the question, in the beginning was the word, in the beginning, "
        "let me in right now, let me in, letmein, please, open sesame, i love you, our father who art in heaven, "
        "hallowed be thy name, the lord is my shepherd, i shall not want, god so loved the world, amazing grace how "
        "sweet the sound, amazing grace, we the people, i have a dream, we shall overcome, may the force be with you, "
        "winter is coming, it was the best of times, call me ishmael, once upon a time, four score and seven years "
        "ago, one nation under god, padre nuestro que estas en el cielo, santificado sea tu nombre, dios te salve "
        "maria, llena eres de gracia, el senor es mi pastor, nada me faltara, en el principio era el verbo, en el "
        "principio, ser o no ser, esa es la cuestion, en un lugar de la mancha, abrete sesamo, viva mexico, si se "
        "puede, el pueblo unido jamas sera vencido, cielito lindo, las mananitas, dejame entrar, por favor"
    ).split(", ")
)
SHORTEST_PART = 4
YEAR = re.compile("(?:19|20)[0-9]{2}")
LEET = (str.maketrans("013457@$", "oleastas"), str.maketrans("013457@$!", "oieastasi"))
"""Digits and signs that are typed for letters; 1 is an l or an i."""


class Weakness(StrEnum):
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    ABOUT_YOU = "about_you"
    ABOUT_HERE = "about_here"
    EASY_TO_GUESS = "easy_to_guess"


def normalise(password: str) -> str:
    """Return the same bytes for the same password from every keyboard (NFKC); spaces count, even at the ends."""
    return unicodedata.normalize("NFKC", password)


def weakness(
    password: str, person: Sequence[str], here: Sequence[str], strength: Callable[[Sequence[str]], int]
) -> Weakness | None:
    """Return why a normalised password is refused: its length, or how little is left for who tries some words first.

    `strength` rates it, from 0 to 4, against an attacker who knows these words.
    """
    if len(password) < SHORTEST_PASSWORD:
        return Weakness.TOO_SHORT
    if len(password) > LONGEST_PASSWORD:
        return Weakness.TOO_LONG
    anybodys = (*COMMON_HERE, *FAMOUS)
    # The whole names, and those of their parts that are long enough to stand for them.
    whole = {name.casefold() for name in here}
    neighbors = (*anybodys, *(word for word in words_about(here) if word in whole or len(word) >= SHORTEST_PART))
    attackers = {
        Weakness.EASY_TO_GUESS: anybodys,
        Weakness.ABOUT_HERE: neighbors,
        Weakness.ABOUT_YOU: (*neighbors, *words_about(person)),
    }
    weak = (why for why, words in attackers.items() if _left_without(words, password) < LEAST_OF_ONES_OWN)
    rated = (why for why, words in attackers.items() if strength(words) < LEAST_STRENGTH)
    return next(chain(weak, rated), None)


def words_about(person: Sequence[str]) -> tuple[str, ...]:
    """Return a person's name and e-mail address, whole and in parts, as an attacker would try them."""
    parts = (part for text in person for part in (text, *re.split(r"[\W_]+", text)))
    return tuple(dict.fromkeys(part.casefold() for part in parts if len(part) > 2))


def _left_without(words: Sequence[str], password: str) -> int:
    """Count the letters and digits left when years and words are removed, with digits read as letters or not."""
    bare = YEAR.sub("", password)
    spelled = [_bare(text) for text in (bare, *map(bare.translate, LEET))]
    for word in sorted(map(_bare, words), key=len, reverse=True):
        spelled = [text.replace(word, "") for text in spelled]
    return min(map(len, spelled))


def _bare(text: str) -> str:
    """Return the letters and digits, unaccented."""
    return "".join(letter for letter in unicodedata.normalize("NFKD", text).casefold() if letter.isalnum())


STEP_SECONDS = 30
RECOVERY_CODES = 10
RECOVERY_BYTES = 8
RECOVERY_LENGTH = 12

# Crockford's base 32: no I, L, O or U, so that a code read from paper has one reading.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
MISREADINGS = str.maketrans("OIL", "011")


def steps_to_try(at: datetime, last_step: int | None) -> tuple[int, ...]:
    """Return the time steps before, at and after `at`, without those up to the last one used: no code works twice."""
    now = int(at.timestamp()) // STEP_SECONDS
    return tuple(step for step in (now - 1, now, now + 1) if last_step is None or step > last_step)


def typed_digits(typed: str) -> str:
    """Return the digits of a code as typed or pasted: "123 456" or "123-456"."""
    return "".join(letter for letter in typed if letter in "0123456789")


def recovery_code(random: bytes) -> str:
    """Return eight random bytes as a code of 60 bits: "7K3M-Q0ZD-XW2A"."""
    number = int.from_bytes(random, "big")
    letters = "".join(ALPHABET[number >> 5 * place & 31] for place in range(RECOVERY_LENGTH))
    return "-".join(letters[place : place + 4] for place in range(0, RECOVERY_LENGTH, 4))


def typed_recovery_code(typed: str) -> str:
    """Normalise a recovery code regardless of case, spaces and dashes, and with O for 0 and I or L for 1."""
    return "".join(letter for letter in typed.upper().translate(MISREADINGS) if letter in ALPHABET)


@dataclass(frozen=True)
class Stay:
    """Limits of a sign-in: the longest pause between requests and the longest total duration."""

    idle: timedelta = timedelta(minutes=45)
    whole: timedelta = timedelta(hours=12)
    second_factor: timedelta = timedelta(minutes=10)
    """The time to give the second factor after the password."""


STAY = Stay()
LONG_STAY = Stay(idle=timedelta(hours=4))
"""For roles without keys of reports: an evening with its meeting and the way home. Keys of a circle are locked sooner,
see `locks_key`."""


def stay_of(roles: Iterable[str]) -> Stay:
    """Return the limits for these roles: short ones for none, and if one of them has keys of reports."""
    held = frozenset(roles)
    return LONG_STAY if held and SHORT_STAY.isdisjoint(held) else STAY


def locks_key(seen_at: datetime, now: datetime) -> bool:
    """Return whether a member's key is locked after this pause, though the sign-in may last."""
    return now - seen_at >= STAY.idle


def has_ended(
    created_at: datetime, seen_at: datetime, second_factor_at: datetime | None, now: datetime, stay: Stay = STAY
) -> bool:
    """Return whether a sign-in has ended by `now`: the second factor did not come, it was idle, or it is too old."""
    if second_factor_at is None and now - created_at >= stay.second_factor:
        return True
    return now - created_at >= stay.whole or now - seen_at >= stay.idle


def to_the_minute(moment: datetime) -> datetime:
    """Drop the seconds: a more exact record of who was at the desk when helps only an attacker who matches records."""
    return moment.replace(second=0, microsecond=0)


def worth_noting(seen_at: datetime, now: datetime) -> bool:
    """Return whether `seen_at` should be updated; once a minute is enough and saves writes."""
    return to_the_minute(now) > seen_at


MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR


class ThrottleWindow(NamedTuple):
    """At most `most` tries of something, by the holder of a key, within so many seconds."""

    what: str
    key: str
    most: int
    seconds: int


def sign_in_shares(address: str, network: str, *, is_known: bool = False) -> dict[str, int]:
    """Return how many passwords of an address or network may be checked or wait at once: never all six places."""
    return {address: 3} if is_known else {address: 3, network: 4}


def sign_in_windows(account: str, address: str, network: str, *, is_known: bool = False) -> tuple[ThrottleWindow, ...]:
    """Return the windows of a password check; `account`, `address` and its `network` are keyed hashes."""
    # Generous for an address, because a church hall or a city office shares one.
    own = (
        ThrottleWindow("sign-in", f"{account}:{address}", 5, 5 * MINUTE),
        ThrottleWindow("sign-in", f"{account}:{address}", 50, DAY),
        ThrottleWindow("sign-in", address, 60, 15 * MINUTE),
        ThrottleWindow("sign-in", address, 600, DAY),
    )
    # One IPv6 customer has 65,536 addresses, so a network has a limit, too. It would let a stranger there lock a member
    # out, so it does not count where an account `is_known`, since its password was right there today.
    if is_known:
        return own
    return (
        *own,
        ThrottleWindow("sign-in nearby", f"{account}:{network}", 100, DAY),
        ThrottleWindow("sign-in nearby", network, 240, 15 * MINUTE),
        ThrottleWindow("sign-in nearby", network, 1_200, DAY),
    )


def second_factor_windows(sign_in: str, member: str) -> tuple[ThrottleWindow, ...]:
    """Return the windows of a second factor; only a caller with the right password comes this far."""
    # Without the member's own count, a bot with many addresses would guess six digits with three valid steps within
    # days. An attacker who can drive this count up knows the password; the remedy then is a new password.
    return (ThrottleWindow("second-factor", sign_in, 5, HOUR), ThrottleWindow("second-factor", member, 30, DAY))


def passkey_windows(address: str, network: str, *, is_known: bool = False) -> tuple[ThrottleWindow, ...]:
    """Return the windows of signing in with a passkey alone: nothing can be guessed there, but each try costs work."""
    own = ThrottleWindow("sign-in passkey", address, 60, 15 * MINUTE)
    return (own,) if is_known else (own, ThrottleWindow("sign-in passkey nearby", network, 240, 15 * MINUTE))


def invitation_windows(address: str) -> tuple[ThrottleWindow, ...]:
    return (ThrottleWindow("invitation", address, 30, HOUR),)


def own_path(asked: str | None) -> str | None:
    """Return `asked` if it is a path of this site, else None: our sign-in page must not lead on to a copy of it."""
    if not asked or not asked.startswith("/") or asked.startswith("//"):
        return None
    # Browsers read a backslash as a slash, and drop tabs and line breaks before they parse the address.
    if "\\" in asked or not asked.isprintable():
        return None
    parts = urlsplit(asked)
    return asked if not parts.scheme and not parts.netloc else None


PRF_INPUT = hashlib.sha256(b"common-ground: the member's key").digest()
"""What each passkey computes its secret from. It is the same for all: before somebody has signed in we do not know whom
to ask. The secrets differ, since each passkey computes with a key of its own."""
OUTPUT_BYTES = 32
HANDLE_BYTES = 8


def member_handle(member_id: int) -> bytes:
    """Return the id by which a device keeps an account's passkey; it says nothing about the person."""
    return member_id.to_bytes(HANDLE_BYTES, "big")


def passkey_output(typed: str) -> bytes | None:
    """Return the secret that a passkey computed, from base64 as the page sends it; None if it is not one."""
    try:
        output = urlsafe_b64decode(typed + "=" * (-len(typed) % 4))
    except ValueError:
        return None
    return output if len(output) == OUTPUT_BYTES else None


CHALLENGE_SECONDS = 15 * MINUTE
CHALLENGE_RANDOM, CHALLENGE_TIME = 16, 8


def new_challenge(key: bytes, random: bytes, at: datetime) -> bytes:
    """Return 16 random bytes, the time, and an HMAC of both: nothing is stored, and no cookie set before a sign-in."""
    body = random + int(at.timestamp()).to_bytes(CHALLENGE_TIME, "big")
    return body + hmac.digest(key, body, "sha256")


def is_our_challenge(key: bytes, challenge: bytes, at: datetime) -> bool:
    """Return whether a challenge was made with this key in the last quarter of an hour."""
    body, proof = challenge[: CHALLENGE_RANDOM + CHALLENGE_TIME], challenge[CHALLENGE_RANDOM + CHALLENGE_TIME :]
    if not hmac.compare_digest(hmac.digest(key, body, "sha256"), proof):
        return False
    age = int(at.timestamp()) - int.from_bytes(body[CHALLENGE_RANDOM:], "big")
    return 0 <= age < CHALLENGE_SECONDS


LONGEST_EMAIL = 254


def normal_email(typed: str) -> str:
    return typed.strip().casefold()

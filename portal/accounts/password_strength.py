"""Rules for passwords that wrap a private key: normalisation, length, content and strength."""

import re
import unicodedata
from collections.abc import Sequence
from enum import StrEnum

SHORTEST = 12
LONGEST = 256
# More than 10^10 guesses. An attacker who stole the disk may guess at the wrapped private keys for as long as they
# like, at about four hundred Argon2id guesses a second per graphics card (256 MiB; 1,667 at 64 in hashcat's own
# figures for an RTX 4090): a strength that is good enough for a web site would last a few days.
LEAST_STRENGTH = 4
# The meter rates three known words in a row highly, so this many characters must be left when known words are removed.
LEAST_OF_ONES_OWN = 8

# Words that people in this city try first and that English lists of common passwords lack.
COMMON_HERE = (
    *("common ground", "commonground", "community", "comunidad", "iglesia", "vecinos", "barrio", "police", "policia"),
    *("contraseña", "contrasena", "clave", "secreto", "bienvenido", "bienvenidos", "hola", "gracias", "siempre"),
    *("te amo", "teamo", "te quiero", "tequiero", "mi amor", "amor", "corazon", "princesa", "hermosa", "mariposa"),
    *("dios", "jesus", "jesucristo", "cristo", "virgen", "guadalupe", "esperanza", "familia", "abuela", "estrella"),
    *("mexico", "honduras", "guatemala", "salvador", "colombia", "puerto rico", "puertorico", "cuba", "futbol"),
)


# Sentences found in every collection of stolen passwords, however long they are.
FAMOUS = (
    *("correct horse battery staple", "tr0ub4dor", "troubador", "the quick brown fox jumps over the lazy dog"),
    *("the quick brown fox jumps", "to be or not to be", "that is the question", "in the beginning was the word"),
    *("in the beginning", "let me in right now", "let me in", "letmein", "please", "open sesame", "i love you"),
    *("our father who art in heaven", "hallowed be thy name", "the lord is my shepherd", "i shall not want"),
    *("god so loved the world", "amazing grace how sweet the sound", "amazing grace", "we the people"),
    *(
        "i have a dream",
        "we shall overcome",
        "may the force be with you",
        "winter is coming",
        "it was the best of times",
    ),
    *("call me ishmael", "once upon a time", "four score and seven years ago", "one nation under god"),
    *(
        "padre nuestro que estas en el cielo",
        "santificado sea tu nombre",
        "dios te salve maria",
        "llena eres de gracia",
    ),
    *("el senor es mi pastor", "nada me faltara", "en el principio era el verbo", "en el principio"),
    *("ser o no ser", "esa es la cuestion", "en un lugar de la mancha", "abrete sesamo", "viva mexico", "si se puede"),
    *("el pueblo unido jamas sera vencido", "cielito lindo", "las mananitas", "dejame entrar", "por favor"),
)


SHORTEST_PART = 4
YEAR = re.compile("(?:19|20)[0-9]{2}")
LEET = (str.maketrans("013457@$", "oleastas"), str.maketrans("013457@$!", "oieastasi"))
"""Digits and signs that are typed for letters; 1 is an l or an i."""


class Weakness(StrEnum):
    """Why a password is refused, as a key for the page."""

    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    ABOUT_YOU = "about_you"
    ABOUT_HERE = "about_here"
    EASY_TO_GUESS = "easy_to_guess"


def normalise(password: str) -> str:
    """Return the same bytes for the same password from every keyboard (NFKC); spaces count, even at the ends."""
    return unicodedata.normalize("NFKC", password)


def length_weakness(password: str) -> Weakness | None:
    """Check the length of a normalised password."""
    if len(password) < SHORTEST:
        return Weakness.TOO_SHORT
    return Weakness.TOO_LONG if len(password) > LONGEST else None


def content_weakness(password: str, person: Sequence[str], here: Sequence[str] = ()) -> Weakness | None:
    """Check how much is left of a password without the words that any attacker, or an acquaintance, would try.

    `here` holds the names that everybody in the city knows: of the city, the portal, its places and roles.
    """
    anybodys = (*COMMON_HERE, *FAMOUS)
    if _left_without(anybodys, password) < LEAST_OF_ONES_OWN:
        return Weakness.EASY_TO_GUESS
    # The whole names, and those of their parts that are long enough to stand for them.
    whole = {name.casefold() for name in here}
    neighbors = (*anybodys, *(word for word in words_about(here) if word in whole or len(word) >= SHORTEST_PART))
    if _left_without(neighbors, password) < LEAST_OF_ONES_OWN:
        return Weakness.ABOUT_HERE
    without_person = _left_without((*neighbors, *words_about(person)), password)
    return Weakness.ABOUT_YOU if without_person < LEAST_OF_ONES_OWN else None


def strength_weakness(strength: int, strength_for_stranger: int) -> Weakness | None:
    """Check a password's strength (0 to 4) against attackers who know the person, and against strangers."""
    if strength >= LEAST_STRENGTH:
        return None
    return Weakness.ABOUT_YOU if strength_for_stranger >= LEAST_STRENGTH else Weakness.EASY_TO_GUESS


def words_about(person: Sequence[str]) -> tuple[str, ...]:
    """Return a person's name and e-mail address, whole and in parts, as an attacker would try them."""
    parts = (part for text in person for part in (text, *re.split(r"[\W_]+", text)))
    return tuple(dict.fromkeys(part.casefold() for part in parts if len(part) > 2))


def _left_without(words: Sequence[str], password: str) -> int:
    """Count the letters and digits left when years and words are removed, with digits read as letters or not."""
    bare = YEAR.sub("", password)
    return min(len(_without(words, spelled)) for spelled in (bare, *map(bare.translate, LEET)))


def _without(words: Sequence[str], password: str) -> str:
    """Remove words from a password, the longest first, and return the remaining letters and digits, unaccented."""
    rest = _bare(password)
    for word in sorted(map(_bare, words), key=len, reverse=True):
        rest = rest.replace(word, "")
    return rest


def _bare(text: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFKD", text).casefold() if letter.isalnum())

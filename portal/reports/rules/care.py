"""What a report should be asked about before it is sent: words that give somebody away, and race alone."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum


class Giveaway(StrEnum):
    """Something in a text that could show who wrote it, or name somebody."""

    PHONE = "phone"
    EMAIL = "email"
    PLATE = "plate"
    HOUSE = "house"
    NAME = "name"


PATTERNS = {
    Giveaway.PHONE: re.compile(r"(?<!\d)(?:\+?1[\s.-]*)?\(?\d{3}\)?[\s.-]*\d{3}[\s.-]*\d{4}(?!\d)"),
    # From the beginning of a word only: tried from every letter, a long word without @ would take minutes.
    Giveaway.EMAIL: re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+\.\w{2,}"),
    Giveaway.PLATE: re.compile(
        r"\b(?:[A-Z]{2,3}[- ]?\d{3,4}|\d{1,4}-?(?!AM|PM|ST|ND|RD|TH)[A-Z]{2,3}-?\d{0,4})\b"
        r"|\b(?:plate|placa)s?\b.{0,12}\d"
    ),
    Giveaway.HOUSE: re.compile(
        r"\b\d{1,5}\s+(?:[NSEW]\.?\s+)?[A-Z]\w+(?:\s+[A-Z]\w+)?\s+"
        r"(?:St|Street|Ave|Avenue|Rd|Road|Dr|Drive|Ln|Lane|Ct|Blvd|Way|Pl)\b"
        r"|\b(?:casa|house|apt|apartamento|apartment|unit|depto)\.?\s*(?:(?:no\.?|n[uú]mero|number|#)\s*)?\d+\b",
        re.IGNORECASE,
    ),
    Giveaway.NAME: re.compile(
        r"\b(?:my name is|i am called|me llamo|mi nombre es|se llama|his name is|her name is)\b", re.IGNORECASE
    ),
}

RACE = frozenset(
    """black blacks white whites hispanic hispanics latino latina latinos latinas mexican mexicans asian asians african
    american arab arabs native indian brown negro negra negros negras blanco blanca blancos blancas moreno morena
    morenos morenas hispano hispana hispanos mexicano mexicana mexicanos asiatico asiatica arabe arabes indio india
    prieto prieta gringo gringos colored race raza""".split()
)
EMPTY = frozenset(
    """a an the some two three four five group of man men male males woman women female guy guys dude dudes boy boys kid
    kids person people young old teen teens adult and or with is are was were looks look looking like very they he she
    it un una unos unas dos tres cuatro cinco grupo de hombre hombres mujer mujeres muchacho muchachos chico chicos
    chica chicas joven jovenes viejo viejos persona personas gente tipo tipos y o con es son era eran parece parecen muy
    el la los las ellos ellas adulto adultos skin piel color""".split()
)


def giveaways(text: str) -> tuple[Giveaway, ...]:
    """What in `text` the writer may want to take out before sending."""
    return tuple(kind for kind, pattern in PATTERNS.items() if pattern.search(text))


def says_only_race(looks: str) -> bool:
    """Whether a description names a race and nothing that could tell one person from another."""
    words = [_fold(word) for word in re.findall(r"\w+", looks)]
    if not any(word in RACE for word in words):
        return False
    return not any(word not in RACE and word not in EMPTY for word in words)


def _fold(word: str) -> str:
    decomposed = unicodedata.normalize("NFKD", word.lower())
    return "".join(sign for sign in decomposed if not unicodedata.combining(sign))

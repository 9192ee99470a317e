"""What a report should be asked about before it is sent: words that give somebody away, and race alone."""

from __future__ import annotations

import re
import unicodedata

from portal.core.giveaways import Giveaway, giveaways, patterns_of

MOST_ROUNDS = 20

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
    el la los las ellos ellas adulto adultos skin piel color
    there here this that these those they're i see saw we have has are at on in by near around outside inside front
    corner corners street block house porch park here again always every day night standing sitting hanging out walking
    when while whenever my our neighborhood suspicious strange weird bad new many more lots all people's what where
    hay aqui ahi alli alla este esta estos estas ese esa esos esas veo vi vemos en por cerca fuera afuera dentro frente
    esquina calle cuadra casa parque otra vez siempre todos todas dias dia noche noches parado parados parada paradas
    sentado sentados mi mis nuestro nuestra barrio sospechoso sospechosos sospechosa sospechosas raro raros rara raras
    malo malos mala malas nuevo nuevos muchos muchas mas que donde del al cuando mientras""".split()
)
COLORED_PLACE = re.compile(
    r"\b(?:(?:black|white|brown) (?:house|street|park|porch)|(?:casa|calle|parque) (?:blanc|moren|negr|priet)[ao])\b"
)
"""The brown house and White Street are places; "negros" after "calle" are people."""


def masked(text: str, mark: str) -> str:
    """`text` with `mark` in the place of everything that `giveaways` sees; the mark holds nothing of that kind itself.

    Only a beginning: it knows no name that nobody announces. A person reads it before anybody else does.
    """
    # Names first, while the words that announce them stand beside them.
    text = _without(text, Giveaway.NAME, mark)
    # What stood on both sides of something can make a new one together; each round leaves less of the text.
    for _round in range(MOST_ROUNDS):
        found = giveaways(text)
        if not found:
            return text
        for kind in found:
            text = _without(text, kind, mark)
    # Nobody writes so: it would only keep the desk waiting.
    return mark


def _without(text: str, kind: Giveaway, mark: str) -> str:
    for pattern in patterns_of(kind):
        text = pattern.sub(lambda match: (match.groupdict().get("kept") or "") + mark, text)
    return text


def says_only_race(text: str) -> bool:
    """Whether a description names a race, and neither what is done nor what could tell one person from another."""
    words = COLORED_PLACE.sub(" ", " ".join(_fold(word) for word in re.findall(r"\w+", text))).split()
    if not any(word in RACE for word in words):
        return False
    return not any(word not in RACE and word not in EMPTY for word in words)


def _fold(word: str) -> str:
    decomposed = unicodedata.normalize("NFKD", word.lower())
    return "".join(sign for sign in decomposed if not unicodedata.combining(sign))

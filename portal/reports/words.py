"""Rules that read the words of a report: race alone, police, personal details, and how alike two reports are."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from hashlib import blake2b
from math import log, sqrt

from portal.core.pii import PersonalDetail, patterns_of, personal_details, says_own_name
from portal.core.reading.grams import SPELLED, concepts_of, words_of
from portal.core.texted import unaccented


def _words(*patterns: str) -> re.Pattern[str]:
    return re.compile(r"\b(?:" + re.sub(r"\n\s*", "", "|".join(patterns)) + r")\b")


def _fold(text: str) -> str:
    """Return the text in lower case without accents and apostrophes, other punctuation replaced by spaces."""
    plain = unaccented(text.casefold().replace("'", "").replace("’", ""))
    return re.sub(r"[\W_]+", " ", plain).strip()


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
    malo malos mala malas nuevo nuevos muchos muchas mas que donde del al cuando mientras estan estaban""".split()
)
COLORED_PLACE = re.compile(
    r"\b(?:(?:black|white|brown) (?:house|street|park|porch)|(?:casa|calle|parque) (?:blanc|moren|negr|priet)[ao])\b"
)
""""The brown house" and "White Street" are places; "negros" after "calle" are people."""


def masked(text: str, mark: str) -> str:
    """Return `text` with `mark` in place of all personal details that `personal_details` finds.

    `mark` itself must contain none. Names without an introducing phrase are missed: a desk member reads the text first.
    """
    # Names first, while the phrases that introduce them are still there.
    text = _without(text, PersonalDetail.NAME, mark)
    # The text on both sides of a match can form a new match together; each round leaves less of the text.
    for _round in range(MOST_ROUNDS):
        kinds = personal_details(text)
        if not kinds:
            return text
        for kind in kinds:
            text = _without(text, kind, mark)
    # No genuine report is like this: more rounds would only keep the desk waiting.
    return mark


def _without(text: str, kind: PersonalDetail, mark: str) -> str:
    for pattern in patterns_of(kind):
        text = pattern.sub(lambda match: (match.groupdict().get("kept") or "") + mark, text)
    return text


class CloseDetail(StrEnum):
    """What points to the writer or to a family although it is no number and no name."""

    PAPERS = "papers"
    HOME = "home"


_SEEN_FROM = (
    "(?:window|windows|porch|balcony|kitchen|bedroom|stoop|yard|backyard|driveway|door|house|home|apartment|building)"
)
_VISTA = "(?:ventana|ventanas|balcon|porche|cocina|cuarto|patio|puerta|casa|apartamento|departamento|edificio|negocio)"
_BESIDE = "(?:from|in|at|outside|behind|under|near|by|in front of|across from|next to)"
_JUNTO = "(?:desde|en|afuera de|frente a|atras de|detras de|junto a|cerca de)"
_OWN_HOME = (
    rf"{_BESIDE} (?:my|our) (?:\w+ )?{_SEEN_FROM}",
    r"(?:i|we) live|(?:my|our) (?:address|house|home|apartment) is",
    r"(?:across|upstairs) from (?:me|us)|next door to (?:me|us)",
    rf"{_JUNTO} (?:mi|nuestra|nuestro) {_VISTA}|vivo|vivimos|(?:mi|nuestra) (?:direccion|casa) (?:es|esta)",
    r"(?:frente|al lado|enfrente) de (?:mi|nosotros)",
)
_CLOSE = {
    CloseDetail.PAPERS: _words(
        r"undocumented|illegals|illegal (?:alien|aliens|immigrant|immigrants)|green cards?|deport\w*",
        r"(?:no|without|any|my|our|their) (?:legal )?papers|immigration (?:status|papers|court)|political asylum",
        r"(?:asylum|visa) (?:case|seekers?|expired|ran out)|(?:apply|applied|asked) for asylum|ice (?:agents?|raids?)",
        r"(?:afraid|scared) of ice|not (?:a )?citizens?|sin papeles|papeles (?:vencidos|falsos)|indocumentad[oa]s?",
        r"no (?:tengo|tenemos|tiene|tienen) (?:los |sus )?(?:papeles|documentos)|la migra|migracion|inmigracion",
        r"(?:estatus|estado|situacion) migratori[oa]|asilo politico|(?:pedi|pidio|pidiendo|pedimos) asilo|mojad[oa]s",
    ),
    CloseDetail.HOME: _words(
        *_OWN_HOME,
        rf"{_BESIDE} (?:her|his|their) (?:\w+ )?{_SEEN_FROM}",
        r"where i work|(?:she|he) lives|they live|i work (?:at|in|for)",
        rf"{_JUNTO} su {_VISTA}",
        r"(?:vive|viven) (?:en|arriba|abajo|enfrente|frente|junto|al lado|cerca)|donde trabajo|trabajo en",
    ),
}


def close_details(text: str) -> tuple[CloseDetail, ...]:
    """Return what tells of papers, home or place of work: it is not masked, as only a person can tell if it matters."""
    folded = _fold(text)
    return tuple(kind for kind, words in _CLOSE.items() if words.search(folded))


_OF_WRITER = _words(*_OWN_HOME)


def to_ask_about(
    details: Iterable[PersonalDetail], text: str, *, of_police: bool
) -> tuple[PersonalDetail | CloseDetail, ...]:
    """Return which of the details in a report its writer is asked to look at again.

    The house where it happens belongs in a report, and an officer's name and car in one about the police: these are not
    asked about, but the writer's own home and name are.
    """
    belongs = {PersonalDetail.HOUSE, *((PersonalDetail.NAME, PersonalDetail.PLATE) if of_police else ())}
    doubtful: list[PersonalDetail | CloseDetail] = [kind for kind in details if kind not in belongs]
    if PersonalDetail.NAME in belongs and says_own_name(text):
        doubtful.append(PersonalDetail.NAME)
    if PersonalDetail.HOUSE in details and _OF_WRITER.search(_fold(text)):
        doubtful.append(CloseDetail.HOME)
    return tuple(doubtful)


def says_only_race(text: str) -> bool:
    """Whether a description names a race, but no behaviour and nothing that distinguishes a person."""
    folded = (unaccented(word.lower()) for word in re.findall(r"\w+", text))
    words = COLORED_PLACE.sub(" ", " ".join(folded)).split()
    if not any(word in RACE for word in words):
        return False
    return not any(word not in RACE and word not in EMPTY for word in words)


@dataclass(frozen=True)
class ReportWords:
    """The text of a message in parts; most messages have only `what`."""

    what: str
    where: str = ""
    when: str = ""
    looks: str = ""

    @property
    def parts(self) -> tuple[tuple[str, str], ...]:
        """(name, text) of every non-empty part, in the order of the form."""
        return tuple((name, text) for name, text in asdict(self).items() if text)

    @property
    def all_text(self) -> str:
        return "\n".join(text for _name, text in self.parts)

    def to_bytes(self) -> bytes:
        return json.dumps(dict(self.parts), ensure_ascii=False).encode()

    @classmethod
    def from_bytes(cls, opened: bytes) -> ReportWords:
        return cls(**{"what": "", **json.loads(opened)})


_OF_POLICE = re.compile(
    r"\b(?:police\w{0,3}|cops?|officers?|sheriffs?|deput(?:y|ies)|troopers?|detectives?|patrol\w{0,3}|squad cars?"
    r"|polic[ií]as?|polic[ií]ac[ao]s?|oficial(?:es)?|agentes?|alguacil(?:es)?|patrull\w{1,5})\b",
    re.IGNORECASE,
)


def speaks_of_police(text: str) -> bool:
    """Whether the text mentions the police: only a person can tell a complaint from a request."""
    return _OF_POLICE.search(text) is not None


FEWEST_WORDS = 8
"""Shorter texts are written alike by people who know nothing of each other."""
MOST_WORDS = 300
PHRASE, BANDS, ROWS = 3, 6, 2
_WHOLE = 2**64 - 1


def sketch(text: str, key: bytes) -> tuple[str, ...]:
    """Return the parts of a text's sketch, in which texts that share most phrases share a part; none of few words.

    A flood from very many networks passes every quota of a network, but it is seldom written anew each time. So each
    report is counted under the parts of its sketch. They are made with a key (at most 64 bytes) that lives in memory
    for a day, and counted in memory for an hour: neither says anything about a text to whoever does not hold the key.
    Case, accents, numbers and signs make no difference.

    MinHash with banding, after Broder (1997) and Leskovec, Rajaraman & Ullman, Mining of Massive Datasets, chapter 3:
    two texts that share the part `s` of their phrases share a part of their sketch with probability 1 - (1 - s²)⁶,
    which is 0.82 for a half, 0.22 for a fifth, 0.01 for a twentieth.
    """
    words = re.findall(r"[^\W\d_]+", unaccented(text).casefold())[:MOST_WORDS]
    if len(words) < FEWEST_WORDS:
        return ()
    phrases = {" ".join(words[begin : begin + PHRASE]) for begin in range(len(words) - PHRASE + 1)}
    marks = [int.from_bytes(blake2b(phrase.encode(), key=key, digest_size=8).digest()) for phrase in phrases]
    # An odd number for each row, so that each orders the phrases in another way.
    made = blake2b(b"rows", key=key, digest_size=64).digest() + blake2b(b"more", key=key, digest_size=64).digest()
    factors = [int.from_bytes(made[8 * row : 8 * row + 8]) | 1 for row in range(BANDS * ROWS)]
    least = [min(mark * factor & _WHOLE for mark in marks) for factor in factors]
    bands = (least[band * ROWS : (band + 1) * ROWS] for band in range(BANDS))
    return tuple(f"{number}:{'.'.join(f'{mark:x}' for mark in band)}" for number, band in enumerate(bands))


PIECE, RARE = 4, 3
"""Letters of a piece of a word, which has a space at both ends; how steeply what few texts say weighs more."""


def likeness(text: str, others: Sequence[str]) -> list[float]:
    """Return how much each of the others shares with a text, from 0 to 1, whatever the spelling and the language.

    Compared are words, pieces of words for their spelling, and concepts for the language, by cosine with weights for
    what is rare among these texts (Manning, Raghavan & Schütze, Introduction to Information Retrieval, chapter 6).
    """
    marks = list[set[str]]()
    for each in (text, *others):
        words = {SPELLED.get(word, word) for word in words_of(each) if word[0].isalnum()}
        pieces = {f" {word} "[at : at + PIECE] for word in words for at in range(len(word) + 3 - PIECE)}
        marks.append({*(f"w{word}" for word in words), *pieces, *(f"k{concept}" for concept in concepts_of(*words))})
    counts = Counter(mark for each in marks for mark in each)
    weights = {mark: log(len(marks) / number) ** RARE for mark, number in counts.items() if number > 1}
    lengths = [sqrt(sum(weights.get(mark, 0) for mark in each)) or 1.0 for each in marks]
    shared = (sum(weights.get(mark, 0) for mark in marks[0] & each) for each in marks[1:])
    return [weight / lengths[0] / length for weight, length in zip(shared, lengths[1:], strict=True)]

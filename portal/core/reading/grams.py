"""What the reader sees of a text: words, pieces of words, pairs and concepts, also beside what was said before.

Pure. Everything is matched against plain text: lower case, no accents, Latin letters for their look-alikes.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path

HERE = Path(__file__).parent
PIECES = range(2, 6)
"""Lengths of the pieces of a word, which has a space at both ends."""
STEM = 3
"""A stem in concepts.txt has at least so many letters."""
LONGEST = 1600
_WORD = re.compile(r"[a-z]+|[0-9]+|[^\sa-z0-9]")
_LENGTHENED = re.compile(r"(.)\1{2,}")
_LENGTHS = (0, 1, 2, 4, 8, 16, 32)
LOOK_ALIKES = str.maketrans("авекмнорстухіѕјԁαενορτυκι", "abekmhopctyxisjdaevoptuki")
"""Cyrillic and Greek letters that are read as Latin ones."""
_APOSTROPHES = str.maketrans("", "", "'’‘´`")
_SPELLED = """q=que k=que ke=que xq=porque pq=porque porq=porque x=por pa=para toy=estoy ta=esta tmb=tambien tb=tambien
    bn=bien grax=gracias grasias=gracias u=you ur=your r=are pls=please plz=please plez=please thx=thanks
    thanx=thanks ty=thanks rn=now abt=about bout=about cuz=because bc=because wit=with wo=without da=the dat=that
    dis=this dem=them dey=they tha=the ya=ya gon=gonna finna=gonna boutta=gonna tryna=trying ppl=people msg=message
    msgs=messages txt=text txts=texts txting=texting nvm=nevermind tmrw=tomorrow tmr=tomorrow wanna=want wana=want
    ms=mas mjs=mensajes msj=mensaje msjs=mensajes tel=telefono cel=celular d=de asta=hasta aser=hacer aki=aqui ay=hay
    ai=hay boi=voy voi=voy bamos=vamos ban=van benden=venden bende=vende kiero=quiero ayi=alli aya=alla stan=estan
    sta=esta ola=hola iglesa=iglesia"""
SPELLED = dict(pair.split("=") for pair in _SPELLED.split())
"""Short spellings, with the word that is meant."""


def plain(text: str) -> str:
    """Return the text in lower case, without accents and apostrophes, with Latin letters for their look-alikes."""
    if text.isascii():
        return text.lower().translate(_APOSTROPHES)
    bare = unicodedata.normalize("NFKD", text.translate(_APOSTROPHES).casefold())
    return "".join(sign for sign in bare if not unicodedata.combining(sign)).casefold().translate(LOOK_ALIKES)


@cache
def _concepts() -> dict[str, set[str]]:
    """Return the concepts of concepts.txt, by their words; a star stands for any ending."""
    found: dict[str, set[str]] = {}
    for line in (HERE / "concepts.txt").read_text().splitlines():
        concept, _colon, words = line.partition(": ")
        for word in words.split():
            found.setdefault(word, set()).add(concept)
    return found


def concepts_of(*words: str) -> set[str]:
    """Return the concepts that plain words belong to, in whichever language they are."""
    known = _concepts()
    forms = (form for word in words for form in (word, *(f"{word[:end]}*" for end in range(STEM, len(word) + 1))))
    return set().union(*(known[form] for form in forms if form in known))


def words_of(text: str) -> list[str]:
    """Return the words and signs of a text; of a number only the number of its digits, beyond one."""
    found = _WORD.findall(plain(text[:LONGEST]))
    return [f"#{len(word)}" if len(word) > 1 and word.isdigit() else _LENGTHENED.sub(r"\1\1", word) for word in found]


def grams(text: str, after: str) -> set[str]:
    """Return all that the reader weighs; the first sign of each tells its kind."""
    written = words_of(text)
    words = [SPELLED.get(word, word) for word in written]
    pairs = [f"{one} {other}" for one, other in pairwise(("^", *words, "$"))]
    found = {f"a{after}", *(f"w{word}" for word in words), *(f"b{pair}" for pair in pairs)}
    found.update(f"x{after}{word}" for word in words)
    found.update(f"y{after}{pair}" for pair in pairs)
    for word in {*words, *written}:
        spaced = f" {word} "
        found.update("c" + spaced[at : at + size] for size in PIECES for at in range(len(spaced) - size + 1))
    found.update(_of_concepts(words, after))
    found.update(_of_form(text, len(words), after))
    return found


def _of_concepts(words: Sequence[str], after: str) -> Iterator[str]:
    """Yield the concepts of the words, also beside the word or the concept next to them."""
    named = [sorted(concepts_of(word)) for word in words]
    for concept in {concept for each in named for concept in each}:
        yield f"k{concept}"
        yield f"K{after}{concept}"
    for (word, of_word), (following, of_following) in pairwise(zip(words, named, strict=True)):
        for concept in of_following:
            yield f"r{word} {concept}"
            yield from (f"q{one} {concept}" for one in of_word)
        for concept in of_word:
            yield f"l{concept} {following}"


def _of_form(text: str, many: int, after: str) -> Iterator[str]:
    length = sum(many > size for size in _LENGTHS)
    yield f"n{length}"
    yield f"n{after}{length}"
    if "?" in text:
        yield f"?{after}"
    if any(map(str.isdigit, text)):
        yield f"#{after}"
    if text.isupper():
        yield "U"

"""Reading of texts that ask for news: "FOLLOW Elm Street", "quiero recibir noticias de la calle Elm". Pure.

Anything that is not plainly such a request is left alone: it may be a report.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Generic, TypeVar

from portal.core.patterns import LazyPattern

T = TypeVar("T")


class Asked(StrEnum):
    """What a text asks for."""

    NEWS = "news"
    """News, without saying about what; also the answer to our question whether it is to begin."""
    PLACE = "place"
    MEETINGS = "meetings"
    SAFETY = "safety"


@dataclass(frozen=True)
class FollowRequest(Generic[T]):
    """What a text asks for, in which language, and the place if it names one.

    `is_unknown`: it names something that is no place of ours. `leaves`: it wants no more of this news.
    """

    asked: Asked
    language: str
    place: T | None = None
    is_unknown: bool = False
    leaves: bool = False


_POLITE = r"(?:please|pls|thanks|thank you|hi|hello|hey|ok|okay|hola|por favor|porfa|gracias|buenas|buenos dias) ?"
_ENGLISH = LazyPattern(
    rf"(?:{_POLITE})*(?:(?:i (?:want|would like|d like|need|wanna)|wanna|id like|can i|could i|how (?:do|can) i"
    rf"|let me) (?:to )?)?"
    r"(?:(?:get|receive|have|follow|sign up for|sign me up for|send me|text me|msg me|give me"
    r"|subscribe(?: me)?(?: to)?) )?(?:the )?"
    r"(?P<head>news|updates?|alerts?|fol+l?o?w|folow|fallow|fllow|flow|folo|subscribe|sign (?:me |us )?up"
    r"|notifications?|(?:keep me (?:posted|updated|informed)|let me know"
    r"|notify me|text me)(?= (?:about|on|of)))(?: by text| by text message)?"
    r"(?P<about> (?:about|from|of|for|on|at|to|in))?(?P<rest>(?: .*)?)"
)
_SPANISH = LazyPattern(
    rf"(?:{_POLITE})*(?:(?:quiero|quisiera|deseo|me gustaria|necesito|puedo|como puedo) )?"
    r"(?:(?:(?:apunt|registr|inscrib)(?:a|e|an|en)me(?: para| a| en)?|recibir|tener|mandeme|mandenme|enviame"
    r"|enviarme|envieme|deme|denme|que me manden|suscribirme a) )?(?:las )?"
    r"(?P<head>noticias?|novedades|seguir|siguir|segir|suscribir|suscribirme|suscribirse|suscribame|alertas"
    r"|notificaciones"
    r"|(?:avis|inform|notifi[cq]u?)(?:e|en|a)me(?= (?:de|sobre|cuando)))"
    r"(?: por (?:mensajes?(?: de texto)?|texto))?"
    r"(?P<about> (?:de|sobre|del|acerca de|para|a|en))?(?P<rest>(?: .*)?)"
)
_ALL = r"(?:all |the |every |community |todas |las |los |la |de )*"
_MEETINGS = LazyPattern(rf"{_ALL}(?:meetings?|reunion(?:es)?|juntas?)(?: {_POLITE})*")
_SAFETY = LazyPattern(rf"{_ALL}(?:safety(?: notices?| alerts?)?|(?:avisos |alertas )?(?:de )?seguridad)(?: {_POLITE})*")
_LITTLE = frozenset(
    "the a el la los las de del at in on street st avenue ave av avenida calle road rd corner esquina place lugar "
    "please pls por favor porfa gracias thanks all everything every places todo todos lugares too also tambien "
    "news updates alerts noticias".split()
)
_LEAVES = LazyPattern(
    rf"(?:{_POLITE})*(?P<head>un ?follow|stop follow(?:ing|in)?|(?:dejar|dejen|deje) de seguir"
    rf"|ya no (?:quiero )?seguir|dejo de seguir)(?P<rest>(?: .*)?)"
)
_FREE_HEADS = ("follow", "foll", "fol", "fal", "seg", "sig", "sign")
_GENERIC = frozenset("park parque street row plaza square place house block corner market town city area".split())
_NO_PLACE = LazyPattern(
    r"^(?:up|me|us|him|her|them|you|through|my report)\b|\b(?:guys?|man|men|cars?|trucks?|vans?|kids?|boys?"
    r"|girls?|people|him|her|them|they|money|\w+(?:ing|ando|iendo)"
    r"|carros?|troca|camioneta|gente|muchachos?|hombres?|van)\b"
)
MOST_WORDS_OF_A_NAME = 6
NEAR = 0.8
"""Similarity from which a name counts as misspelt: a wrong guess costs nothing, because we ask about it by name."""


def read_follow(folded: str, places: Callable[[], Mapping[str, T]]) -> FollowRequest[T] | None:
    """Return what a folded text asks for; None unless the whole text asks for news and nothing else.

    `places` returns what the folded names of public places stand for; it is called only for a text that may name one.
    """
    if leaves := _LEAVES.fullmatch(folded):
        return _leaving(leaves, places)
    for language, pattern in (("en", _ENGLISH), ("es", _SPANISH)):
        found = pattern.fullmatch(folded)
        request = _request(found["rest"].strip(), language, places) if found else None
        if found and request and not (request.is_unknown and not _says_follow(found)):
            return request
    return None


def _leaving(found: re.Match[str], places: Callable[[], Mapping[str, T]]) -> FollowRequest[T] | None:
    head, rest = found["head"], found["rest"].strip()
    request = _request(rest, "es" if "segui" in head else "en", places)
    if request is None or (request.is_unknown and not head.startswith("un")):
        # "Stop following me."
        return FollowRequest(Asked.NEWS, "en", leaves=True) if head.startswith("un") else None
    return replace(request, leaves=True)


def _says_follow(found: re.Match[str]) -> bool:
    """Return whether the words ask for news even if what they name is unknown; "news van on Elm" may be a report."""
    head, rest = found["head"], found["rest"].split()
    if head.startswith(_FREE_HEADS):
        return True
    is_plain = head[:4] in ("news", "noti", "upda", "aler", "nove")
    return is_plain and (found["about"] is not None or len(rest) == 1)


_YES = LazyPattern(
    rf"(?:{_POLITE})*(?:yes|yes please|yeah|yep|yup|y|s|1|one|uno|ok|okay|sure|si|sip|simon|claro|dale|start"
    rf"|esta bien)(?: {_POLITE})*"
)


def agrees(folded: str) -> bool:
    """Return whether a text plainly says yes, in answer to our question whether news is to begin."""
    return _YES.fullmatch(folded) is not None


def plain_name(folded: str) -> str:
    """Return a folded name without the little words that people leave out: "calle elm" and "elm st" are "elm"."""
    kept = [word for word in folded.split() if word not in _LITTLE]
    return " ".join(kept)


def _request(rest: str, language: str, places: Callable[[], Mapping[str, T]]) -> FollowRequest[T] | None:
    if not plain_name(rest):
        return FollowRequest(Asked.NEWS, language)
    if _MEETINGS.fullmatch(rest):
        return FollowRequest(Asked.MEETINGS, language)
    if _SAFETY.fullmatch(rest):
        return FollowRequest(Asked.SAFETY, language)
    if len(rest.split()) > MOST_WORDS_OF_A_NAME:
        return None
    named = _named(rest, places())
    # Two places of one short name: better the question which of them than a guess.
    if len(named) == 1:
        return FollowRequest(Asked.PLACE, language, named.pop())
    return None if _NO_PLACE.search(rest) else FollowRequest(Asked.NEWS, language, is_unknown=True)


def _named(rest: str, places: Mapping[str, T]) -> set[T]:
    """Return the places of this very name, or else those with a name or a word of it that is nearly the same."""
    plain = plain_name(rest)
    exact = {place for name, place in places.items() if plain_name(name) == plain}
    return exact or {place for name, place in places.items() if _is_near(name, rest, plain)}


def _is_near(name: str, rest: str, plain: str) -> bool:
    words = [word for word in plain_name(name).split() if len(word) > 3 and word not in _GENERIC]
    return (
        _alike(name.replace(" ", ""), rest.replace(" ", ""))
        or _alike(plain_name(name).replace(" ", ""), plain.replace(" ", ""))
        or any(_alike(word, said) for word in words for said in plain.split())
    )


def _alike(one: str, other: str) -> bool:
    return SequenceMatcher(None, one, other, autojunk=False).ratio() >= NEAR

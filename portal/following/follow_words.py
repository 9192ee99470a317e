"""Reading of texts that ask for news: "FOLLOW Elm Street", "quiero recibir noticias de la calle Elm". Pure.

By its first word alone only what plainly asks is taken; what else is meant as a wish for news is learned from examples
(`portal.core.reading`), and here only what about is looked for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum


class Subject(StrEnum):
    PLACE = "place"
    MEETINGS = "meetings"
    SAFETY = "safety"


@dataclass(frozen=True)
class Followed:
    subject: Subject
    market_id: int | None = None

    @property
    def about(self) -> str:
        return f"place {self.market_id}" if self.market_id else self.subject.value


@dataclass(frozen=True)
class FollowRequest:
    """What a text asks for or, with `leaves`, wants no more of. `is_unknown`: it names something that is not ours."""

    asked: Followed | None
    """None for news without saying about what; also the answer to our question whether it is to begin."""
    language: str
    is_unknown: bool = False
    leaves: bool = False


_POLITE = r"(?:please|pls|thanks|thank you|hi|hello|hey|ok|okay|hola|por favor|porfa|gracias|buenas|buenos dias) ?"
_HEAD = re.compile(
    rf"(?:{_POLITE})*(?:quiero )?"
    r"(?P<head>un ?follow|dejar de seguir|fol+l?o?w|fallow|seguir|segir|news|updates|noticias|novedades)"
    r"(?: (?:about|of|for|on|de|sobre|del))?(?P<rest>(?: .*)?)"
)
_LEAVES = re.compile(r"\bun ?follow\b|\b(?:stop|no|not|dont|quit|leave|less|dejar|dejen|deje|ya no|quiten|sin)\b")
_MEETINGS = re.compile(r"\b(?:meetings?|reunion(?:es)?|juntas?|reminders?|recordatorios?)\b")
_SAFETY = re.compile(r"\b(?:safety|seguridad)\b")
_SPANISH = re.compile(r"\b(?:seguir|segir|noticias|novedades|quiero|de|la|el|los|las|avisos|ya|no mas)\b")
_LITTLE = frozenset(
    "the a el la los las del de at in on street st avenue ave av avenida calle road rd corner esquina place lugar "
    "please pls por favor porfa gracias thanks all everything every places todo todos lugares too also tambien "
    "news updates alerts noticias".split()
)
_GENERIC = frozenset("park parque street row plaza square place house block corner market town city area".split())
_NO_PLACE = re.compile(r"\b(?:up|me|us|him|her|them|you|guys?|men|people|gente|\w{2,}(?:ando|iendo|ing))\b(?<!meeting)")
MOST_WORDS_OF_A_NAME = 6
NEAR = 0.8
"""Similarity from which a name counts as misspelt: a wrong guess costs nothing, because we ask about it by name."""
_YES = re.compile(
    rf"(?:{_POLITE})*(?:yes|yes please|yeah|yep|yup|y|s|1|one|uno|ok|okay|sure|si|sip|simon|claro|dale|start"
    rf"|esta bien)(?: {_POLITE})*"
)


def read_follow(folded: str, places: Callable[[], Mapping[str, int]]) -> FollowRequest | None:
    """Return what a folded text that begins with FOLLOW, UNFOLLOW, SEGUIR or NEWS asks for; others ask no `places`."""
    match = _HEAD.fullmatch(folded)
    rest = match["rest"].strip() if match else ""
    if match is None or len(rest.split()) > MOST_WORDS_OF_A_NAME or _NO_PLACE.search(rest):
        return None
    request = followed_in(folded, places)
    names_none = request.asked is None and plain_name(rest) != ""
    if names_none and len(rest.split()) > 2 and match["head"] in ("news", "updates", "noticias", "novedades"):
        # "News van on Elm" may be a report.
        return None
    leaves = match["head"].startswith(("un", "dejar"))
    return FollowRequest(request.asked, request.language, names_none, leaves)


def followed_in(folded: str, places: Callable[[], Mapping[str, int]]) -> FollowRequest:
    """Return what a folded wish for news is about, wherever it stands."""
    language = "es" if _SPANISH.search(folded) else "en"
    leaves = _LEAVES.search(folded) is not None
    named = _named(folded, places())
    # Two places of one short name: better the question which of them than a guess.
    if len(named) == 1:
        return FollowRequest(Followed(Subject.PLACE, named.pop()), language, leaves=leaves)
    if _MEETINGS.search(folded):
        return FollowRequest(Followed(Subject.MEETINGS), language, leaves=leaves)
    return FollowRequest(Followed(Subject.SAFETY) if _SAFETY.search(folded) else None, language, leaves=leaves)


def agrees(folded: str) -> bool:
    """Return whether a text plainly says yes, in answer to our question whether news is to begin."""
    return _YES.fullmatch(folded) is not None


def plain_name(folded: str) -> str:
    """Return a folded name without the little words that people leave out: "calle elm" and "elm st" are "elm"."""
    kept = [word for word in folded.split() if word not in _LITTLE]
    return " ".join(kept)


def _named(folded: str, places: Mapping[str, int]) -> set[int]:
    """Return the places that a text names in full, or else those with a word that nearly stands in it."""
    spaced, words = f" {plain_name(folded)} ", plain_name(folded).split()
    exact = {place for name, place in places.items() if plain_name(name) and f" {plain_name(name)} " in spaced}
    return exact or {place for name, place in places.items() if _is_near(plain_name(name).split(), words)}


def _is_near(name: Sequence[str], words: Sequence[str]) -> bool:
    telling = [word for word in name if len(word) > 3 and word not in _GENERIC]
    return _alike("".join(name), "".join(words)) or any(_alike(word, each) for word in telling for each in words)


def _alike(one: str, other: str) -> bool:
    return SequenceMatcher(None, one, other, autojunk=False).ratio() >= NEAR

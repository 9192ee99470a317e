"""Words that count only as the whole message. For other wording of an opt-out see `opt_outs`."""

from __future__ import annotations

import unicodedata
from enum import StrEnum


class Keyword(StrEnum):
    STOP = "stop"
    HELP = "help"
    START = "start"
    DELETE = "delete"
    SPANISH = "spanish"
    ENGLISH = "english"
    SKIP = "skip"


# Folded and without spaces, so that "opt out", "OPT-OUT" and "S.T.O.P." are found too.
# The English words of STOP, HELP and START are those that the provider acts upon by itself. YES is not among ours:
# the provider reads it as START only from somebody who has opted out, and then it says so.
_WORDS = {
    Keyword.STOP: """stop stopall unsubscribe cancel end quit revoke optout remove
        alto parar basta baja cancelar detener salir fin terminar
        sotp stopp sttop stpo tsop stopo stoppp st0p stop1 altoo atlo bastaa vasta vaja canselar cancelr
        unsubscibe unsuscribe unsubcribe unsubscrib unsubscirbe unsubsribe unsubscripe unsubscride unsubscribed
        unsubscribeme unsubscribir desuscribir optuot otpout cancle""",
    Keyword.HELP: "help info ayuda hlep hepl halp helpp hlp ayuad aiuda alluda ayda",
    Keyword.START: "start unstop iniciar inicio comenzar alta",
    Keyword.DELETE: "delete borrar delet delette deleet borar borrrar",
    Keyword.SPANISH: "spanish espanol",
    Keyword.ENGLISH: "english ingles",
    Keyword.SKIP: """skip next pass none nothing no nope nothanks
        saltar omitir siguiente pasar nada ninguno ninguna nogracias""",
}
_KEYWORDS = {word: keyword for keyword, words in _WORDS.items() for word in words.split()}
MOST_TIMES = 6
_APOSTROPHES = str.maketrans("", "", "'’‘´`")


def fold(text: str) -> str:
    """Lower case, no accents, no punctuation, single spaces: what people mean the same is the same."""
    # Twice: small letters may need taking apart, and parts may turn out to be capitals ("℠").
    plain = text.translate(_APOSTROPHES)
    for _ in range(2):
        plain = unicodedata.normalize("NFKD", plain.casefold())
    kept = plain.translate(_ASCII) if plain.isascii() else "".join(_folded(character) for character in plain)
    return " ".join(kept.split())


def _folded(character: str) -> str:
    if unicodedata.combining(character):
        return ""
    return character if character.isalnum() else " "


# Most texts are plain, and every text is folded several times.
_ASCII = {code: _folded(chr(code)) for code in range(128)}


def keyword(text: str) -> Keyword | None:
    """The keyword that the whole message is, or None. A message with a picture character says more than a keyword."""
    if not text.isascii() and any(unicodedata.category(character) == "So" for character in text):
        return None
    return _KEYWORDS.get(_once(fold(text).replace(" ", "")))


def _once(letters: str) -> str:
    """Once what was said several times: who is upset or hurried writes "stopstop"."""
    for times in range(MOST_TIMES, 1, -1):
        size, rest = divmod(len(letters), times)
        if not rest and size and letters == letters[:size] * times and letters[:size] in _KEYWORDS:
            return letters[:size]
    return letters


def provider_keyword(opt_out_type: str | None) -> Keyword | None:
    """What the provider did by itself, from the OptOutType of its request: STOP, START, HELP or nothing."""
    kinds = {"STOP": Keyword.STOP, "START": Keyword.START, "HELP": Keyword.HELP}
    return kinds.get((opt_out_type or "").strip().upper())

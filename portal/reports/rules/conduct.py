"""Words that speak of the police: a person has to say that it is no complaint before anybody else reads it."""

from __future__ import annotations

import re

OF_POLICE = re.compile(
    r"\b(?:police\w{0,3}|cops?|officers?|sheriffs?|deput(?:y|ies)|troopers?|detectives?|patrol\w{0,3}|squad cars?"
    r"|polic[ií]as?|polic[ií]ac[ao]s?|oficial(?:es)?|agentes?|alguacil(?:es)?|patrull\w{1,5})\b",
    re.IGNORECASE,
)


def speaks_of_police(text: str) -> bool:
    """Whether the police are named in it, for whatever reason: only a person can tell a complaint from a wish."""
    return OF_POLICE.search(text) is not None

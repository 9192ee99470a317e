"""What in a list of names obviously speaks of somebody under 18, in English and in Spanish: it is refused.

Only the obvious is found. A need of a grown-up ("child care", "silla para niño") names no child and stands.
"""

from __future__ import annotations

import re

ADULT = 18
NEEDS = re.compile(
    r"\b(?:child(?:ren)?(?:['’]?s)?|kids?|baby|infant)[\s-]*(?:car[\s-]*)?(?:care|seats?)\b"
    r"|\b(?:silla|asiento|cuidado)\s+(?:para|de)\s+(?:(?:su|los|las|un|una)\s+)?(?:ni[ñn][oa]s?|beb[eé]s?)\b",
    re.IGNORECASE,
)
WORDS = re.compile(
    r"\b(?:child|children|kids?|bab(?:y|ies)|toddlers?|infants?|minors|a\s+minor|teens?|teenagers?|under[\s-]?aged?"
    r"|(?:little|small|young)\s+(?:boys?|girls?|ones?)|boys?|girls?"
    r"|ni[ñn][oa]s?|ni[ñn]it[oa]s?|beb[eé]s?|chiquit[oa]s?|menor(?:es)?\s+de\s+edad|menores|adolescentes?"
    r"|muchachit[oa]s?|chamac[oa]s?|nen[ea]s?)\b",
    re.IGNORECASE,
)
AGES = (
    re.compile(
        r"\b(\d{1,2})[\s-]*(?:y(?:ea)?rs?\b(?:[\s-]*old)?|y\.?/?o\b|a[ñn]os?\b|months?\b|mes(?:es)?\b)", re.IGNORECASE
    ),
    re.compile(r"\b(?:aged?|edad)(?:\s+de)?[\s:]*(\d{1,2})\b", re.IGNORECASE),
    # Behind a name: "Luz (9)", "Luz, 9".
    re.compile(r"[^\W\d_]\s*\(\s*(\d{1,2})\s*\)"),
    re.compile(r"[^\W\d_]\s*,\s*(\d{1,2})\s*(?=$|[,;.])", re.MULTILINE),
)


def names_child(text: str) -> bool:
    """Whether a text of names says that somebody in it is under 18."""
    text = NEEDS.sub(" ", text)
    ages = (int(age) for pattern in AGES for age in pattern.findall(text))
    return WORDS.search(text) is not None or any(age < ADULT for age in ages)

"""What sounds like a threat, in English and in Spanish: a voice of the community makes none.

Only the obvious is found; whoever writes may say that it stays.
"""

from __future__ import annotations

import re

_HARM = "hurt|kill|shoot|beat|burn|stab|smash|bury|come\\s+after|come\\s+for|come\\s+get|hunt"
_HARM_ES = "encontrar|matar|agarrar|golpear|pegar|quemar|romper|partir|disparar|enterrar|cazar|hacer\\s+daño"
_GOING_TO = r"(?:['’]ll|\s+will|(?:['’]re|['’]m|\s+are|\s+am)\s+(?:going\s+to|gonna)|\s+gonna)"
_WHOM = r"(?:you|him|her|them|your\s+\w+)"

THREATS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\b(?:we|i|somebody|someone|they){_GOING_TO}\s+(?:{_HARM})\s+{_WHOM}\b",
        # "We will find you a job" is none.
        rf"\b(?:we|i){_GOING_TO}\s+(?:find|get)\s+{_WHOM}(?=\s*(?:[.,;!?]|$)|\s+(?:one|where|if|when|and|no\s+matter)\b)",
        rf"\b(?:you|he|she|they){_GOING_TO}\s+(?:pay\b(?!\s+(?:less|nothing|no)\b)|regret|be\s+sorry|die\b|get\s+hurt|end\s+up\s+dead)",
        r"\bknows?\s+where\s+(?:you|he|she|they|your\s+\w+)\s+(?:lives?|sleeps?|works?|stays?)\b",
        r"\bor\s+else\s*(?:[.,;!…]|$)|\bwatch\s+your\s+back\b|\byou(?:['’]re|\s+are)\s+dead\b|\b(?:last|final)\s+warning\b",
        rf"\b(?:te|l[oae]s?)\s+(?:voy|vamos|van|va)\s+a\s+(?:{_HARM_ES})\b(?!\s+(?:trabajo|ayuda|un|una)\b)",
        rf"\b(?:voy|vamos|van|va)\s+a\s+(?:{_HARM_ES})(?:te|l[oae]s?)\b",
        r"\b(?:te|se)\s+(?:vas?|van)\s+a\s+arrepentir|\bvas?\s+a\s+arrepentirte|\b(?:te|se)\s+arrepentir(?:ás|án|á)(?!\w)",
        r"\bl[ao]s?\s+(?:vas?|van)\s+a\s+pagar|\b(?:vas?|van)\s+a\s+pagar(?:l[ao]s?\b|\s+por\b)|\bl[ao]s?\s+pagar(?:ás|án|á)(?!\w)",
        r"\b(?:sé|sabemos|saben|sabe)\s+d[óo]nde\s+(?:vive|trabaja|duerme|está)[sn]?\b",
        r"\bcu[ií]d(?:ate|ese|ense)\s+la\s+espalda|\b(?:ú|u)ltim[oa]\s+(?:aviso|advertencia)\b",
        r"\bat(?:ente|éngase|énganse)\s+a\s+las\s+consecuencias|\bte\s+(?:mato|matamos|matan|rompo|rompemos)\b",
    )
)


def threatens(text: str) -> bool:
    """Whether a text says to somebody that they will be hurt."""
    return any(pattern.search(text) for pattern in THREATS)

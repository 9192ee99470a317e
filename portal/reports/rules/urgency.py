"""Words after which 911 is named first, on the web and by text. They choose what is said; no machine sends anybody."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum


class Urgency(StrEnum):
    DANGER = "danger"
    OVERDOSE = "overdose"


_OVERDOSE = """overdos(?:e|ed|es|ing)|od|oding|od ing|(?:not|barely|hardly) breathing
    |(?:isnt|stopped|cant|cannot|doesnt|does not) breath(?:e|ing)?
    |unconscious|passed out|unresponsive|not responding|(?:wont|doesnt|does not|will not|not) wak(?:e|ing) up
    |turn(?:ed|ing) blue|lips are blue|blue lips
    |sobredosis|(?:no|apenas) respira(?:ba|n)?|no (?:esta|puede) respira(?:r|ndo)|dejo de respirar|inconscientes?
    |desmayad[oa]s?|se desmayo|no (?:se )?despierta|no reacciona|labios morados
    |se (?:puso|esta poniendo) (?:morad[oa]|azul)"""
_DANGER = """guns?|pistols?|rifles?|weapons?|armed|shoot|shoots|shooting|shootings|shootout|shooters?|shots?|gunshots?
    |gunfire|shot at|drive by|stabs?|stabb?(?:ed|ing)|knife|knives|machete|bleeding|dying|killing|killed
    |kill (?:him|her|them|me|us|you|somebody|someone)|kidnapp?(?:ed|ing)?|hostage|rape|raped
    |beating (?:him|her|them|me|us|up)|being beaten|help me|on fire|in danger
    |pistolas?|armas?|armad[oa]s?|rifles?|balaceras?|balazos?|balas?|disparos?
    |dispar(?:a|an|ando|aron|aba|aban|ar|arle|arles)|tiroteos?|tiros|un tiro
    |(?:apunal|acuchill)(?:o|an|ado|ada|ados|adas|aron|ando)|cuchillos?|navajas?|sangra(?:ndo)?|sangre|muriendo|se muere
    |matando|matar(?:lo|la|los|las|me|nos)|mataron|(?:va|van|quiere|quieren) a? ?matar|voy a matar
    |secuestr(?:o|an|ado|ada|aron|ando)|rehen|golpeando|violando|auxilio|socorro|ayudenme|ayudeme|incendio|peligro"""


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(r"\b(?:" + re.sub(r"\n\s*", "", pattern) + r")\b")


_SIGNS = {Urgency.OVERDOSE: _words(_OVERDOSE), Urgency.DANGER: _words(_DANGER)}


def urgent(text: str) -> Urgency | None:
    """Whether the words of a text call for 911; an overdose goes first because its answer says what to do."""
    folded = _fold(text)
    return next((urgency for urgency, signs in _SIGNS.items() if signs.search(folded)), None)


def _fold(text: str) -> str:
    """Small letters without accents, apostrophes dropped, other punctuation as spaces."""
    plain = unicodedata.normalize("NFKD", text.casefold().replace("'", "").replace("’", ""))
    if not plain.isascii():
        plain = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return re.sub(r"[\W_]+", " ", plain).strip()

"""What a type of incident or call probably counts as, by words in it; a person decides."""

from __future__ import annotations

import re

from portal.indicators.imports.rules.mapping import TOTAL_ONLY

# Looked for in this order: "drug paraphernalia" is equipment, "robbery" is no "theft".
WORDS = (
    ("drug_equipment", r"paraphernalia|drug equip|utensilios"),
    ("narcotics", r"\bdrugs?\b|narc|controlled sub|cocaine|heroin|marij|opioid|\bcds\b|drogas?|estupefac"),
    ("violent", r"homicide|murder|manslaughter|robbery|agg\w*\.? ?\w* ?assault|shooting|rape|homicidio|agresi|asesin"),
    ("property", r"burglar|theft|larceny|stolen|auto ?theft|shoplift|break\w* ?(and|&) ?enter|robo|hurto"),
    ("nuisance", r"vandal|trespass|disorder|nuisance|loud|noise|loiter|prostit|public (intox|drunk)|graffiti|desorden"),
)
OF_CALLS = {"narcotics": "drug_calls", "drug_equipment": "drug_calls"}


def propose_type(kind: str, total: str) -> str:
    """The key of a measure, or that it is only one more of the total, or nothing when no word of it tells."""
    low = kind.casefold()
    found = next((key for key, words in WORDS if re.search(words, low)), "")
    if total == "calls":
        # A call about something is not yet that something.
        return OF_CALLS.get(found, TOTAL_ONLY)
    return found or (TOTAL_ONLY if total else "")

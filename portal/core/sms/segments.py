"""Length of a text message as carriers count it: encoding and segments (GSM 03.38). Pure."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import StrEnum

_GSM_ONE = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_TWO = frozenset("\f^{}\\[~]|€")


class Encoding(StrEnum):
    GSM7 = "GSM-7"
    UCS2 = "UCS-2"


@dataclass(frozen=True)
class TextLength:
    """Length of a text. `units` are septets in GSM-7 and 16-bit units in UCS-2; `segments` are billed."""

    encoding: Encoding
    units: int
    segments: int


def segments(text: str) -> TextLength:
    """Count a text as carriers do: one segment up to 160 (70) units, else parts of 153 (67), no character split."""
    gsm = all(character in _GSM_ONE or character in _GSM_TWO for character in text)
    costs = [
        (2 if character in _GSM_TWO else 1) if gsm else (2 if ord(character) > 0xFFFF else 1) for character in text
    ]
    alone, part = (160, 153) if gsm else (70, 67)
    parts = min(1, len(costs)) if sum(costs) <= alone else _parts(costs, part)
    return TextLength(Encoding.GSM7 if gsm else Encoding.UCS2, sum(costs), parts)


def wide_signs(text: str) -> str:
    """Return the signs that GSM-7 lacks, each once: they alone make a text longer."""
    return " ".join(sign for sign in dict.fromkeys(text) if sign not in _GSM_ONE and sign not in _GSM_TWO)


def in_gsm7(text: str) -> str:
    """Return a text without the accents that GSM-7 lacks: á, í, ó and ú, but not é, ñ or ü."""
    return "".join(sign if sign in _GSM_ONE else unicodedata.normalize("NFD", sign)[0] for sign in text)


def _parts(costs: list[int], room: int) -> int:
    parts, left = 1, room
    for cost in costs:
        if cost > left:
            parts, left = parts + 1, room
        left -= cost
    return parts

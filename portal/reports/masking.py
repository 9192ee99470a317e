"""What the desk begins with when it passes a report on: the resident's words, without what gives somebody away."""

from __future__ import annotations

from collections.abc import Iterable

from portal.core.i18n import speaking
from portal.reports.queries import Said
from portal.reports.rules.care import masked
from portal.reports.rules.words import Words
from portal.reports.texts import MARK, PARTS


def masked_words(messages: Iterable[Said], language: str, longest: int) -> str:
    """What a resident wrote, masked, for a person to go on with; in `language`, and whole messages only."""
    kept: list[str] = []
    with speaking(language):
        for said in messages:
            if said.author != "resident" or said.words is None:
                continue
            text = _masked(said.words)
            if sum(len(one) + 2 for one in (*kept, text)) > longest:
                break
            kept.append(text)
    return "\n\n".join(kept)


def _masked(words: Words) -> str:
    parts = [(PARTS[name], masked(text, str(MARK))) for name, text in words.parts]
    return "\n\n".join(f"{label}: {text}" if label else text for label, text in parts)

"""What must not be found: the names of a hidden place, the words they are made of, its address and its number."""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from portal.markets.rules.names import words

SHORTEST_WORD = 4
# What places everywhere are called; none of these words points at one.
EVERYWHERE = frozenset(
    """
    street avenue road lane drive court boulevard alley block corner corners square park plaza place yard garden gardens
    field hill bridge river creek lake north south east west upper lower court courts school church station market
    houses homes apartments village center centre steps lots
    calle avenida camino callejon bulevar cuadra esquina esquinas plaza parque lugar patio jardin jardines campo cerro
    puente arroyo lago norte oeste este escuela iglesia estacion mercado casas apartamentos centro gradas lote barrio
    """.split()
)
TAG = re.compile(r"<[^<>]*>")
FOLDED_LINE = re.compile(r"\r?\n[ \t]")


Tied = Mapping[str, Sequence[tuple[str, str]]]


@dataclass(frozen=True)
class Canary:
    """What would give one hidden place away."""

    slug: str
    number: str
    names: frozenset[str]
    """Its names, as plain words with single spaces."""
    words: frozenset[str]
    """Words of its names that stand in nothing else that may be said."""
    tied: Tied = field(default_factory=dict)
    """Number and address of all that is tied to it, by the word that stands before them in addresses."""

    def seen_in(self, text: str) -> list[str]:
        """What of it stands in a text: address, number, name, or a word of its name."""
        unfolded = html.unescape(FOLDED_LINE.sub("", text))
        there = words(unfolded)
        # Once as it is, for attributes and headers, and once as it is read, where a tag may part a name.
        line = f" {' '.join(there)} | {' '.join(words(TAG.sub(' ', unfolded)))} "
        found = []
        if self.slug in unfolded.lower():
            found.append("its address")
        if self.number in unfolded:
            found.append("its number")
        if any(f" {name} " in line for name in self.names):
            found.append("its name")
        elif self.words & set(there):
            found.append("a word of its name")
        return found

    @property
    def _handles(self) -> set[str]:
        return {part for handles in self.tied.values() for handle in handles for part in handle}

    def masked(self, text: str) -> str:
        """A text in which nothing of it can be read: what the drill prints must not be a leak itself."""
        for secret in sorted(
            {self.slug, self.number, *self._handles, *self.slug.split("-"), *self.words}, key=len, reverse=True
        ):
            if len(secret) >= SHORTEST_WORD:
                text = re.sub(re.escape(secret), "…", text, flags=re.IGNORECASE)
        return text


def canary(slug: str, number: int, names: Iterable[str], said: Collection[str], tied: Tied | None = None) -> Canary:
    """The canary of a place with these names; `said` are the words that may be said of anything."""
    plain = frozenset(" ".join(words(name)) for name in names if words(name))
    own = {word for name in plain for word in name.split() if len(word) >= SHORTEST_WORD}
    return Canary(slug, str(number), plain, frozenset(own - set(said) - EVERYWHERE), tied or {})

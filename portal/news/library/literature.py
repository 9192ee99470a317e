"""The list that every city may begin with: public literature on the strategy, and pages to print."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from portal.core.i18n import Bilingual
from portal.news.library.models import GuideDraft
from portal.news.tags import Tag

LIST = Path(__file__).with_suffix(".toml")
NOTHING = {"en": "", "es": ""}


@dataclass(frozen=True)
class Entry:
    """One guide of the list, and the names of its tags."""

    given: dict[str, Any]

    @property
    def keys(self) -> set[str]:
        """What it is known by: its address and its English title."""
        return {self.given.get("link", ""), self.given["title"]["en"]} - {""}

    @property
    def tags(self) -> list[str]:
        return list(self.given["tags"])

    def draft(self, tags: Sequence[Tag]) -> GuideDraft:
        """The same, as an editor would have typed it."""
        return GuideDraft(
            title=self._text("title"),
            about=self._text("about"),
            body=self._text("body"),
            url=self.given.get("link", ""),
            source=self.given.get("source", ""),
            year=self.given.get("year"),
            written_in=self.given["written_in"],
            tags=tags,
        )

    def _text(self, name: str) -> Bilingual:
        return Bilingual(**self.given.get(name, NOTHING))


def literature() -> tuple[dict[str, Bilingual], list[Entry]]:
    """Every tag by its name in addresses, and every guide."""
    read = tomllib.loads(LIST.read_text(encoding="utf-8"))
    tags = {name: Bilingual(**words) for name, words in read["tags"].items()}
    return tags, [Entry(given) for given in read["guides"]]

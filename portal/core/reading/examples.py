"""The examples from which the reader learns: plain lines, grouped by what they mean.

They are invented, not collected: no resident wrote them. A group begins with a line such as

    # report, after question, es, or danger or threat

which says what its texts mean, what their phone got last, their language, and what else would be right. A file is a
voice or a range of voices, and is left out whole where the reader is measured.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from portal.core.reading.grams import HERE
from portal.core.reading.reader import Meaning

FOLDER = HERE / "examples"
OWN = frozenset(
    "alarms country cries enough everyday heard-again invited islands mistaken oblique porches reminded strangers"
    " streets table terse thursday wishes".split()
)
"""The project's own texts, written by those who saw what was missed: learned from, never measured on."""


@dataclass(frozen=True)
class Example:
    text: str
    meaning: Meaning
    after: str
    language: str
    also: tuple[Meaning, ...]
    source: str


def examples(folder: Path = FOLDER) -> Iterator[Example]:
    """Yield all examples, file by file."""
    for path in sorted(folder.glob("*.txt")):
        head: tuple[Meaning, str, str, tuple[Meaning, ...]] | None = None
        for line in path.read_text().splitlines():
            if line.startswith("# "):
                head = _head(line[2:])
            elif line.strip() and head:
                yield Example(line.replace("\\n", "\n"), *head, source=path.stem)


def _head(line: str) -> tuple[Meaning, str, str, tuple[Meaning, ...]]:
    meaning, after, language, *also = line.split(", ")
    others = also[0].removeprefix("or ").split(" or ") if also else []
    return Meaning(meaning), after.removeprefix("after ").replace("nothing", ""), language, tuple(map(Meaning, others))


def digest() -> str:
    """Return the hash of all that the model is made of: examples, concepts and what is seen of a text."""
    made_of = [*sorted(FOLDER.glob("*.txt")), HERE / "concepts.txt", HERE / "grams.py"]
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in made_of)).hexdigest()

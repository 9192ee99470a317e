"""Addresses by their block, made alike: "1200 BLK OF Elm Street" and "12XX elm st" are the same place."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

from portal.core.cells import Wrong, heading, letter, said
from portal.indicators.imports.rules.numbers import number_in

LEFT_OUT = frozenset("block blk of cuadra de la el del".split())
SHORT = {
    "street": "st",
    "str": "st",
    "avenue": "ave",
    "av": "ave",
    "boulevard": "blvd",
    "road": "rd",
    "drive": "dr",
    "lane": "ln",
    "court": "ct",
    "place": "pl",
    "highway": "hwy",
    "parkway": "pkwy",
    "circle": "cir",
    "terrace": "ter",
    "north": "n",
    "south": "s",
    "east": "e",
    "west": "w",
    "and": "&",
}
MOST_BLOCKS = 100_000
LONGEST = 200
TEXT, X, Y = "block", "x", "y"
Block = tuple[str, float, float]


def plain_block(text: str) -> str:
    """What two ways to write the same block have in common."""
    bare = unicodedata.normalize("NFKD", text[:LONGEST]).encode("ascii", "ignore").decode().casefold()
    words = re.findall(r"[a-z0-9]+|&", bare)
    if words and re.fullmatch(r"\d*xx", words[0]):
        # Some cities hide the last two digits in this way.
        words[0] = words[0].replace("x", "0")
    elif words and re.fullmatch(r"\d{3,5}", words[0]):
        words[0] = words[0][:-2] + "00"
    return " ".join(SHORT.get(word, word) for word in words if word not in LEFT_OUT)


def read_blocks(rows: Sequence[Sequence[object]], headings: Mapping[str, str]) -> tuple[list[Block], list[Wrong]]:
    """A table of blocks with where each is; `headings` says what a column with such a heading holds."""
    first = next((number for number, row in enumerate(rows) if any(said(cell) for cell in row)), None)
    if first is None or len(rows) > MOST_BLOCKS:
        return [], [Wrong("empty" if first is None else "too_large")]
    columns = {headings[heading(cell)]: index for index, cell in enumerate(rows[first]) if heading(cell) in headings}
    missing = [Wrong(f"no_{name}_column", first + 1) for name in (TEXT, X, Y) if name not in columns]
    if missing:
        return [], missing
    blocks: list[Block] = []
    wrong: list[Wrong] = []
    for line, row in enumerate(rows[first + 1 :], first + 2):
        cells = {name: row[index] if index < len(row) else "" for name, index in columns.items()}
        if not said(cells[TEXT]):
            continue
        numbers = [_number(cells[name]) for name in (X, Y)]
        for name, value in zip((X, Y), numbers, strict=True):
            if value is None:
                wrong.append(Wrong("no_number", line, letter(columns[name]), said(cells[name])))
        if numbers[0] is not None and numbers[1] is not None:
            blocks.append((plain_block(said(cells[TEXT])), numbers[0], numbers[1]))
    return blocks, wrong or ([] if blocks else [Wrong("empty")])


def _number(cell: object) -> float | None:
    value = number_in(cell)
    return value if value is not None and abs(value) < 1e9 else None


def by_text(blocks: Iterable[Sequence[object]]) -> dict[str, tuple[float, float]]:
    """Where each block is; of two with the same name the first."""
    found: dict[str, tuple[float, float]] = {}
    for text, x, y in blocks:
        found.setdefault(str(text), (float(str(x)), float(str(y))))
    return found

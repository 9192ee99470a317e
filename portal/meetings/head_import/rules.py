"""How a table of head counts is read, and what is wrong with it, by line and column. Pure: sentences are elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from portal.core.cells import Wrong, count_of, heading, letter
from portal.core.cells import said as text_in

MOST_LINES, MOST_COLUMNS, MOST_HEADS = 500, 40, 5_000
MEETING, IGNORED = "meeting", "ignored"
"""What a column may hold besides the count of a role."""
Rows = Sequence[Sequence[object]]


@dataclass(frozen=True)
class Line:
    """The counts of one meeting; a role that is not there keeps the count it has."""

    number: int
    meeting: str
    heads: Mapping[str, int]


@dataclass
class Table:
    """What could be read, and everything that could not."""

    lines: list[Line] = field(default_factory=list)
    wrong: list[Wrong] = field(default_factory=list)


def read_table(rows: Rows, headings: Mapping[str, str]) -> Table:
    """Read rows of cells; `headings` says what a column with such a heading (in small letters) holds."""
    table = Table()
    if not any(text_in(cell) for row in rows for cell in row):
        table.wrong.append(Wrong("empty"))
        return table
    if len(rows) > MOST_LINES or max(len(row) for row in rows) > MOST_COLUMNS:
        table.wrong.append(Wrong("too_large"))
        return table
    first = next(number for number, row in enumerate(rows) if any(text_in(cell) for cell in row))
    columns = _columns(rows[first], first + 1, headings, table)
    if not table.wrong:
        for number, row in enumerate(rows[first + 1 :], first + 2):
            _read_line(row, number, columns, table)
        table.wrong += _twice(table.lines)
    if not table.wrong and not table.lines:
        table.wrong.append(Wrong("no_counts"))
    return table


def slug_in(cell: object) -> str:
    """The name of a meeting in its address, or by itself."""
    return text_in(cell).split("?")[0].split("#")[0].rstrip("/").rpartition("/")[2].lower()


def _columns(row: Sequence[object], line: int, headings: Mapping[str, str], table: Table) -> dict[int, str]:
    found: dict[int, str] = {}
    for index, cell in enumerate(row):
        said = text_in(cell)
        if not said:
            continue
        holds = headings.get(heading(cell))
        if holds is None:
            table.wrong.append(Wrong("unknown_column", line, letter(index), said))
        elif holds != IGNORED and holds in found.values():
            table.wrong.append(Wrong("column_twice", line, letter(index), said))
        else:
            found[index] = holds
    if MEETING not in found.values() and not table.wrong:
        table.wrong.append(Wrong("no_meeting_column", line))
    return found


def _read_line(row: Sequence[object], number: int, columns: Mapping[int, str], table: Table) -> None:
    heads: dict[str, int] = {}
    meeting, before = "", len(table.wrong)
    for index, cell in enumerate(row):
        holds = columns.get(index)
        if holds is None and text_in(cell):
            table.wrong.append(Wrong("no_heading", number, letter(index), text_in(cell)))
        elif holds == MEETING:
            meeting = slug_in(cell)
        elif holds not in (None, IGNORED) and text_in(cell):
            count = count_of(cell)
            if count is None or not 0 <= count <= MOST_HEADS:
                table.wrong.append(Wrong("no_count", number, letter(index), text_in(cell)))
            else:
                heads[str(holds)] = count
    if heads and not meeting:
        at = next(index for index, holds in columns.items() if holds == MEETING)
        table.wrong.append(Wrong("no_meeting", number, letter(at)))
    if heads and meeting and len(table.wrong) == before:
        table.lines.append(Line(number, meeting, heads))


def _twice(lines: Sequence[Line]) -> Iterator[Wrong]:
    seen: set[str] = set()
    for line in lines:
        if line.meeting in seen:
            yield Wrong("meeting_twice", line.number, "", line.meeting)
        seen.add(line.meeting)

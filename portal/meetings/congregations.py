"""Imports of head counts from a table: reading it with errors by line and column, planning, importing, undoing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import blake2b

from flask_babel import lazy_gettext as _l
from sqlalchemy import JSON, ColumnElement, ForeignKey, select
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.cells import Wrong, count_of, heading, letter
from portal.core.cells import said as text_in
from portal.core.clock import now
from portal.core.db import Base, random_id, session
from portal.core.i18n import LANGUAGES, speaking
from portal.core.purge import RetentionRule
from portal.core.sheet_texts import WRONG as OF_ANY_TABLE
from portal.core.sheet_texts import worded
from portal.core.sheets import MOST_BYTES
from portal.core.statuses import NotFound, Refused
from portal.meetings.meeting import Meeting, editable_meeting, known_meetings
from portal.meetings.report_back import SIDE_NAMES, count_heads, has_begun, heads
from portal.meetings.report_back_rules import AttendeeRole

MOST_LINES, MOST_COLUMNS, MOST_HEADS = 500, 40, 5_000
MEETING, IGNORED = "meeting", "ignored"
"""Values of a column besides the name of a role."""
Rows = Sequence[Sequence[object]]


@dataclass(frozen=True)
class HeadCountLine:
    """The counts of one meeting; a role that is absent keeps its stored count."""

    number: int
    meeting: str
    heads: Mapping[str, int]


@dataclass
class HeadCountTable:
    """The lines that could be read, and all errors."""

    lines: list[HeadCountLine] = field(default_factory=list)
    wrong: list[Wrong] = field(default_factory=list)


def read_table(rows: Rows, headings: Mapping[str, str]) -> HeadCountTable:
    """Read rows of cells; `headings` maps a heading in lower case to the content of its column."""
    table = HeadCountTable()
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
    """Return the slug of a meeting from a cell that holds its address or just the slug."""
    return text_in(cell).split("?")[0].split("#")[0].rstrip("/").rpartition("/")[2].lower()


def _columns(row: Sequence[object], line: int, headings: Mapping[str, str], table: HeadCountTable) -> dict[int, str]:
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


def _read_line(row: Sequence[object], number: int, columns: Mapping[int, str], table: HeadCountTable) -> None:
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
        table.lines.append(HeadCountLine(number, meeting, heads))


def _twice(lines: Sequence[HeadCountLine]) -> Iterator[Wrong]:
    seen: set[str] = set()
    for line in lines:
        if line.meeting in seen:
            yield Wrong("meeting_twice", line.number, "", line.meeting)
        seen.add(line.meeting)


Heads = dict[str, dict[str, int]]
"""Counts by role, keyed by the id of the meeting as a string."""


class HeadImport(Base):
    """An import with the counts before and after it. The file itself is not kept."""

    __tablename__ = "meetings_head_import"

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    member_id: Mapped[int] = mapped_column(ForeignKey("accounts_member.id"), index=True)
    made_at: Mapped[datetime]
    before: Mapped[Heads] = mapped_column(JSON)
    after: Mapped[Heads] = mapped_column(JSON)
    undone_at: Mapped[datetime | None]


LATEST = 10


def named_meetings(member_id: int, *conditions: ColumnElement[bool]) -> dict[str, Meeting]:
    """Return the last meetings that a member may know of and that were ever published, by slug; as a table holds."""
    found = known_meetings(member_id, Meeting.slug.is_not(None), *conditions).order_by(Meeting.starts_at.desc())
    return {str(meeting.slug): meeting for meeting in session.scalars(found.limit(MOST_LINES))}


def own_imports(member_id: int) -> Sequence[HeadImport]:
    """Return the latest imports of a member.

    Those of other members are left out: they may name places that this one does not know.
    """
    mine = select(HeadImport).where(HeadImport.member_id == member_id)
    return session.scalars(mine.order_by(HeadImport.made_at.desc()).limit(LATEST)).all()


def own_import(import_id: int, member_id: int) -> HeadImport:
    """Return an import of a member. Raises `NotFound`."""
    found = session.get(HeadImport, import_id)
    if found is None or found.member_id != member_id:
        raise NotFound
    return found


@dataclass(frozen=True)
class Planned:
    """The change that an import makes to one meeting."""

    meeting: Meeting
    before: Mapping[str, int]
    after: Mapping[str, int]


def plan_import(lines: Sequence[HeadCountLine], member_id: int) -> tuple[list[Planned], list[Wrong]]:
    """Return the planned changes, and errors for lines that name no meeting that can be counted."""
    slugs = {line.meeting for line in lines}
    known, planned, wrong = named_meetings(member_id, Meeting.slug.in_(slugs)), [], []
    for line in lines:
        meeting = known.get(line.meeting)
        if meeting is None:
            wrong.append(Wrong("unknown_meeting", line.number, "", line.meeting))
        elif not has_begun(meeting):
            wrong.append(Wrong("not_begun", line.number, "", line.meeting))
        else:
            before = heads(meeting.id)
            planned.append(Planned(meeting, before, {**before, **line.heads}))
    return planned, wrong


def mark(planned: Sequence[Planned]) -> str:
    """Return a hash of the stored counts, for noticing that another member counted one of these meetings."""
    said = repr(sorted((one.meeting.id, sorted(one.before.items())) for one in planned))
    return blake2b(said.encode(), digest_size=8).hexdigest()


def import_heads(planned: Sequence[Planned], member_id: int) -> HeadImport:
    """Store all planned counts in the current transaction."""
    for one in planned:
        _count(one.meeting, one.after, member_id)
    made = HeadImport(
        member_id=member_id,
        made_at=now(),
        before={str(one.meeting.id): dict(one.before) for one in planned},
        after={str(one.meeting.id): dict(one.after) for one in planned},
    )
    session.add(made)
    session.flush()
    return made


def undo_import(made: HeadImport, member_id: int) -> None:
    """Restore the counts from before an import.

    Raises `Refused` when it is already undone, or when a count has changed since or a meeting is not accessible any
    more.
    """
    if made.undone_at is not None:
        raise Refused("import_undone")
    try:
        meetings = {key: editable_meeting(int(key), member_id, to_change=True) for key in made.after}
    except NotFound as gone:
        raise Refused("import_changed") from gone
    if any(heads(meeting.id) != made.after[key] for key, meeting in meetings.items()):
        raise Refused("import_changed")
    for key, meeting in meetings.items():
        _count(meeting, made.before[key], member_id)
    made.undone_at = now()


def _count(meeting: Meeting, counts: Mapping[str, int], member_id: int) -> None:
    count_heads(meeting, {side: counts.get(side) for side in AttendeeRole}, member_id)


HEADINGS = {"meeting": _l("Meeting"), "day": _l("Day"), "title": _l("Title")}
WRONG = {
    **OF_ANY_TABLE,
    "unknown_column": _l("The heading “%(said)s” is not known. Use the headings of the table that you can get here."),
    "no_meeting_column": _l("There is no column “%(meeting)s”, so nobody can tell which line is about which meeting."),
    "no_meeting": _l("There are counts, but it does not say of which meeting."),
    "meeting_twice": _l("The meeting “%(said)s” is there twice."),
    "unknown_meeting": _l("There is no meeting “%(said)s”."),
    "not_begun": _l("The meeting “%(said)s” has not begun, or it was canceled."),
}
REFUSALS = {
    "import_undone": _l("This import is undone already."),
    "import_changed": _l("Somebody has changed these counts since. Correct them on the page of the meeting."),
}


def headings() -> dict[str, str]:
    """Return the content of a column by its heading in lower case.

    Headings of both languages are accepted, since tables are passed on between people.
    """
    found: dict[str, str] = {}
    for lang in LANGUAGES:
        with speaking(lang):
            found |= {heading(name): side.value for side, name in SIDE_NAMES.items()}
            found |= {heading(name): MEETING if key == "meeting" else IGNORED for key, name in HEADINGS.items()}
    return found


def sentence(wrong: Wrong) -> str:
    """Return the message for an error and its position."""
    limits = {
        "megabytes": f"{MOST_BYTES / 1024**2:g}",
        "lines": MOST_LINES,
        "columns": MOST_COLUMNS,
        "most": MOST_HEADS,
    }
    return worded(wrong, WRONG, meeting=HEADINGS["meeting"], **limits)


ERASED_OF_HEAD_COUNTS = (
    RetentionRule(
        "imports of head counts",
        "30 days, after which they cannot be undone",
        "the counts before and after; those of the meetings are kept",
        HeadImport,
        lambda now: HeadImport.made_at <= now - timedelta(days=30),
    ),
)

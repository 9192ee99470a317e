"""Finding out what a table of head counts would change, changing it all at once, and undoing that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b

from portal.core.cells import Wrong
from portal.core.clock import now
from portal.core.db import session
from portal.core.errors import NotFound, Refused
from portal.meetings.head_import.models import HeadImport
from portal.meetings.head_import.queries import named_meetings
from portal.meetings.head_import.rules import Line
from portal.meetings.models import Meeting
from portal.meetings.queries import editable_meeting
from portal.meetings.report_back.actions import count_heads, has_begun
from portal.meetings.report_back.queries import heads
from portal.meetings.report_back.rules import Side


@dataclass(frozen=True)
class Planned:
    """What an import does to one meeting."""

    meeting: Meeting
    before: Mapping[str, int]
    after: Mapping[str, int]


def plan_import(lines: Sequence[Line], member_id: int) -> tuple[list[Planned], list[Wrong]]:
    """What these lines would change, and which of them are about no meeting that can be counted."""
    known, planned, wrong = named_meetings(member_id), [], []
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
    """Changes whenever somebody else counts one of these meetings."""
    said = repr(sorted((one.meeting.id, sorted(one.before.items())) for one in planned))
    return blake2b(said.encode(), digest_size=8).hexdigest()


def import_heads(planned: Sequence[Planned], member_id: int) -> HeadImport:
    """Take all of it over, in the transaction at hand."""
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
    """Put back what was there before. Raises `Refused` when somebody counted anew since, or it is undone already."""
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
    count_heads(meeting, {side: counts.get(side) for side in Side}, member_id)

"""What the team takes along: announcements to copy, sheets for the evening. Nothing that is typed here is kept."""

from __future__ import annotations

from flask import render_template
from flask_login import current_user

from portal.core.clock import now
from portal.core.errors import Refused
from portal.core.web import Room, members
from portal.meetings.models import Meeting
from portal.meetings.paper.texts import in_both
from portal.meetings.queries import editable_meeting
from portal.meetings.report_back.rules import Side
from portal.meetings.report_back.texts import SIDE_NAMES

room = Room(
    "meetings_paper",
    __name__,
    audience=members("organizer", "community_lead"),
    url_prefix="/<lang:lang>/team/meetings/<int:meeting_id>/paper",
)
CALLS, ITEMS = 14, 5


@room.get("/")
def index(meeting_id: int) -> str:
    """Flyers, announcements in both languages, and the sheets."""
    meeting = _published(meeting_id)
    is_over = meeting.ends_at is None or meeting.ends_at <= now()
    return render_template("meetings/paper/index.html", meeting=meeting, is_over=is_over, said=in_both(meeting))


@room.get("/phone-tree")
def phone_tree(meeting_id: int) -> str:
    """A sheet for people who call each other: lines to write on, no names of ours."""
    return render_template("meetings/paper/phone_tree.html", meeting=_published(meeting_id), rows=CALLS)


@room.get("/door")
def door(meeting_id: int) -> str:
    """The sheet for the door: heads by role and needs, counted with strokes."""
    names = [SIDE_NAMES[side] for side in Side]
    return render_template("meetings/paper/door.html", meeting=_published(meeting_id), sides=names)


@room.get("/evening")
def evening(meeting_id: int) -> str:
    """The evening in large letters, with room for what comes when."""
    return render_template("meetings/paper/evening.html", meeting=_published(meeting_id), rows=ITEMS)


def _published(meeting_id: int) -> Meeting:
    meeting = editable_meeting(meeting_id, current_user.id)
    if meeting.is_draft:
        raise Refused("paper_draft")
    return meeting

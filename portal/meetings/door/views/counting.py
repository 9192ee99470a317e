"""The page for the door, which works without a network once it was opened; what it sends; and a form for paper.

A phone at a door can be stolen. So the page holds no name, no title and no place, no code and no token of a form: the
phone asks for one when it sends. Its worker keeps this page and its two files, and nothing else of what is behind the
sign-in.
"""

from __future__ import annotations

import json
from typing import Any

from flask import Response as FlaskResponse
from flask import flash, jsonify, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from flask_babel import gettext as _
from flask_login import current_user
from flask_wtf.csrf import generate_csrf
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from portal.core import offline
from portal.core.web import Room, members
from portal.meetings.door import actions
from portal.meetings.door.forms import SheetForm, field_of, sheet_form
from portal.meetings.door.queries import counted, doors_of, heads_at_door
from portal.meetings.door.rules import BY_HAND, KEPT_ON_PHONE, MOST_TURN, counts_of, is_door
from portal.meetings.door.texts import REFUSALS, counter_name, counters
from portal.meetings.models import Meeting
from portal.meetings.queries import editable_meeting
from portal.meetings.report_back.actions import count_heads, has_begun
from portal.meetings.report_back.queries import heads
from portal.meetings.report_back.rules import Side

Answer = Response | str | tuple[str, int]
MOST_SENT = 16 * 1024
FILES = ("portal.css", "door.css", "door.js")
room = Room(
    "meetings_door",
    __name__,
    audience=members("organizer", "community_lead"),
    url_prefix="/<lang:lang>/team/meetings/<int:meeting_id>/door",
    largest=MOST_SENT,
)


@room.record_once
def name_refusals(state: BlueprintSetupState) -> None:
    """Give the error page the sentences of this feature."""
    state.app.extensions.setdefault("refusals", {}).update(REFUSALS)


@room.app_template_global("counted_at_doors")
def counted_at_doors(meeting_id: int) -> list[tuple[str, int]]:
    """For the page that tells what came of it: who came, as the doors counted, unless those are its numbers already."""
    found, kept = heads_at_door(meeting_id), heads(meeting_id)
    if all(kept.get(side) == number for side, number in found.items()):
        return []
    return [(counter_name(f"who.{side}"), number) for side, number in found.items()]


@room.get("/")
def count(meeting_id: int) -> str:
    """Big buttons to tap."""
    meeting = _open(meeting_id)
    ends = meeting.ends_at
    return render_template(
        "meetings/door/count.html",
        meeting=meeting,
        counters=counters(),
        until=round((ends + KEPT_ON_PHONE).timestamp() * 1000) if ends else 0,
        worker=offline.worker_address("meetings_door.worker", FILES, meeting_id=meeting.id),
    )


@room.get("/worker.js")
def worker(meeting_id: int) -> FlaskResponse:
    """What keeps the page on the phone. It lies here because a worker reaches no further than its own folder."""
    editable_meeting(meeting_id, current_user.id)
    return offline.worker()


@room.get("/token")
def token(meeting_id: int) -> FlaskResponse:
    """A token for one sending: the page on the phone holds none, and one from hours ago would not be right any more."""
    editable_meeting(meeting_id, current_user.id)
    return jsonify(token=generate_csrf())


@room.post("/counts")
def send(meeting_id: int) -> FlaskResponse:
    """Take in everything that a door counted so far; sent again it changes nothing."""
    meeting = editable_meeting(meeting_id, current_user.id, to_change=True)
    door, turn, counts = request.form.get("door", ""), request.form.get("turn", ""), _sent_counts()
    if not is_door(door) or not turn.isascii() or not turn.isdigit() or int(turn) > MOST_TURN or counts is None:
        raise BadRequest
    actions.take_counts(meeting, door, int(turn), counts, current_user.id)
    return jsonify(turn=int(turn), doors=len(doors_of(meeting.id)), all=counted(meeting.id))


@room.get("/typed")
def ask(meeting_id: int) -> str:
    """What was counted so far, and a form for what was counted on paper."""
    meeting = editable_meeting(meeting_id, current_user.id)
    before = next((door.counts for door in doors_of(meeting.id) if door.door == BY_HAND), {})
    return _typed_page(meeting, sheet_form(data={field_of(name): value for name, value in before.items()}))


@room.post("/take-over")
def take_over(meeting_id: int) -> Response:
    """Let the roles that were counted at the doors be the heads of the meeting; they can be corrected there."""
    meeting = editable_meeting(meeting_id, current_user.id, to_change=True)
    found = heads(meeting.id) | heads_at_door(meeting.id)
    count_heads(meeting, {side: found.get(side) for side in Side}, current_user.id)
    flash(_("The counts are kept."), "success")
    return redirect(url_for("meetings_report.ask_heads", meeting_id=meeting.id))


@room.post("/typed")
def type_in(meeting_id: int) -> Answer:
    """Keep what was counted on paper."""
    meeting = editable_meeting(meeting_id, current_user.id, to_change=True)
    form = sheet_form()
    if not form.validate():
        return _typed_page(meeting, form), 422
    actions.type_counts(meeting, form.counts, current_user.id)
    flash(_("The counts are kept."), "success")
    return redirect(url_for("meetings_door.ask", meeting_id=meeting.id))


def _open(meeting_id: int) -> Meeting:
    meeting = editable_meeting(meeting_id, current_user.id)
    actions.require_open(meeting)
    return meeting


def _sent_counts() -> dict[str, int] | None:
    try:
        given: Any = json.loads(request.form.get("counts", ""))
    except (ValueError, RecursionError):
        return None
    return counts_of(given)


def _typed_page(meeting: Meeting, form: SheetForm) -> str:
    return render_template(
        "meetings/door/typed.html",
        meeting=meeting,
        form=form,
        groups=[(group, [form[field_of(name)] for name, _label in names]) for group, names in counters()],
        sums=[(counter_name(name), value) for name, value in counted(meeting.id).items()],
        begun=has_begun(meeting),
        is_open=actions.is_open(meeting),
        doors=len([door for door in doors_of(meeting.id) if door.door != BY_HAND]),
    )

"""Pages for counting at the door: the counter on a phone, and the form for paper sheets.

A phone at a door can be stolen. So the page holds no name, no title and no place, no access code and no CSRF token: the
phone requests a token when it sends. The phone keeps the counts and nothing else until they are sent.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from flask import Response as FlaskResponse
from flask import flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.csrf import generate_csrf
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response
from wtforms.validators import NumberRange, Optional

from portal.accounts.sign_in import current_user
from portal.core.forms import IntegerField, ProtectedForm, readable
from portal.core.web import AudienceBlueprint, members
from portal.meetings import door
from portal.meetings import door as actions
from portal.meetings.door import (
    BY_HAND,
    COUNTERS,
    KEPT_ON_PHONE,
    MOST,
    MOST_TURN,
    counted,
    counter_name,
    counters,
    counts_of,
    doors_of,
    heads_at_door,
    is_door,
)
from portal.meetings.meeting import Meeting, editable_meeting
from portal.meetings.report_back import count_heads, has_begun, heads
from portal.meetings.report_back_rules import AttendeeRole


class SheetForm(ProtectedForm):
    """Form with a field for each counter; an empty field counts as zero."""

    @property
    def counts(self) -> dict[str, int]:
        """The counts as typed, without empty fields and zeros."""
        return {name: self[field_of(name)].data for name in COUNTERS if self[field_of(name)].data}


def sheet_form(**given: Any) -> SheetForm:
    """Return the form with a label for each counter in the language of the request."""
    form = _form()(**given)
    for name in COUNTERS:
        form[field_of(name)].label.text = counter_name(name)
    return form


def field_of(counter: str) -> str:
    """Return the name of the form field of a counter."""
    return counter.replace(".", "-")


@cache
def _form() -> type[SheetForm]:
    wrong = NumberRange(min=0, max=MOST, message=_l("Please write a number from 0 to %(max)s."))
    fields: dict[str, Any] = {}
    for name in COUNTERS:
        fields[field_of(name)] = IntegerField(name, validators=[Optional(), readable, wrong])
    return type("SheetForm", (SheetForm,), fields)


MOST_SENT = 16 * 1024
blueprint = AudienceBlueprint(
    "meetings_door",
    __name__,
    audience=members("organizer", "community_lead"),
    url_prefix="/<lang:lang>/team/meetings/<int:meeting_id>/door",
    largest=MOST_SENT,
)


@blueprint.app_template_global("counted_at_doors")
def counted_at_doors(meeting_id: int) -> list[tuple[str, int]]:
    """Return the door counts by role for the report-back page; empty if the stored head counts equal them."""
    found, kept = heads_at_door(meeting_id), heads(meeting_id)
    if all(kept.get(side) == number for side, number in found.items()):
        return []
    return [(counter_name(f"who.{side}"), number) for side, number in found.items()]


@blueprint.get("/")
def count(meeting_id: int) -> str:
    """Show the counter with large buttons."""
    meeting = _open(meeting_id)
    ends = meeting.ends_at
    return render_template(
        "meetings/door/count.html",
        meeting=meeting,
        counters=counters(),
        until=round((ends + KEPT_ON_PHONE).timestamp() * 1000) if ends else 0,
    )


@blueprint.get("/token")
def token(meeting_id: int) -> FlaskResponse:
    """Send a CSRF token for one submission: the page on the phone holds none, and an hours-old one would be expired."""
    editable_meeting(meeting_id, current_user.id)
    return jsonify(token=generate_csrf())


@blueprint.post("/counts")
def send(meeting_id: int) -> FlaskResponse:
    """Store all counts of a door so far; sending them again changes nothing."""
    meeting = editable_meeting(meeting_id, current_user.id, to_change=True)
    door, turn, counts = request.form.get("door", ""), request.form.get("turn", ""), _sent_counts()
    if not is_door(door) or not turn.isascii() or not turn.isdigit() or int(turn) > MOST_TURN or counts is None:
        raise BadRequest
    actions.take_counts(meeting, door, int(turn), counts, current_user.id)
    return jsonify(turn=int(turn), doors=len(doors_of(meeting.id)), all=counted(meeting.id))


@blueprint.post("/take-over")
def take_over(meeting_id: int) -> Response:
    """Store the door counts by role as head counts of the meeting; they can be corrected there."""
    meeting = editable_meeting(meeting_id, current_user.id, to_change=True)
    found = heads(meeting.id) | heads_at_door(meeting.id)
    count_heads(meeting, {side: found.get(side) for side in AttendeeRole}, current_user.id)
    flash(_("The counts are kept."), "success")
    return redirect(url_for("meetings_report.count", meeting_id=meeting.id))


@blueprint.route("/typed", methods=["GET", "POST"])
def type_in(meeting_id: int) -> ResponseReturnValue:
    """Store the counts of a paper sheet, shown beside the counts so far."""
    meeting = editable_meeting(meeting_id, current_user.id, to_change=request.method == "POST")
    form = sheet_form()
    if not form.is_submitted():
        before = next((door.counts for door in doors_of(meeting.id) if door.door == BY_HAND), {})
        form.process(data={field_of(name): value for name, value in before.items()})
    if not form.validate_on_submit():
        return _typed_page(meeting, form), form.http_status
    door.type_counts(meeting, form.counts, current_user.id)
    flash(_("The counts are kept."), "success")
    return redirect(url_for("meetings_door.type_in", meeting_id=meeting.id))


def _open(meeting_id: int) -> Meeting:
    meeting = editable_meeting(meeting_id, current_user.id)
    door.require_open(meeting)
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

"""Head counts at the door: the table, the actions, the counter on a phone, and the form for paper sheets.

Every door is a random number drawn on the phone. It sends all its counts with a turn number that grows with each tap:
sending twice changes nothing, an older turn never overwrites a newer one, and the counts of several doors add up.

A phone at a door can be stolen. So its page holds no name, no title and no place, no access code and no CSRF token: the
phone requests a token when it sends. The phone keeps the counts and nothing else until they are sent.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from flask import Response as FlaskResponse, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _, lazy_gettext as _l
from flask_wtf.csrf import generate_csrf
from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, select
from sqlalchemy.orm import Mapped, mapped_column
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from portal.accounts.sign_in import current_user
from portal.core.audit import record
from portal.core.clock import now
from portal.core.db import Base, session
from portal.core.editing import done
from portal.core.forms import ProtectedForm, whole_number
from portal.core.statuses import Refused
from portal.core.web import AudienceBlueprint, members
from portal.meetings.meeting import Meeting, editable_meeting
from portal.meetings.readiness import AttendeeRole, MeetingState
from portal.meetings.report_back import SIDE_NAMES, count_heads, heads
from portal.meetings.rsvp.texts import LANGUAGE_NAMES

MOST = 5_000
MOST_TURN = 10_000_000
MOST_SENT = 16 * 1024
MOST_DOORS = 40
"""More phones than this at one meeting are a mistake or an attack."""
BY_HAND = "by-hand"
"""The door of counts that an organizer types from a paper sheet."""
OPENS_BEFORE = timedelta(hours=12)
CLOSES_AFTER = timedelta(days=3)
"""For phones that had no network at the meeting."""
KEPT_ON_PHONE = timedelta(hours=12)
"""How long after the end of the meeting a phone keeps the page; unsent counts are kept for as long again."""
GROUPS: dict[str, tuple[Any, dict[Any, Any]]] = {
    "who": (_l("Who came"), SIDE_NAMES),
    "age": (_l("How old"), {"children": _l("Children up to 11"), "teens": _l("12 to 17"), "adults": _l("Adults")}),
    "language": (_l("Who needs an interpreter"), LANGUAGE_NAMES),
    "needs": (
        _l("What people need tonight"),
        {
            "first_time": _l("Here for the first time"),
            "childcare": _l("Children in childcare"),
            "ride_home": _l("Needs a ride home"),
            "access": _l("Ramp, chair, hearing"),
        },
    ),
}
COUNTERS = {f"{group}.{name}": label for group, (_title, names) in GROUPS.items() for name, label in names.items()}
"""The labels of all counters, in the order in which they are shown."""
AUDITED = {"meeting.door_counted": _l("counted at the door of a meeting")}
REFUSALS = {
    "door_closed": _l("Nothing is counted at the door of this meeting now: it is far off, long over, or canceled."),
    "door_too_many": _l("Too many phones have counted at this meeting. Please type your counts by hand."),
}


def counts_of(given: object) -> dict[str, int] | None:
    """Return the counts that a phone sent; None if any is invalid: an error is better than half of the counts."""
    if not isinstance(given, dict) or not set(given) <= set(COUNTERS):
        return None
    right = all(type(count) is int and 0 <= count <= MOST for count in given.values())
    return {name: count for name, count in given.items() if count} if right else None


class DoorCount(Base):
    """All counts of one door so far. It stores neither the owner of the phone nor the time of any arrival."""

    __tablename__ = "meetings_door_count"
    __table_args__ = (CheckConstraint("turn >= 0", name="turn"),)

    meeting_id: Mapped[int] = mapped_column(ForeignKey("meetings_meeting.id", ondelete="CASCADE"), primary_key=True)
    door: Mapped[str] = mapped_column(String(32), primary_key=True)
    """A random number that the phone drew for this meeting alone, or `by-hand`."""
    turn: Mapped[int]
    """Grows with every tap: of two messages of a door the one with the higher turn is newer."""
    counts: Mapped[dict[str, int]] = mapped_column(JSON)


def doors_of(meeting_id: int) -> Sequence[DoorCount]:
    doors = select(DoorCount).where(DoorCount.meeting_id == meeting_id).order_by(DoorCount.door)
    return session.scalars(doors.execution_options(populate_existing=True)).all()


def counted(meeting_id: int) -> dict[str, int]:
    doors = doors_of(meeting_id)
    sums = {name: sum(door.counts.get(name, 0) for door in doors) for name in COUNTERS}
    return {name: count for name, count in sums.items() if count}


def heads_at_door(meeting_id: int) -> dict[AttendeeRole, int]:
    sums = counted(meeting_id)
    return {side: sums[f"who.{side}"] for side in AttendeeRole if f"who.{side}" in sums}


def is_open(meeting: Meeting) -> bool:
    """Return whether counts are accepted: from half a day before to three days after a published meeting."""
    span = meeting.span if meeting.state == MeetingState.PUBLISHED else None
    return span is not None and span.starts - OPENS_BEFORE <= now() <= span.ends + CLOSES_AFTER


def take_counts(meeting: Meeting, door: str, turn: int, counts: Mapping[str, int], member_id: int) -> None:
    """Store the counts of a door of the locked meeting unless a newer turn is there. Raises `Refused`."""
    if not is_open(meeting):
        raise Refused("door_closed")
    doors = {row.door: row for row in doors_of(meeting.id)}
    if door in doors:
        if turn > doors[door].turn:
            doors[door].turn, doors[door].counts = turn, dict(counts)
        return
    if len(doors) >= MOST_DOORS:
        raise Refused("door_too_many")
    session.add(DoorCount(meeting_id=meeting.id, door=door, turn=turn, counts=dict(counts)))
    # Once for each door: an audit event for every tap would tell when people came.
    record("meeting.door_counted", "meeting", meeting.id, member_id)
    session.flush()


def counters() -> list[tuple[str, list[tuple[str, str]]]]:
    return [
        (str(title), [(f"{group}.{name}", str(label)) for name, label in names.items()])
        for group, (title, names) in GROUPS.items()
    ]


class SheetForm(ProtectedForm):
    pass


for counter, label in COUNTERS.items():
    setattr(SheetForm, counter, whole_number(label, 0, MOST, optional=True))

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
    at_door, kept = heads_at_door(meeting_id), heads(meeting_id)
    if all(kept.get(side) == number for side, number in at_door.items()):
        return []
    return [(str(SIDE_NAMES[side]), number) for side, number in at_door.items()]


@blueprint.get("/")
def count(meeting_id: int) -> str:
    meeting = editable_meeting(meeting_id, current_user.id)
    if not is_open(meeting):
        raise Refused("door_closed")
    until = round((meeting.ends_at + KEPT_ON_PHONE).timestamp() * 1000) if meeting.ends_at else 0
    return render_template("meetings/door/count.html", meeting=meeting, counters=counters(), until=until)


@blueprint.get("/token")
def token(meeting_id: int) -> FlaskResponse:
    """Send a CSRF token for one submission: the page on the phone holds none, and an hours-old one would be expired."""
    editable_meeting(meeting_id, current_user.id)
    return jsonify(token=generate_csrf())


@blueprint.post("/counts")
def send(meeting_id: int) -> FlaskResponse:
    meeting = editable_meeting(meeting_id, current_user.id, to_change=True)
    door, turn = request.form.get("door", ""), request.form.get("turn", "")
    try:
        counts = counts_of(json.loads(request.form.get("counts", "")))
    except (ValueError, RecursionError):
        counts = None
    # A door is a number as drawn by a phone.
    are_numbers = re.fullmatch(r"[0-9a-f]{32}", door) and turn.isascii() and turn.isdigit()
    if not are_numbers or int(turn) > MOST_TURN or counts is None:
        raise BadRequest
    take_counts(meeting, door, int(turn), counts, current_user.id)
    return jsonify(turn=int(turn), doors=len(doors_of(meeting.id)), all=counted(meeting.id))


@blueprint.post("/take-over")
def take_over(meeting_id: int) -> Response:
    """Store the door counts by role as head counts of the meeting; they can be corrected there."""
    meeting = editable_meeting(meeting_id, current_user.id, to_change=True)
    counts = heads(meeting.id) | heads_at_door(meeting.id)
    count_heads(meeting, {side: counts.get(side) for side in AttendeeRole}, current_user.id)
    return done(url_for("meetings_report.count", meeting_id=meeting.id), _("The counts are kept."))


@blueprint.route("/typed", methods=["GET", "POST"])
def type_in(meeting_id: int) -> ResponseReturnValue:
    """Store the counts of a paper sheet in place of those typed before, shown beside the counts so far."""
    meeting = editable_meeting(meeting_id, current_user.id, to_change=request.method == "POST")
    doors = doors_of(meeting.id)
    before = next((door for door in doors if door.door == BY_HAND), None)
    form = SheetForm()
    if not form.is_submitted() and before:
        form.process(data=before.counts)
    if form.validate_on_submit():
        counts = {name: form[name].data for name in COUNTERS if form[name].data}
        take_counts(meeting, BY_HAND, before.turn + 1 if before else 0, counts, current_user.id)
        return done(url_for("meetings_door.type_in", meeting_id=meeting.id), _("The counts are kept."))
    page = render_template(
        "meetings/door/typed.html",
        meeting=meeting,
        form=form,
        groups=[(group, [form[name] for name, _label in names]) for group, names in counters()],
        sums=[(str(COUNTERS[name]), number) for name, number in counted(meeting.id).items()],
        begun=meeting.has_begun,
        is_open=is_open(meeting),
        doors=sum(door.door != BY_HAND for door in doors),
    )
    return page, form.http_status

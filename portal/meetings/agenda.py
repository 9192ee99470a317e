"""Agendas of meetings: rules for points and lengths, the table, storing and copying, and the page for editing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _, lazy_gettext as _l
from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from portal.accounts.sign_in import current_user
from portal.core.audit import record
from portal.core.db import Base, random_id, session
from portal.core.editing import Both, EditorForm, both, done, line
from portal.core.forms import whole_number
from portal.core.i18n import LANGUAGES, Bilingual, bilingual
from portal.core.statuses import Refused
from portal.core.web import AudienceBlueprint, members
from portal.markets.place_actions import publish_about
from portal.markets.texts import names_hidden_place
from portal.meetings.forms import is_empty, rows_sent
from portal.meetings.meeting import OF_A_MEETING, PLANNERS, Meeting, editable_meeting
from portal.meetings.texts import MISSING

MOST_POINTS = 20
MOST_MINUTES = 600
SPARE, SPARE_AT_FIRST = 1, 3


def gaps(points: Sequence[AgendaPoint]) -> tuple[str, ...]:
    """Return the names of the fields that are missing: what is saved is shown at once, so it must be whole."""
    lacking: list[str] = []
    for number, point in enumerate(points, 1):
        if not is_empty(point.what, point.minutes):
            lacking += [f"point{number}_{lang}" for lang in LANGUAGES if not point.what[lang].strip()]
            lacking += [] if point.minutes else [f"point{number}_minutes"]
    return tuple(lacking)


def too_long_by(points: Sequence[AgendaPoint], starts_at: datetime | None, ends_at: datetime | None) -> int:
    """Return by how many minutes the agenda exceeds the meeting; 0 when it fits or the meeting has no time yet."""
    if starts_at is None or ends_at is None:
        return 0
    return max(0, sum(point.minutes or 0 for point in points) - int((ends_at - starts_at) / timedelta(minutes=1)))


class AgendaPoint(Base):
    """A point of an agenda. It names no speaker: the list of speakers is as sensitive as a report."""

    __tablename__ = "meetings_agenda_point"
    __table_args__ = (
        UniqueConstraint("meeting_id", "position"),
        CheckConstraint(f"minutes BETWEEN 1 AND {MOST_MINUTES}", name="minutes"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meetings_meeting.id", ondelete="CASCADE"))
    position: Mapped[int]
    what: Mapped[Bilingual] = bilingual("what", encrypted=True)
    minutes: Mapped[int]


def points_of(meeting_id: int) -> Sequence[AgendaPoint]:
    rows = select(AgendaPoint).where(AgendaPoint.meeting_id == meeting_id).order_by(AgendaPoint.position)
    return session.scalars(rows).all()


def agenda_of(meeting: Meeting) -> list[tuple[datetime, AgendaPoint]]:
    """Return each point with the time at which it begins; empty while the meeting has no time.

    Only lengths are stored, so that points move with their meeting.
    """
    if meeting.starts_at is None:
        return []
    begins, agenda = meeting.starts_at, []
    for point in points_of(meeting.id):
        agenda.append((begins, point))
        begins += timedelta(minutes=point.minutes)
    return agenda


def set_agenda(meeting: Meeting, points: Sequence[AgendaPoint], editor_id: int) -> None:
    """Replace an agenda; empty lines are left out. Raises `Refused` for a cancelled meeting or an incomplete point."""
    if meeting.is_cancelled:
        raise Refused("meeting_cancelled")
    if gaps(points):
        raise Refused("agenda_gaps")
    write_points(meeting.id, [point for point in points if not is_empty(point.what, point.minutes)])
    record("meeting.agenda_set", "meeting", meeting.id, editor_id)
    if not meeting.is_draft:
        publish_about(meeting.market_id)


def write_points(meeting_id: int, points: Sequence[AgendaPoint]) -> None:
    session.execute(delete(AgendaPoint).where(AgendaPoint.meeting_id == meeting_id))
    for position, point in enumerate(points):
        session.add(AgendaPoint(meeting_id=meeting_id, position=position, what=point.what, minutes=point.minutes))
    session.flush()


AUDITED = {"meeting.agenda_set": _l("changed the agenda of a meeting")}
REFUSALS = {"agenda_gaps": _l("Each point of an agenda needs both languages and a length.")}


class AgendaForm(EditorForm):
    """The points in their order, in fields called `point1_en`, `point1_es`, `point1_minutes` and so on."""

    points: int

    @property
    def lines(self) -> list[AgendaPoint]:
        names = [f"point{number}" for number in range(1, self.points + 1)]
        return [AgendaPoint(what=self.pair(name), minutes=self[f"{name}_minutes"].data) for name in names]

    def validate(self, extra_validators: Any = None) -> bool:
        whole: bool = super().validate(extra_validators)
        for name in gaps(self.lines):
            if not self[name].errors:
                self.complain(name, MISSING)
        return whole and not self.errors


@cache
def _with_room_for(points: int) -> type[AgendaForm]:
    fields: dict[str, Any] = {"points": points}
    for number in range(1, points + 1):
        fields[f"point{number}"] = Both(line, _l("Point %(number)s", number=number), 120)
        minutes = _l("Point %(number)s: how many minutes", number=number)
        fields[f"point{number}_minutes"] = whole_number(minutes, 1, MOST_MINUTES, optional=True)
    return type("AgendaForm", (AgendaForm,), fields)


blueprint = AudienceBlueprint(
    "meetings_agenda", __name__, audience=members(*PLANNERS), url_prefix=f"{OF_A_MEETING}/agenda"
)


@blueprint.route("/", methods=["GET", "POST"])
def edit(meeting_id: int) -> ResponseReturnValue:
    """Edit the points, public at once if the meeting is, in the lines that were sent, or the stored and spare ones."""
    meeting = editable_meeting(meeting_id, current_user.id, to_change=request.method == "POST")
    points = points_of(meeting.id)
    room = min(len(points) + (SPARE if points else SPARE_AT_FIRST), MOST_POINTS)
    form = _with_room_for(rows_sent("point{}_en", MOST_POINTS) if request.form else room)()
    stored: dict[str, Any] = {}
    for number, point in enumerate(points, 1):
        stored |= both(f"point{number}", point.what) | {f"point{number}_minutes": point.minutes}
    # Every save makes rows of its own.
    is_whole = form.validate_over(stored, points[0].id if points else 0)
    if is_whole and not names_hidden_place(form, current_user.id, meeting.market_id):
        set_agenda(meeting, form.lines, current_user.id)
        return done(url_for("meetings_agenda.edit", meeting_id=meeting.id), _("Saved."))
    page = render_template(
        "meetings/agenda/edit.html",
        meeting=meeting,
        form=form,
        agenda=agenda_of(meeting),
        too_long_by=too_long_by(points, meeting.starts_at, meeting.ends_at),
    )
    return page, form.http_status

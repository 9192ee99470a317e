"""The page for editing an agenda, with a form that has as many lines as are needed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms.validators import NumberRange, Optional

from portal.accounts.sign_in import current_user
from portal.core.editing import EditorForm, english, line, spanish
from portal.core.forms import IntegerField, readable
from portal.core.web import AudienceBlueprint, members
from portal.markets.texts import names_hidden_place
from portal.meetings import agenda
from portal.meetings.agenda import (
    MOST_MINUTES,
    MOST_POINTS,
    PointLike,
    PointLine,
    agenda_of,
    gaps,
    mark,
    points_of,
    too_long_by,
)
from portal.meetings.meeting import Meeting, editable_meeting
from portal.meetings.texts import MISSING

SPARE, SPARE_AT_FIRST = 1, 3


class AgendaForm(EditorForm):
    """The points in their order, in fields called `point1_en`, `point1_es`, `point1_minutes` and so on."""

    points: int

    @property
    def lines(self) -> tuple[PointLine, ...]:
        """Return the points as typed, including empty lines."""
        numbers = range(1, self.points + 1)
        return tuple(PointLine(self.pair(f"point{one}"), self[f"point{one}_minutes"].data) for one in numbers)

    def validate(self, extra_validators: Any = None) -> bool:
        """Require both languages and a length of each point that is not empty."""
        whole: bool = super().validate(extra_validators)
        for name in gaps(self.lines):
            if not self[name].errors:
                self.complain(name, MISSING)
        return whole and not self.errors


def form_for(points: Sequence[PointLike], posted: Iterable[str]) -> AgendaForm:
    """Return the form with as many lines as it was sent with, by the names of the `posted` fields.

    When it is opened: one for each stored point, and spare ones for more.
    """
    sent = frozenset(posted)
    if not sent:
        return _room_for(min(len(points) + (SPARE if points else SPARE_AT_FIRST), MOST_POINTS))()
    return _room_for(sum(f"point{number}_en" in sent for number in range(1, MOST_POINTS + 1)))()


def as_typed(points: Sequence[PointLike]) -> dict[str, Any]:
    """Return an agenda as data for the fields of the form."""
    typed: dict[str, Any] = {}
    for number, point in enumerate(points, 1):
        typed |= {f"point{number}_en": point.what.en, f"point{number}_es": point.what.es}
        typed[f"point{number}_minutes"] = point.minutes
    return typed


@cache
def _room_for(points: int) -> type[AgendaForm]:
    fields: dict[str, Any] = {"points": points}
    wrong = _l("Please write a number from 1 to %(max)s.", max=MOST_MINUTES)
    for number in range(1, points + 1):
        what = _l("Point %(number)s", number=number)
        fields[f"point{number}_en"] = line(english(what), 120)
        fields[f"point{number}_es"] = line(spanish(what), 120)
        fields[f"point{number}_minutes"] = IntegerField(
            _l("Point %(number)s: how many minutes", number=number),
            validators=[Optional(), readable, NumberRange(min=1, max=MOST_MINUTES, message=wrong)],
        )
    return type("AgendaForm", (AgendaForm,), fields)


blueprint = AudienceBlueprint(
    "meetings_agenda",
    __name__,
    audience=members("organizer", "community_lead"),
    url_prefix="/<lang:lang>/team/meetings/<int:meeting_id>/agenda",
)


@blueprint.route("/", methods=["GET", "POST"])
def edit(meeting_id: int) -> ResponseReturnValue:
    """Edit the points; those of a published meeting are public at once."""
    meeting = editable_meeting(meeting_id, current_user.id, to_change=request.method == "POST")
    stored = points_of(meeting.id)
    form = form_for(stored, request.form)
    is_whole = form.validate_over(as_typed(stored), mark(stored))
    if not is_whole or names_hidden_place(form, current_user.id, meeting.market_id):
        return _page(meeting, form), form.http_status
    agenda.set_agenda(meeting, form.lines, current_user.id)
    flash(_("Saved."), "success")
    return redirect(url_for("meetings_agenda.edit", meeting_id=meeting.id))


def _page(meeting: Meeting, form: AgendaForm) -> str:
    points = points_of(meeting.id)
    return render_template(
        "meetings/agenda/edit.html",
        meeting=meeting,
        form=form,
        agenda=agenda_of(meeting),
        too_long_by=too_long_by(points, meeting.starts_at, meeting.ends_at),
    )

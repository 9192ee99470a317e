"""Pages of what lies ahead: two weeks with open tasks, what of them stands on a member's first page, and all around.

Around are the meetings and other events of the coming weeks, by day and on a map; weekly hours of organizations are
entered on a page of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from babel.dates import get_day_names
from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, gettext as _, lazy_gettext as _l, ngettext
from sqlalchemy import and_, or_
from werkzeug.wrappers import Response
from wtforms import SelectChoice, SelectField
from wtforms.validators import InputRequired

from portal.accounts.navigation import EDITORS
from portal.accounts.sign_in import SessionUser, current_user
from portal.accounts.today import NextEvening, OpenItem, Tone
from portal.core.clock import now, today
from portal.core.db import session
from portal.core.editing import page_asked
from portal.core.forms import ProtectedForm, TimeField
from portal.core.i18n import language
from portal.core.web import AudienceBlueprint, members
from portal.meetings import busy, desk
from portal.meetings.forms import field_name
from portal.meetings.meeting import PLANNERS, Meeting, meetings_of, next_held, not_over
from portal.meetings.readiness import MeetingState
from portal.meetings.report_back import owes_report, standings
from portal.meetings.report_back_rules import ReportBackState
from portal.meetings.rsvp.rsvp import has_questions, unread_questions
from portal.meetings.texts import MISSING, NEED_NAMES, WRONG_DATES, when, where
from portal.organisations.organisations import organisations
from portal.organisations.sides import OrganisationKind

PRESSING = timedelta(days=2)
"""What is missing for a meeting so near is due today."""
MOST = 100
"""So many meetings of one member are looked at; whoever has more open is told of these first."""
FEW = 3
"""So many late report-backs at most are named one by one."""

blueprint = AudienceBlueprint(
    "meetings_week", __name__, audience=members(*PLANNERS), url_prefix="/<lang:lang>/team/meetings/week"
)
blueprint.app_template_filter("day_name")(desk.day_name)


@blueprint.get("/")
def index() -> str:
    return render_template(
        "meetings/desk/week.html",
        desk=desk.fortnight(current_user.id, current_user.roles, page_asked()),
        field_name=field_name,
        need_names=NEED_NAMES,
    )


around_blueprint = AudienceBlueprint(
    "meetings_around", __name__, audience=members(*PLANNERS), url_prefix="/<lang:lang>/team/meetings/around"
)


@around_blueprint.get("/", endpoint="index")
def look_around() -> str:
    around = desk.around(current_user.id)
    return render_template(
        "meetings/desk/around.html",
        around=around,
        number_of=lambda held: around["numbers"].get(id(held)),
        me=current_user.id,
        busy_in_words=busy.busy_in_words,
        span_in_words=busy.span_in_words,
    )


class HoursForm(ProtectedForm):
    organisation = SelectField(_l("Organization"), validators=[InputRequired(MISSING)])
    weekday = SelectField(_l("Day of the week"), coerce=int)
    starts = TimeField(_l("Starts at"), validators=[InputRequired(MISSING)])
    ends = TimeField(_l("Ends at"), validators=[InputRequired(MISSING)])

    def __init__(self) -> None:
        super().__init__(data={"weekday": 6})
        houses = [house for house in organisations() if house.kind != OrganisationKind.POLICE]
        houses.sort(key=lambda house: house.kind != OrganisationKind.CONGREGATION)
        self.organisation.choices = [SelectChoice(str(house.id), str(house.name)) for house in houses]
        names = get_day_names(locale=get_locale())
        self.weekday.choices = [SelectChoice(number, names[number]) for number in (6, *range(6))]

    def validate(self, extra_validators: Any = None) -> bool:
        whole: bool = super().validate(extra_validators)
        if whole and self.ends.data <= self.starts.data:
            self.ends.errors = [WRONG_DATES["order"][1]]
        return not self.errors


hours_blueprint = AudienceBlueprint(
    "meetings_hours", __name__, audience=members(*PLANNERS), url_prefix="/<lang:lang>/team/hours"
)


@hours_blueprint.route("/", methods=["GET", "POST"], endpoint="index")
def weekly_hours() -> ResponseReturnValue:
    form = HoursForm()
    if not form.validate_on_submit():
        return render_template("meetings/hours.html", form=form, hours=busy.weekly_hours()), form.http_status
    house, weekday = int(form.organisation.data), form.weekday.data
    busy.add_hours(house, weekday, form.starts.data, form.ends.data, member_id=current_user.id)
    flash(_("Added. From now on you are warned when a meeting falls on the same evening."), "success")
    return redirect(url_for("meetings_hours.index"))


@hours_blueprint.post("/<int:hours_id>/delete")
def delete(hours_id: int) -> Response:
    busy.delete_hours(hours_id, current_user.id)
    flash(_("Deleted."), "success")
    return redirect(url_for("meetings_hours.index"))


def waits(me: SessionUser) -> Iterator[OpenItem]:
    """Yield the report-backs that a member owes, and questions and gaps of the meetings that they answer for."""
    if me.roles.isdisjoint(EDITORS):
        return
    is_open = or_(owes_report(), desk.held_soon(), and_(not_over(), has_questions()))
    meetings = session.scalars(meetings_of(me.id, is_open).limit(MOST)).all()
    states = standings(meetings)
    late = [meeting for meeting in meetings if states[meeting.id] is ReportBackState.OVERDUE]
    if len(late) > FEW:
        what = _("Say what came of %(number)d meetings", number=len(late))
        yield OpenItem(what, url_for("meetings_week.index"), Tone.OVERDUE)
    for meeting in meetings:
        is_late = meeting in late
        if states[meeting.id] is ReportBackState.AWAITED or (is_late and len(late) <= FEW):
            what = _("Say what came of “%(meeting)s”", meeting=_title(meeting))
            url = url_for("meetings_report.edit", meeting_id=meeting.id)
            yield OpenItem(what, url, Tone.OVERDUE if is_late else Tone.WAITING)
    coming = [meeting for meeting in meetings if meeting.state == MeetingState.PUBLISHED and not meeting.is_over]
    questions = unread_questions([meeting.id for meeting in coming])
    for meeting in meetings:
        yield from _still_open(meeting, questions.get(meeting.id, 0))


def _still_open(meeting: Meeting, questions: int) -> Iterator[OpenItem]:
    is_near = meeting.starts_at is not None and meeting.starts_at < now() + PRESSING
    if questions:
        what = ngettext(
            "“%(meeting)s”: %(num)d person asks something", "“%(meeting)s”: %(num)d people ask something", questions,
            meeting=_title(meeting),
        )  # fmt: skip
        url = url_for("meetings_host.names", meeting_id=meeting.id, _anchor="questions")
        yield OpenItem(what, url, Tone.TODAY if is_near else Tone.WAITING)
    gaps, uncertain = desk.open_fields(meeting) if desk.is_soon(meeting) else ([], [])
    if number := len(gaps) + len(uncertain):
        what = ngettext(
            "“%(meeting)s”: %(num)d thing is missing", "“%(meeting)s”: %(num)d things are missing", number,
            meeting=_title(meeting),
        )  # fmt: skip
        # Where each missing thing is named: beside its field, or in the list of what is asked and not confirmed.
        in_form = url_for("meetings_editor.edit", meeting_id=meeting.id, check=1)
        url = in_form if gaps else url_for("meetings_week.index", _anchor=f"m{meeting.id}")
        yield OpenItem(what, url, Tone.TODAY if is_near else Tone.MISSING)


def next_evenings(me: SessionUser) -> Iterator[NextEvening]:
    """Yield the next meeting that a member answers for, or else the next public one."""
    if not me.roles.isdisjoint(EDITORS):
        ahead = meetings_of(me.id, not_over(), Meeting.state == MeetingState.PUBLISHED)
        if (own := session.scalars(ahead.limit(1)).first()) is not None:
            yield _evening(own, url_for("meetings_editor.edit", meeting_id=own.id))
            return
    for meeting in next_held():
        yield _evening(meeting, url_for("meetings.meeting", slug=meeting.slug))._replace(is_mine=False)


def _evening(meeting: Meeting, url: str) -> NextEvening:
    return NextEvening(meeting.held_on or today(), when(meeting), _title(meeting), where(meeting), url)


def _title(meeting: Meeting) -> str:
    return str(meeting.title[language()] or meeting.title.en or meeting.title.es or _("Without a title"))

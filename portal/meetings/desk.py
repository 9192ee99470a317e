"""What lies ahead for organizers: two weeks with open tasks, the items of a member's first page, and what others hold.

Weekly hours of organizations are entered on a page of their own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import combinations
from typing import Any, NamedTuple

from babel.dates import format_skeleton
from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, gettext as _, lazy_gettext as _l, ngettext
from sqlalchemy import ColumnElement, and_, case, func, or_
from werkzeug.wrappers import Response
from wtforms import SelectChoice, SelectField
from wtforms.validators import InputRequired

from portal.accounts.navigation import EDITORS
from portal.accounts.sign_in import SessionUser, current_user
from portal.accounts.today import NextEvening, OpenItem, Tone
from portal.accounts.users import member_names
from portal.core.audit import record
from portal.core.clock import now, today, zone
from portal.core.db import session
from portal.core.editing import page_asked
from portal.core.forms import ProtectedForm, TimeField
from portal.core.statuses import existing
from portal.core.web import AudienceBlueprint, members
from portal.meetings import busy
from portal.meetings.busy import UpcomingBusy
from portal.meetings.evenings import BusyKind, overlap
from portal.meetings.forms import field_name
from portal.meetings.meeting import (
    PAGE,
    PLANNERS,
    Meeting,
    known_meetings,
    may_see_single_answers,
    meetings_of,
    next_held,
    not_over,
)
from portal.meetings.readiness import NEEDS, MeetingState, OfferAnswer, ReportBackState, missing, wrong_dates
from portal.meetings.report_back import owes_report, standings
from portal.meetings.rsvp.reminder_times import ask_by
from portal.meetings.rsvp.rsvp import Sums, answers_of, has_questions, seats_of, sums_of, unread_questions
from portal.meetings.rsvp.seats import RsvpState
from portal.meetings.rsvp.texts import LANGUAGE_NAMES
from portal.meetings.suggestions import evening_at
from portal.meetings.texts import MISSING, NEED_NAMES, WRONG_DATES, named, weekday_names, when, where
from portal.organisations.organisations import organisations
from portal.organisations.sides import OrganisationKind

WEEKS = 4
CLOSE = timedelta(hours=3)
AHEAD = timedelta(days=14)
AROUND = timedelta(days=30)


class Day(NamedTuple):
    """What is held on a day and what else keeps families busy; `twice`: two gatherings are less than `CLOSE` apart."""

    day: date
    gatherings: Sequence[UpcomingBusy]
    besides: Sequence[UpcomingBusy]
    twice: bool


def fortnight(member_id: int, roles: frozenset[str], page: int = 1) -> dict[str, Any]:
    """Return the desk of a member: meetings ahead, drafts without a day, reports owed; of each a part, and how many.

    Meetings at hidden places are there only if the member is admitted there.
    """
    coming = case((Meeting.ends_at > now(), Meeting.starts_at))
    first = (coming.is_(None), coming, Meeting.starts_at.desc())
    held, in_all = _some(member_id, held_soon(), order=first, page=page)
    spans = busy.ahead(today() - AROUND, today() + AHEAD + AROUND, member_id) if held else ()
    names = member_names(meeting.author_id for meeting in held)
    owed, owed_in_all = _some(member_id, owes_report(), order=(Meeting.report_back_on, Meeting.id))
    no_day = and_(Meeting.state == MeetingState.DRAFT, Meeting.starts_at.is_(None))
    undated, undated_in_all = _some(member_id, no_day, order=(Meeting.updated_at.desc(), Meeting.id))
    promises, latest = standings(owed), None
    if not held:
        # To be copied when nothing is planned: the next published meeting, or else the last one.
        published = known_meetings(member_id, Meeting.state != MeetingState.DRAFT)
        ahead = published.where(not_over()).order_by(Meeting.starts_at).limit(1)
        latest = session.scalar(ahead) or session.scalar(published.order_by(Meeting.starts_at.desc()).limit(1))
    glances = [
        glance(meeting, member_id, roles)
        | {"evening": evening_at(meeting, spans), "author": names.get(meeting.author_id, "")}
        for meeting in held
    ]
    return {
        "glances": glances,
        "held": in_all,
        "page": page,
        "more": in_all > page * PAGE,
        "open_points": sum(len(each["gaps"]) + len(each["uncertain"]) for each in glances),
        "undated": [(meeting, len(missing(meeting.plan))) for meeting in undated],
        "undated_in_all": undated_in_all,
        "owed": [(meeting, promises[meeting.id]) for meeting in owed],
        "owed_in_all": owed_in_all,
        "latest": latest,
    }


def glance(meeting: Meeting, member_id: int, roles: frozenset[str]) -> dict[str, Any]:
    """Return what is left to do for a meeting and who comes.

    `asking`: how many who need childcare or a ride, and can be reached, are to ask or silent, and until when.
    """
    (gaps, uncertain), sums, seats = open_fields(meeting), sums_of(meeting.id), seats_of(meeting.id).capacity
    people = ngettext("%(num)s person is coming", "%(num)s people are coming", sums.people)
    coming = answers_of(meeting.id, RsvpState.COMING)
    needing = [rsvp for rsvp in coming if rsvp.needs_preparing and rsvp.contact_hash is not None]
    until = max((rsvp.ask_by for rsvp in needing if rsvp.ask_by), default=ask_by(meeting.held_on or today(), today()))
    return {
        "meeting": meeting,
        "author": "",
        "gaps": gaps,
        "uncertain": uncertain,
        "coming": f"{people} ({_('of %(seats)s', seats=seats)})" if seats else str(people),
        "needs": _need_lines(meeting, sums),
        "asking": {
            "to_ask": sum(rsvp.ask_by is None for rsvp in needing),
            "silent": sum(rsvp.ask_by is not None and rsvp.confirmed_on is None for rsvp in needing),
            "until": until,
        },
        "may_ask": may_see_single_answers(meeting, member_id, roles),
        "questions": unread_questions([meeting.id]).get(meeting.id, 0),
    }


def _some(
    member_id: int, these: ColumnElement[bool], *, order: Sequence[Any], page: int = 1
) -> tuple[Sequence[Meeting], int]:
    meetings = known_meetings(member_id, these)
    in_all = session.scalar(meetings.with_only_columns(func.count(Meeting.id))) or 0
    return session.scalars(meetings.order_by(*order).offset((page - 1) * PAGE).limit(PAGE)).all(), in_all


def held_soon() -> ColumnElement[bool]:
    """Return the condition for meetings of which `is_soon` holds."""
    stands = or_(Meeting.state == MeetingState.DRAFT, and_(Meeting.state == MeetingState.PUBLISHED, not_over()))
    return and_(stands, Meeting.ends_at.is_not(None), Meeting.starts_at < now() + AHEAD)


def is_soon(meeting: Meeting) -> bool:
    """Return whether a meeting, perhaps still a draft, is in the coming fortnight."""
    if meeting.starts_at is None or meeting.ends_at is None or meeting.is_cancelled:
        return False
    # A draft whose day has passed needs another one.
    return (meeting.is_draft or not meeting.is_over) and meeting.starts_at < now() + AHEAD


def open_fields(meeting: Meeting) -> tuple[list[str], list[str]]:
    """Return the form fields that are empty or hold a wrong day, and the needs whose provider has not confirmed."""
    gaps = list(missing(meeting.plan)) if meeting.is_draft else []
    if meeting.is_draft and "in_past" in wrong_dates(meeting.plan, now(), zone()):
        gaps.append("held_on")
    return gaps, [need for need in NEEDS if getattr(meeting, need) == OfferAnswer.ASKED]


def _need_lines(meeting: Meeting, sums: Sums) -> list[tuple[str, str, bool]]:
    """Return for each need a sentence, the field that answers it, and whether it is counted on and not certain."""
    lines = []
    if children := sum(sums.children):
        words = ngettext("%(num)s child needs childcare", "%(num)s children need childcare", children)
        lines.append((words, "childcare", True))
    if sums.rides_needed or sums.seats_offered:
        needed = ngettext("%(num)s person needs a ride", "%(num)s people need a ride", sums.rides_needed)
        offered = ngettext("%(num)s seat in a car is offered", "%(num)s seats in cars are offered", sums.seats_offered)
        lines.append((f"{needed}; {offered}", "ride", sums.rides_needed > sums.seats_offered))
    if sums.interpreters:
        names = ", ".join(f"{LANGUAGE_NAMES[key]}: {count}" for key, count in sorted(sums.interpreters.items()))
        lines.append((_("Interpreter wished for: %(languages)s", languages=names), "interpreter", True))
    needs = []
    for words, need, is_needed in lines:
        lacks = is_needed and getattr(meeting, need) != OfferAnswer.YES
        needs.append((f"{words} – {_('and that is not certain yet')}" if lacks else str(words), need, lacks))
    return needs


PRESSING = timedelta(days=2)
"""What is missing for a meeting so near is due today."""
MOST = 100
"""So many meetings of one member are looked at; whoever has more open is told of these first."""
FEW = 3
"""So many late report-backs at most are named one by one."""

blueprint = AudienceBlueprint(
    "meetings_week", __name__, audience=members(*PLANNERS), url_prefix="/<lang:lang>/team/meetings/week"
)


@blueprint.app_template_filter("day_name")
def day_name(day: date | datetime) -> str:
    local = day.astimezone(zone()).date() if isinstance(day, datetime) else day
    name = format_skeleton("MMMMEEEEd", local, locale=get_locale())
    return name[:1].upper() + name[1:]


@blueprint.get("/")
def index() -> str:
    return render_template(
        "meetings/desk/week.html",
        desk=fortnight(current_user.id, current_user.roles, page_asked()),
        field_name=field_name,
        need_names=NEED_NAMES,
    )


around_blueprint = AudienceBlueprint(
    "meetings_around", __name__, audience=members(*PLANNERS), url_prefix="/<lang:lang>/team/meetings/around"
)


@around_blueprint.get("/", endpoint="index")
def around() -> str:
    """Show the coming weeks day by day, as far as the member may know of them."""
    first, days = today(), []
    held = busy.ahead(first, first + timedelta(weeks=WEEKS), current_user.id)
    for day in (first + timedelta(days=number) for number in range(7 * WEEKS + 1)):
        begins, ends = (datetime.combine(midnight, time(), zone()) for midnight in (day, day + timedelta(days=1)))
        then = [
            span
            for span in held
            if begins <= span.starts < ends or (span.whole_day and span.starts < ends and span.ends > begins)
        ]
        gatherings = [span for span in then if span.kind == BusyKind.MEETING]
        besides = [span for span in then if span.kind != BusyKind.MEETING]
        if gatherings or any(span.kind == BusyKind.HOLIDAY for span in besides):
            twice = any(overlap(span, other, CLOSE) for span, other in combinations(gatherings, 2))
            days.append(Day(day, gatherings, besides, twice))
    return render_template(
        "meetings/desk/around.html",
        days=days,
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
        self.weekday.choices = [*map(SelectChoice, (6, *range(6)), weekday_names())]

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
    row = existing(session.get(busy.WeeklyHours, hours_id))
    record("hours.deleted", "hours", row.id, current_user.id)
    session.delete(row)
    flash(_("Deleted."), "success")
    return redirect(url_for("meetings_hours.index"))


def waits(me: SessionUser) -> Iterator[OpenItem]:
    """Yield the report-backs that a member owes, and questions and gaps of the meetings that they answer for."""
    if me.roles.isdisjoint(EDITORS):
        return
    is_open = or_(owes_report(), held_soon(), and_(not_over(), has_questions()))
    meetings = session.scalars(meetings_of(me.id, is_open).limit(MOST)).all()
    states = standings(meetings)
    late = [meeting for meeting in meetings if states[meeting.id] is ReportBackState.OVERDUE]
    if len(late) > FEW:
        what = _("Say what came of %(number)d meetings", number=len(late))
        yield OpenItem(what, url_for("meetings_week.index"), Tone.OVERDUE)
    for meeting in meetings:
        is_late = meeting in late
        if states[meeting.id] is ReportBackState.AWAITED or (is_late and len(late) <= FEW):
            what = _("Say what came of “%(meeting)s”", meeting=named(meeting))
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
            meeting=named(meeting),
        )  # fmt: skip
        url = url_for("meetings_host.names", meeting_id=meeting.id, _anchor="questions")
        yield OpenItem(what, url, Tone.TODAY if is_near else Tone.WAITING)
    gaps, uncertain = open_fields(meeting) if is_soon(meeting) else ([], [])
    if number := len(gaps) + len(uncertain):
        what = ngettext(
            "“%(meeting)s”: %(num)d thing is missing", "“%(meeting)s”: %(num)d things are missing", number,
            meeting=named(meeting),
        )  # fmt: skip
        # Where each missing thing is named: beside its field, or in the list of what is asked and not confirmed.
        in_form = url_for("meetings_editor.edit", meeting_id=meeting.id, check=1)
        url = in_form if gaps else url_for("meetings_week.index", _anchor=f"m{meeting.id}")
        yield OpenItem(what, url, Tone.TODAY if is_near else Tone.MISSING)


def next_evenings(me: SessionUser) -> Iterator[NextEvening]:
    """Yield the next meeting that a member answers for, or else the next public one."""
    ahead = meetings_of(me.id, not_over(), Meeting.state == MeetingState.PUBLISHED)
    own = None if me.roles.isdisjoint(EDITORS) else session.scalars(ahead.limit(1)).first()
    for meeting in [own] if own else next_held():
        page = url_for("meetings.meeting", slug=meeting.slug)
        url = url_for("meetings_editor.edit", meeting_id=meeting.id) if own else page
        yield NextEvening(
            meeting.held_on or today(), when(meeting), named(meeting), where(meeting), url, is_mine=own is not None
        )

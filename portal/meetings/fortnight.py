"""The two weeks ahead of those who plan meetings: what each meeting lacks and who comes, and their items on Today."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from flask import render_template, url_for
from flask_babel import gettext as _, ngettext
from sqlalchemy import ColumnElement, and_, case, func, or_, select

from portal.accounts.navigation import EDITORS
from portal.accounts.sign_in import SessionUser, current_user
from portal.accounts.today import NextEvening, OpenItem, Tone
from portal.accounts.users import member_names
from portal.core.clock import now, today, zone
from portal.core.db import session
from portal.core.editing import page_asked
from portal.core.web import AudienceBlueprint, members
from portal.meetings import busy, meeting as meetings, texts
from portal.meetings.forms import field_name
from portal.meetings.meeting import PAGE, Meeting, known_meetings, meetings_of, not_over
from portal.meetings.readiness import NEEDS, MeetingState, OfferAnswer, ReportBackState, missing, wrong_dates
from portal.meetings.report_back import owes_report, standings
from portal.meetings.rsvp.rsvp import Rsvp, Sums, answers_of, seats_of, sums_of, unread_questions
from portal.meetings.rsvp.rules import RsvpState, ask_by
from portal.meetings.rsvp.texts import LANGUAGE_NAMES
from portal.meetings.suggestions import evening_at

AHEAD = timedelta(days=14)
AROUND = timedelta(days=30)
PRESSING = timedelta(days=2)
"""What is missing for a meeting so near is due today."""
MOST = 100
"""So many meetings of one member are looked at; whoever has more open is told of these first."""
FEW = 3
"""So many late report-backs at most are named one by one."""

blueprint = AudienceBlueprint(
    "meetings_week", __name__, audience=members(*meetings.PLANNERS), url_prefix="/<lang:lang>/team/meetings/week"
)


@blueprint.get("/")
def index() -> str:
    """Show the meetings ahead, drafts without a day and report-backs owed; of each a part, and how many."""
    page, member_id = page_asked(), current_user.id
    coming = case((Meeting.ends_at > now(), Meeting.starts_at))
    first = (coming.is_(None), coming, Meeting.starts_at.desc())
    held, in_all = _some(member_id, held_soon(), order=first, page=page)
    spans = busy.ahead(today() - AROUND, today() + AHEAD + AROUND, member_id) if held else ()
    names = member_names(meeting.author_id for meeting in held)
    owed, owed_in_all = _some(member_id, owes_report(), order=(Meeting.report_back_on, Meeting.id))
    no_day = and_(Meeting.state == MeetingState.DRAFT, Meeting.starts_at.is_(None))
    undated, undated_in_all = _some(member_id, no_day, order=(Meeting.updated_at.desc(), Meeting.id))
    promises = standings(owed)
    glances = [
        glance(meeting) | {"evening": evening_at(meeting, spans), "author": names.get(meeting.author_id, "")}
        for meeting in held
    ]
    return render_template(
        "meetings/planning/week.html",
        glances=glances,
        held=in_all,
        page=page,
        more=in_all > page * PAGE,
        to_do=sum(len(each["gaps"]) + len(each["uncertain"]) for each in glances),
        undated=[(meeting, len(missing(meeting.plan))) for meeting in undated],
        undated_in_all=undated_in_all,
        owed=[(meeting, promises[meeting.id]) for meeting in owed],
        owed_in_all=owed_in_all,
        field_name=field_name,
        need_names=texts.NEED_NAMES,
    )


def glance(meeting: Meeting) -> dict[str, Any]:
    """Return what is left to do and who comes; `asking`: who needs childcare or a ride and did not confirm it."""
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
        "may_ask": meetings.may_see_single_answers(meeting, current_user.id, current_user.roles),
        "questions": unread_questions([meeting.id]).get(meeting.id, 0),
    }


def _some(
    member_id: int, these: ColumnElement[bool], *, order: Sequence[Any], page: int = 1
) -> tuple[Sequence[Meeting], int]:
    listed = known_meetings(member_id, these)
    in_all = session.scalar(listed.with_only_columns(func.count(Meeting.id))) or 0
    return session.scalars(listed.order_by(*order).offset((page - 1) * PAGE).limit(PAGE)).all(), in_all


def held_soon() -> ColumnElement[bool]:
    """Return the condition for meetings of the coming fortnight, drafts too: one whose day has passed needs another."""
    stands = or_(Meeting.state == MeetingState.DRAFT, and_(Meeting.state == MeetingState.PUBLISHED, not_over()))
    return and_(stands, Meeting.ends_at.is_not(None), Meeting.starts_at < now() + AHEAD)


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


def waits(me: SessionUser) -> Iterator[OpenItem]:
    """Yield the report-backs that a member owes, and questions and gaps of the meetings that they answer for."""
    if me.roles.isdisjoint(EDITORS):
        return
    is_asked = Meeting.id.in_(select(Rsvp.meeting_id).where(Rsvp.asked_on.is_not(None)))
    is_open = or_(owes_report(), held_soon(), and_(not_over(), is_asked))
    listed = session.execute(meetings_of(me.id, is_open).add_columns(held_soon()).limit(MOST)).all()
    own = [meeting for meeting, _is_soon in listed]
    states = standings(own)
    late = [meeting for meeting in own if states[meeting.id] is ReportBackState.OVERDUE]
    if len(late) > FEW:
        what = _("Say what came of %(number)d meetings", number=len(late))
        yield OpenItem(what, url_for("meetings_week.index"), Tone.OVERDUE)
    for meeting in own:
        is_late = meeting in late
        if states[meeting.id] is ReportBackState.AWAITED or (is_late and len(late) <= FEW):
            what = _("Say what came of “%(meeting)s”", meeting=texts.named(meeting))
            url = url_for("meetings_report.edit", meeting_id=meeting.id)
            yield OpenItem(what, url, Tone.OVERDUE if is_late else Tone.WAITING)
    coming = [meeting for meeting in own if meeting.state == MeetingState.PUBLISHED and not meeting.is_over]
    questions = unread_questions([meeting.id for meeting in coming])
    for meeting, is_soon in listed:
        yield from _still_open(meeting, questions.get(meeting.id, 0), is_soon=is_soon)


def _still_open(meeting: Meeting, questions: int, *, is_soon: bool) -> Iterator[OpenItem]:
    is_near = meeting.starts_at is not None and meeting.starts_at < now() + PRESSING
    named = {"meeting": texts.named(meeting)}
    if questions:
        what = ngettext(
            "“%(meeting)s”: %(num)d person asks something", "“%(meeting)s”: %(num)d people ask something", questions,
            **named,
        )  # fmt: skip
        url = url_for("meetings_host.names", meeting_id=meeting.id, _anchor="questions")
        yield OpenItem(what, url, Tone.TODAY if is_near else Tone.WAITING)
    gaps, uncertain = open_fields(meeting) if is_soon else ([], [])
    if number := len(gaps) + len(uncertain):
        what = ngettext(
            "“%(meeting)s”: %(num)d thing is missing", "“%(meeting)s”: %(num)d things are missing", number, **named
        )
        # Where each missing thing is named: beside its field, or in the list of what is asked and not confirmed.
        in_form = url_for("meetings_editor.edit", meeting_id=meeting.id, check=1)
        url = in_form if gaps else url_for("meetings_week.index", _anchor=f"m{meeting.id}")
        yield OpenItem(what, url, Tone.TODAY if is_near else Tone.MISSING)


def next_evenings(me: SessionUser) -> Iterator[NextEvening]:
    """Yield the next meeting that a member answers for, or else the next public one."""
    ahead = meetings_of(me.id, not_over(), Meeting.state == MeetingState.PUBLISHED)
    own = None if me.roles.isdisjoint(EDITORS) else session.scalars(ahead.limit(1)).first()
    for meeting in [own] if own else meetings.next_held():
        page = url_for("meetings.meeting", slug=meeting.slug)
        url = url_for("meetings_editor.edit", meeting_id=meeting.id) if own else page
        held_on, words = meeting.held_on or today(), (texts.when(meeting), texts.named(meeting), texts.where(meeting))
        yield NextEvening(held_on, *words, url, is_mine=own is not None)

"""Pages of what lies ahead: two weeks with open tasks, what of them stands on a member's first page, and all around.

Around are the meetings and other events of the coming weeks, by day and on a map.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from flask import render_template, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import and_, or_

from portal.accounts.navigation import EDITORS
from portal.accounts.sign_in import SessionUser, current_user
from portal.accounts.today import NextEvening, OpenItem, Tone
from portal.core.clock import now, today, zone
from portal.core.db import session
from portal.core.editing import page_asked
from portal.core.i18n import language
from portal.core.web import AudienceBlueprint, members
from portal.meetings.busy import busy_in_words, span_in_words
from portal.meetings.desk import (
    WEEKS,
    around,
    coming_line,
    day_name,
    field_name,
    fortnight,
    held_soon,
    is_soon,
    need_lines,
    need_name,
    open_fields,
)
from portal.meetings.meeting import Meeting, meetings_of, next_meetings, not_over
from portal.meetings.readiness import MeetingState
from portal.meetings.report_back import owes_report, standings
from portal.meetings.report_back_rules import ReportBackState
from portal.meetings.rsvp.rsvp import has_questions, unread_questions
from portal.meetings.texts import when, where

PRESSING = timedelta(days=2)
"""What is missing for a meeting so near is due today."""
MOST = 100
"""So many meetings of one member are looked at; whoever has more open is told of these first."""
FEW = 3
"""So many late report-backs at most are named one by one."""

blueprint = AudienceBlueprint(
    "meetings_week",
    __name__,
    audience=members("organizer", "community_lead"),
    url_prefix="/<lang:lang>/team/meetings/week",
)
blueprint.app_template_filter("day_name")(day_name)


@blueprint.get("/")
def index() -> str:
    """Show the meetings ahead and the tasks left for each."""
    return render_template(
        "meetings/desk/week.html",
        desk=fortnight(current_user.id, current_user.roles, page_asked()),
        field_name=field_name,
        need_name=need_name,
        coming_line=coming_line,
        need_lines=need_lines,
    )


around_blueprint = AudienceBlueprint(
    "meetings_around",
    __name__,
    audience=members("organizer", "community_lead"),
    url_prefix="/<lang:lang>/team/meetings/around",
)


@around_blueprint.get("/", endpoint="index")
def look_around() -> str:
    """Show the coming weeks by day and on a map."""
    return render_template(
        "meetings/desk/around.html",
        around=around(current_user.id),
        weeks=WEEKS,
        me=current_user.id,
        busy_in_words=busy_in_words,
        span_in_words=span_in_words,
    )


def waits(me: SessionUser) -> Iterator[OpenItem]:
    """Yield the report-backs that a member owes, and questions and gaps of the meetings that they answer for."""
    if me.roles.isdisjoint(EDITORS):
        return
    open_ones = or_(owes_report(), held_soon(), and_(not_over(), has_questions()))
    mine = session.scalars(meetings_of(me.id, open_ones).limit(MOST)).all()
    yield from _owed(mine)
    asked = unread_questions([one.id for one in mine if _is_ahead(one)])
    for meeting in mine:
        if number := asked.get(meeting.id):
            yield _question(meeting, number)
        if is_soon(meeting):
            yield from _missing(meeting)


def _owed(mine: Sequence[Meeting]) -> Iterator[OpenItem]:
    states = standings(mine)
    late = [one for one in mine if states[one.id] is ReportBackState.OVERDUE]
    if len(late) > FEW:
        what = _("Say what came of %(number)d meetings", number=len(late))
        yield OpenItem(what, url_for("meetings_week.index"), Tone.OVERDUE)
    for meeting in mine:
        is_late = meeting in late
        if states[meeting.id] is ReportBackState.AWAITED or (is_late and len(late) <= FEW):
            what = _("Say what came of “%(meeting)s”", meeting=_title(meeting))
            url = url_for("meetings_report.edit", meeting_id=meeting.id)
            yield OpenItem(what, url, Tone.OVERDUE if is_late else Tone.WAITING)


def _missing(meeting: Meeting) -> Iterator[OpenItem]:
    gaps, uncertain = open_fields(meeting)
    if number := len(gaps) + len(uncertain):
        what = ngettext(
            "“%(meeting)s”: %(num)d thing is missing", "“%(meeting)s”: %(num)d things are missing", number,
            meeting=_title(meeting),
        )  # fmt: skip
        # Where each missing thing is named: beside its field, or in the list of what is asked and not confirmed.
        in_form = url_for("meetings_editor.edit", meeting_id=meeting.id, check=1)
        url = in_form if gaps else url_for("meetings_week.index", _anchor=f"m{meeting.id}")
        yield OpenItem(what, url, Tone.TODAY if _is_near(meeting) else Tone.MISSING)


def _question(meeting: Meeting, number: int) -> OpenItem:
    what = ngettext(
        "“%(meeting)s”: %(num)d person asks something", "“%(meeting)s”: %(num)d people ask something", number,
        meeting=_title(meeting),
    )  # fmt: skip
    url = url_for("meetings_host.names", meeting_id=meeting.id, _anchor="questions")
    return OpenItem(what, url, Tone.TODAY if _is_near(meeting) else Tone.WAITING)


def _is_near(meeting: Meeting) -> bool:
    return meeting.starts_at is not None and meeting.starts_at < now() + PRESSING


def next_evenings(me: SessionUser) -> Iterator[NextEvening]:
    """Yield the next meeting that a member answers for, or else the next public one."""
    ahead = meetings_of(me.id, not_over(), Meeting.state == MeetingState.PUBLISHED)
    first = None if me.roles.isdisjoint(EDITORS) else session.scalars(ahead.limit(1)).first()
    if first is not None:
        yield _evening(first, url_for("meetings_editor.edit", meeting_id=first.id))
    for meeting in [] if first else next_meetings():
        if not meeting.is_cancelled:
            yield _evening(meeting, url_for("meetings.meeting", slug=meeting.slug))._replace(is_mine=False)


def _is_ahead(meeting: Meeting) -> bool:
    return meeting.ends_at is not None and meeting.ends_at > now() and not (meeting.is_draft or meeting.is_cancelled)


def _evening(meeting: Meeting, url: str) -> NextEvening:
    day = meeting.starts_at.astimezone(zone()).date() if meeting.starts_at else today()
    return NextEvening(day, when(meeting), _title(meeting), where(meeting), url)


def _title(meeting: Meeting) -> str:
    return str(meeting.title[language()] or meeting.title.en or meeting.title.es or _("Without a title"))

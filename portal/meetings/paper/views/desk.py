"""What the team takes along: announcements to change and to copy, sheets for the evening."""

from __future__ import annotations

from collections.abc import Mapping

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from portal.core.clock import now
from portal.core.errors import NotFound, Refused
from portal.core.web import Room, members
from portal.markets.naming import names_hidden_place
from portal.meetings.agenda.queries import agenda_of
from portal.meetings.door.texts import counters
from portal.meetings.models import Meeting
from portal.meetings.paper import actions
from portal.meetings.paper.forms import WordsForm, posted_form, shown_form
from portal.meetings.paper.models import KINDS
from portal.meetings.paper.texts import CALLS, KIND_NAMES, texting
from portal.meetings.paper.words import mark, words_of
from portal.meetings.queries import editable_meeting

Answer = Response | str | tuple[str, int]

room = Room(
    "meetings_paper",
    __name__,
    audience=members("organizer", "community_lead"),
    url_prefix="/<lang:lang>/team/meetings/<int:meeting_id>/paper",
)
ITEMS = 5


@room.get("/")
def index(meeting_id: int) -> str:
    """Flyers, announcements in both languages, and the sheets."""
    meeting = _published(meeting_id)
    return _page(meeting)


@room.post("/words/<kind>")
def keep_words(meeting_id: int, kind: str) -> Answer:
    """Keep what somebody made of the words, or take those that the portal finds."""
    if kind not in KINDS:
        raise NotFound
    meeting = _published(meeting_id, to_change=True)
    form = posted_form(kind)
    if form.is_behind(mark(words_of(meeting, kind))):
        return _page(meeting, {kind: form}, behind=kind), 409
    if request.form.get("then") == "again":
        actions.forget_words(meeting, kind, current_user.id)
    elif not form.validate() or names_hidden_place(form, current_user.id, meeting.market_id):
        return _page(meeting, {kind: form}), 422
    else:
        actions.keep_words(meeting, kind, form.said, current_user.id, same=form.is_same)
    flash(_("Saved."), "success")
    return redirect(url_for("meetings_paper.index", meeting_id=meeting.id, _anchor=kind))


@room.get("/phone-tree")
def phone_tree(meeting_id: int) -> str:
    """A sheet for people who call each other: lines to write on, no names of ours."""
    meeting = _published(meeting_id)
    return render_template("meetings/paper/phone_tree.html", meeting=meeting, rows=CALLS, texting=texting(meeting))


@room.get("/door")
def door(meeting_id: int) -> str:
    """The sheet for the door: the same counters that the phone has, for strokes."""
    return render_template("meetings/paper/door.html", meeting=_published(meeting_id), groups=counters())


@room.get("/evening")
def evening(meeting_id: int) -> str:
    """The evening in large letters, with room for what comes when."""
    meeting = _published(meeting_id)
    return render_template("meetings/paper/evening.html", meeting=meeting, agenda=agenda_of(meeting), rows=ITEMS)


def _page(meeting: Meeting, forms: Mapping[str, WordsForm] | None = None, behind: str = "") -> str:
    said = {kind: words_of(meeting, kind) for kind in KINDS}
    shown = {kind: (forms or {}).get(kind) or shown_form(kind, said[kind]) for kind in KINDS}
    for kind, form in shown.items():
        form.mark_stale(said[kind])
        if behind == kind or request.method == "GET" or kind not in (forms or {}):
            # Saving again is then a choice made with both versions in sight.
            form.version.data = mark(said[kind])
    return render_template(
        "meetings/paper/index.html",
        meeting=meeting,
        is_over=meeting.ends_at is None or meeting.ends_at <= now(),
        said=said,
        forms=shown,
        newer=shown[behind].differing(said[behind]) if behind else None,
        behind=behind,
        names=KIND_NAMES,
    )


def _published(meeting_id: int, *, to_change: bool = False) -> Meeting:
    meeting = editable_meeting(meeting_id, current_user.id, to_change=to_change)
    if meeting.is_draft:
        raise Refused("paper_draft")
    return meeting

"""Single answers to a meeting as its host sees them, without names and needs: counted, or taken out with a reason."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user
from werkzeug.wrappers import Response

from portal.core.errors import NotFound
from portal.core.web import Room, members
from portal.meetings.models import Meeting
from portal.meetings.queries import editable_meeting
from portal.meetings.rsvp import actions
from portal.meetings.rsvp.forms import TakeOutForm
from portal.meetings.rsvp.queries import answers_of
from portal.meetings.rsvp.rules.answers import Why
from portal.meetings.rsvp.rules.seats import State
from portal.meetings.rsvp.texts import reached_in_words, state_for_host, why_taken_out

Answer = Response | str | tuple[str, int]
GONE = (State.CANCELLED, State.TAKEN_OUT)
room = Room(
    "meetings_answers",
    __name__,
    audience=members("organizer", "community_lead"),
    url_prefix="/<lang:lang>/team/meetings/<int:meeting_id>/answers",
)


@room.get("/")
def index(meeting_id: int) -> str:
    """All answers: those that wait for a yes, those that count, those that are gone; the latest first."""
    meeting = editable_meeting(meeting_id, current_user.id)
    return _page(meeting, TakeOutForm(answers_of(meeting.id)))


@room.post("/count/<int:rsvp_id>")
def count(meeting_id: int, rsvp_id: int) -> Response:
    """Say yes to one."""
    meeting = editable_meeting(meeting_id, current_user.id, to_change=True)
    chosen = next((one for one in answers_of(meeting.id) if one.id == rsvp_id), None)
    if chosen is None:
        raise NotFound
    actions.count_in(meeting, chosen, current_user.id)
    flash(_("They are counted.") if chosen.is_coming else _("They are in line: there are not so many seats now."))
    return redirect(url_for("meetings_answers.index", meeting_id=meeting.id))


@room.post("/take-out")
def take_out(meeting_id: int) -> Answer:
    """Take the chosen ones out; whoever left a phone or an e-mail hears why."""
    meeting = editable_meeting(meeting_id, current_user.id, to_change=True)
    own = answers_of(meeting.id)
    form = TakeOutForm(own)
    if not form.validate():
        return _page(meeting, form), 422
    chosen = [one for one in own if str(one.id) in form.chosen.data]
    taken = actions.take_out(meeting, chosen, Why(form.why.data), current_user.id)
    flash(ngettext("%(num)s answer is taken out.", "%(num)s answers are taken out.", taken), "success")
    return redirect(url_for("meetings_answers.index", meeting_id=meeting.id))


def _page(meeting: Meeting, form: TakeOutForm) -> str:
    latest_first = answers_of(meeting.id)[::-1]
    return render_template(
        "meetings/rsvp/answers.html",
        meeting=meeting,
        form=form,
        waiting=[one for one in latest_first if one.for_host],
        standing=[one for one in latest_first if not one.for_host and one.state not in GONE],
        gone=[one for one in latest_first if one.state in GONE],
        picked=request.form.getlist("chosen"),
        state_for_host=state_for_host,
        reached=reached_in_words,
        why=why_taken_out,
    )

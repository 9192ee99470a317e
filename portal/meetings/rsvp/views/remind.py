"""Whoever reads a number or an address that was typed on the web says whether it is theirs.

The link is written to that number or address and stands nowhere else: opening it proves that they read there. Looking
changes nothing, because programs that check mail for viruses open every link.
"""

from __future__ import annotations

from flask import render_template
from werkzeug.wrappers import Response

from portal.core.db import session
from portal.core.errors import NotFound
from portal.core.web import PUBLIC, Room
from portal.meetings.models import Meeting
from portal.meetings.rsvp import actions
from portal.meetings.rsvp.models import Rsvp
from portal.meetings.rsvp.queries import locked_meeting, meeting_of
from portal.meetings.rsvp.texts import CONSENT
from portal.meetings.rsvp.views.answer import keep_out_robots

room = Room("meetings_remind", __name__, audience=PUBLIC, url_prefix="/<lang:lang>/meetings")
room.after_request(keep_out_robots)


@room.get("/reminder/<token>")
def ask(token: str) -> str:
    """The question."""
    rsvp = _written_to(token)
    return _page(rsvp, meeting_of(rsvp), token)


@room.post("/reminder/<token>/<any(yes, erase):step>")
def answer(token: str, step: str) -> Response | str:
    """It is theirs and they may be reminded; or it was not they, and it is erased."""
    rsvp = _written_to(token)
    meeting = locked_meeting(rsvp.meeting_id)
    session.refresh(rsvp)
    if step == "yes":
        actions.accept_reminders(meeting, rsvp)
    else:
        actions.decline_reminders(rsvp)
    return _page(rsvp, meeting, token, done=step)


def _written_to(token: str) -> Rsvp:
    """The answer whose number or address this link was written to. If that is another by now, there is no page."""
    rsvp_id = actions.rsvp_id_of_contact(token)
    rsvp = session.get(Rsvp, rsvp_id) if rsvp_id else None
    if rsvp is None or not actions.proves_contact(token, rsvp):
        raise NotFound
    return rsvp


def _page(rsvp: Rsvp, meeting: Meeting, token: str, done: str | None = None) -> str:
    return render_template(
        "meetings/rsvp/remind.html",
        rsvp=rsvp,
        meeting=meeting,
        token=token,
        done=done,
        consent=CONSENT,
        answer_token=actions.token_of(rsvp.id),
    )

"""Somebody answers to a public meeting and gets a private link and a code. No cookie, no account, no name."""

from __future__ import annotations

from flask import current_app, render_template, request
from sqlalchemy.exc import OperationalError
from werkzeug.wrappers import Response

from portal.core.codes import show_code
from portal.core.db import db
from portal.core.errors import Refused
from portal.core.forms import only_changes_language
from portal.core.i18n import language
from portal.core.limits import Share, attempt, may_try
from portal.core.web import PUBLIC, Room, log_error
from portal.meetings.models import Meeting
from portal.meetings.queries import public_meeting
from portal.meetings.rsvp.actions import Wish, code_of, contact_hash, file_rsvp
from portal.meetings.rsvp.actions.keys import private_link
from portal.meetings.rsvp.forms import RsvpForm
from portal.meetings.rsvp.queries import is_open, locked_meeting
from portal.meetings.rsvp.texts import (
    CONSENT,
    REFUSALS,
    in_vain,
    not_there,
    seats_left,
    state_name,
    text_code,
    to_answer,
    withdrawn,
)

room = Room("meetings_rsvp_form", __name__, audience=PUBLIC, url_prefix="/<lang:lang>/meetings")
HOUR, DAY = 3_600, 86_400
NO_MEETING = 0
MOST_TO_ONE_CONTACT = 12
room.app_template_filter("seats_left")(seats_left)
room.app_template_filter("text_code")(text_code)
room.app_template_filter("to_answer")(to_answer)
room.app_template_filter("not_there")(not_there)
room.app_template_filter("withdrawn")(withdrawn)


@room.get("/<slug>/answer/")
def ask(slug: str) -> str:
    """The form."""
    return _page(public_meeting(slug), RsvpForm())


@room.post("/<slug>/answer/")
def send(slug: str) -> tuple[str, int]:
    """Take the answer, and show its code and link once. What is wrong is found before anybody has to wait."""
    db.read_only()
    meeting = public_meeting(slug)
    form = RsvpForm()
    if only_changes_language():
        return _page(meeting, form), 200
    if not form.validate():
        return _page(meeting, form), 422
    if (problem := why_not(form.wish)) is not None:
        return _page(meeting, form, problem=problem), 429
    db.begin_writing()
    meeting = locked_meeting(meeting.id)
    try:
        rsvp = file_rsvp(meeting, form.wish, language(), form.nonce)
    except Refused as refusal:
        return _page(meeting, form, problem=refusal.key), 409
    code, link = show_code(code_of(rsvp.id)), private_link(rsvp)
    return render_template(
        "meetings/rsvp/answered.html",
        meeting=meeting,
        rsvp=rsvp,
        code=code,
        link=link,
        state_name=state_name(rsvp),
        in_vain=in_vain(meeting, rsvp),
    ), 200


@room.errorhandler(OperationalError)
def keep_words(error: OperationalError) -> tuple[str, int]:
    """The database is locked or full: say so, with everything that was typed still there."""
    log_error(error)
    db.close()
    db.read_only()
    slug: str = (request.view_args or {})["slug"]
    return _page(public_meeting(slug), RsvpForm(), problem="unsaved"), 503


def _page(meeting: Meeting, form: RsvpForm, problem: str | None = None) -> str:
    return render_template(
        "meetings/rsvp/answer.html",
        meeting=meeting,
        form=form,
        problem=problem,
        reason=REFUSALS.get(problem or ""),
        is_open=is_open(meeting),
        consent=CONSENT,
    )


def why_not(wish: Wish | None = None) -> str | None:
    """Why this address may not answer now; None if it may.

    A phone or mailbox is written to a few times a day at most: it may be somebody else's.
    """
    if wish and wish.contact:
        reached = contact_hash(NO_MEETING, wish.contact.address)
        if not may_try("meeting contact", reached, MOST_TO_ONE_CONTACT, DAY):
            return "contact_often"
    settings = current_app.extensions["settings"]
    most: int = settings.answers_per_address
    share = Share(most, 4 * most, settings.answers_in_all, most, HOUR)
    return None if attempt("meeting answer", share).passed else "too_many"


@room.after_request
def keep_out_robots(response: Response) -> Response:
    """A form is nothing to find."""
    response.headers["X-Robots-Tag"] = "noindex"
    return response

"""Somebody comes back to an answer, by its private link or by its code: changes it, takes a seat, stays away.

The link is the key, as in a letter: whoever has it can do all this. It is never linked to, kept or indexed, and shows
neither phone nor mail, nor what somebody needs or is called.
"""

from __future__ import annotations

from flask import redirect, render_template, url_for
from werkzeug.wrappers import Response

from portal.core.codes import read_code
from portal.core.db import db, session
from portal.core.errors import NotFound, Refused
from portal.core.forms import only_changes_language
from portal.core.limits import attempt, take_back
from portal.core.slips import guesses
from portal.core.web import PUBLIC, Room
from portal.meetings.models import Meeting
from portal.meetings.rsvp import actions
from portal.meetings.rsvp.forms import CodeForm, RsvpForm
from portal.meetings.rsvp.models import Rsvp
from portal.meetings.rsvp.queries import in_last_hours, is_open, locked_meeting, meeting_of, rsvp_by_code
from portal.meetings.rsvp.rules.answers import Ride
from portal.meetings.rsvp.texts import (
    CONSENT,
    LANGUAGE_NAMES,
    REFUSALS,
    RIDE_NAMES,
    ages_in_words,
    heading,
    in_vain,
    why_taken_out,
    withdrawn,
)
from portal.meetings.rsvp.views.answer import keep_out_robots, why_not

Answer = Response | str | tuple[str, int]
room = Room("meetings_rsvp", __name__, audience=PUBLIC, url_prefix="/<lang:lang>/meetings")
room.after_request(keep_out_robots)


@room.get("/my-answer")
def enter() -> str:
    """Ask for the code."""
    return render_template("meetings/rsvp/enter.html", form=CodeForm(), problem=None)


@room.post("/my-answer")
def find() -> Answer:
    """Lead to the answer of this code. An unknown code and one of a hidden meeting are told the same."""
    db.read_only()
    form = CodeForm()
    if only_changes_language():
        return render_template("meetings/rsvp/enter.html", form=form, problem=None)
    if not form.validate():
        return render_template("meetings/rsvp/enter.html", form=form, problem=None), 422
    tried = attempt("meeting code", guesses())
    if not tried.passed:
        return render_template("meetings/rsvp/enter.html", form=form, problem="too_many"), 429
    rsvp = _rsvp_of(form.answer_code.data or "")
    if rsvp is None:
        return render_template("meetings/rsvp/enter.html", form=form, problem="unknown"), 422
    take_back(tried)
    return redirect(url_for("meetings_rsvp.mine", token=actions.token_of(rsvp.id)), 303)


@room.get("/mine/<token>")
def mine(token: str) -> str:
    """The answer as it stands, and what can be done with it."""
    rsvp, meeting = _opened(token)
    return _page(rsvp, meeting, RsvpForm(rsvp))


@room.post("/mine/<token>")
def change(token: str) -> Answer:
    """Change the answer."""
    rsvp, meeting = _opened(token, to_change=True)
    form = RsvpForm(rsvp)
    if only_changes_language():
        return _page(rsvp, meeting, form)
    if not form.validate():
        return _page(rsvp, meeting, form), 422
    if (problem := why_not(form.wish)) is not None:
        return _page(rsvp, meeting, form, problem=problem), 429
    try:
        actions.change_rsvp(meeting, rsvp, form.wish)
    except Refused as refusal:
        # What was changed before the rule said no is not written: the edge rolls a 409 back.
        return _page(rsvp, meeting, form, problem=refusal.key), 409
    return _page(rsvp, meeting, RsvpForm(rsvp, formdata=None), done="changed")


@room.post("/mine/<token>/<any(take, leave, again, right):step>")
def go(token: str, step: str) -> Answer:
    """One step: take the seat, stay away or leave the line, come after all, everything is still right."""
    rsvp, meeting = _opened(token, to_change=True)
    # Who goes and comes again and again would have the public pages made anew each time.
    if step == "again" and (problem := why_not()) is not None:
        return _page(rsvp, meeting, RsvpForm(rsvp, formdata=None), problem=problem), 429
    try:
        if step == "take":
            actions.take_seat(meeting, rsvp)
        elif step == "leave":
            actions.cancel_rsvp(meeting, rsvp)
        elif step == "again":
            actions.answer_again(meeting, rsvp)
        else:
            actions.confirm_rsvp(rsvp)
    except Refused as refusal:
        return _page(rsvp, meeting, RsvpForm(rsvp, formdata=None), problem=refusal.key), 409
    return _page(rsvp, meeting, RsvpForm(rsvp, formdata=None), done=step)


def _opened(token: str, *, to_change: bool = False) -> tuple[Rsvp, Meeting]:
    """The answer that a link is of, and its meeting. A wrong link, an erased answer and a hidden place are one 404."""
    rsvp_id = actions.id_in(token)
    rsvp = session.get(Rsvp, rsvp_id) if rsvp_id else None
    if rsvp is None:
        raise NotFound
    if not to_change:
        return rsvp, meeting_of(rsvp)
    meeting = locked_meeting(rsvp.meeting_id)
    # Only now is it certain that nobody else changes it.
    session.refresh(rsvp)
    return rsvp, meeting


def _page(rsvp: Rsvp, meeting: Meeting, form: RsvpForm, problem: str | None = None, done: str | None = None) -> str:
    return render_template(
        "meetings/rsvp/mine.html",
        rsvp=rsvp,
        meeting=meeting,
        form=form,
        token=actions.token_of(rsvp.id),
        problem=problem,
        reason=REFUSALS.get(problem or ""),
        done=done,
        heading=heading(meeting, rsvp),
        why=why_taken_out(rsvp),
        is_open=is_open(meeting),
        may_take=rsvp.state == "offered" or (rsvp.state == "waiting" and in_last_hours(meeting)),
        needs=_needs(rsvp),
        in_vain=[one for one in in_vain(meeting, rsvp) if one not in withdrawn(meeting)],
        consent=CONSENT,
    )


def _needs(rsvp: Rsvp) -> list[tuple[object, object]]:
    """What was asked for, in words."""
    pairs = (
        (RsvpForm.ages.args[0], ages_in_words(rsvp.child_ages)),
        (RsvpForm.interpreter.args[0], LANGUAGE_NAMES.get(rsvp.interpreter, "")),
        (RsvpForm.ride.args[0], RIDE_NAMES[Ride(rsvp.ride)] if rsvp.ride else ""),
    )
    return [(name, value) for name, value in pairs if value]


def _rsvp_of(typed: str) -> Rsvp | None:
    code = read_code(typed)
    rsvp = rsvp_by_code(actions.hash_of_code(code)) if code else None
    if rsvp is None:
        return None
    try:
        meeting_of(rsvp)
    except NotFound:
        return None
    return rsvp

"""Guests answer with a link or a code. They see times to choose from, and not of whom, for what, or what others said.

Whoever finds a slip in the street learns that somebody looks for a day.
"""

from __future__ import annotations

from flask import current_app, redirect, render_template, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response

from portal.commitments.rules.ballots import read_code
from portal.core.db import db
from portal.core.errors import NotFound
from portal.core.forms import PublicForm
from portal.core.limits import address_key, give_back, may_try
from portal.core.web import PUBLIC, Room
from portal.partners.polls import queries as stored
from portal.partners.polls.actions.polls import answer_as_guest, hash_of_code, hash_of_token
from portal.partners.polls.forms import SlipForm, answer_form, says_of
from portal.partners.polls.models import Guest, Poll
from portal.partners.polls.queries import guest_key
from portal.partners.polls.rules.best import Choice

Answer = Response | str | tuple[str, int]
QUARTER = 900
room = Room("when", __name__, audience=PUBLIC, url_prefix="/<lang:lang>/when")


@room.get("/")
def enter() -> str:
    """Ask for the code."""
    return _enter(SlipForm())


@room.post("/")
def find() -> Answer:
    """The times of this slip. An unknown code and one that was taken back are told the same."""
    db.read_only()
    form = SlipForm()
    if not form.validate():
        return _enter(form), 422
    found = _found(form)
    if isinstance(found, str):
        return _enter(form, found), 429 if found == "too_many" else 422
    return _ask(*found, answer_form(PublicForm, found[1].slots, _said(*found)), form.code.data)


@room.post("/answer")
def answer() -> Answer:
    """Keep what a slip says."""
    form = SlipForm()
    found = _found(form)
    if isinstance(found, str):
        return _enter(form, found), 429 if found == "too_many" else 422
    filled = answer_form(PublicForm, found[1].slots, {})
    if not filled.validate():
        return _ask(*found, filled, form.code.data), 422
    hashed = hash_of_code(read_code(form.code.data or "") or "")
    answer_as_guest(hashed, says_of(filled, found[1].slots))
    return _thanks(*found)


@room.get("/by/<token>")
def by_link(token: str) -> str:
    """The times, by a private link. Looking changes nothing: programs that check links look, too."""
    guest, poll = _linked(token)
    return _ask(guest, poll, answer_form(PublicForm, poll.slots, _said(guest, poll)))


@room.post("/by/<token>")
def answer_by_link(token: str) -> Answer:
    """Keep what the holder of a link says."""
    guest, poll = _linked(token)
    filled = answer_form(PublicForm, poll.slots, {})
    if not filled.validate():
        return _ask(guest, poll, filled), 422
    answer_as_guest(hash_of_token(token), says_of(filled, poll.slots))
    return redirect(url_for("when.by_link", token=token))


def _linked(token: str) -> tuple[Guest, Poll]:
    found = stored.guest_found(hash_of_token(token))
    if found is None:
        raise NotFound
    return found


def _found(form: SlipForm) -> tuple[Guest, Poll] | str:
    """Whoever holds the slip, or why there is nobody: "too_many" or "unknown"."""
    limits = _limits()
    if not all(may_try("poll slip", key, most, QUARTER) for key, most in limits):
        return "too_many"
    code = read_code(form.code.data or "")
    found = stored.guest_found(hash_of_code(code)) if code else None
    if found is None:
        return "unknown"
    for key, most in limits:
        # In a church hall many answer over one network.
        give_back("poll slip", key, most, QUARTER)
    return found


def _limits() -> tuple[tuple[str, int], tuple[str, int]]:
    settings = current_app.extensions["settings"]
    return (address_key(), settings.codes_per_address), ("everybody", settings.codes_in_all)


def _said(guest: Guest, poll: Poll) -> dict[int, Choice]:
    said, key = stored.said(poll), guest_key(guest.id)
    return {slot.place: said[slot.id][key] for slot in poll.slots if key in said[slot.id]}


def _ask(guest: Guest, poll: Poll, form: FlaskForm, code: str | None = None) -> str:
    date = stored.date_from(poll)
    shown = date if date is not None and date.called_off_on is None else None
    return render_template(
        "partners/polls/guest_answer.html",
        poll=poll,
        form=form,
        code=code,
        is_open=stored.takes_answers(poll),
        date=shown,
        has_said=bool(_said(guest, poll)),
    )


def _thanks(guest: Guest, poll: Poll) -> str:
    said = _said(guest, poll)
    return render_template("partners/polls/thanks.html", poll=poll, said=said)


def _enter(form: SlipForm, problem: str | None = None) -> str:
    return render_template("partners/polls/enter.html", form=form, problem=problem)

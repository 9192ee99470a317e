"""Guests answer with a link or a code. They see times to choose from, and not of whom, for what, or what others said.

Whoever finds a slip in the street learns that somebody looks for a day.
"""

from __future__ import annotations

from flask import redirect, render_template, url_for
from flask_wtf import FlaskForm

from portal.core.codes import read_code
from portal.core.errors import NotFound
from portal.core.forms import PublicForm, only_changes_language
from portal.core.slips import Answer, Door, SlipForm
from portal.core.web import PUBLIC, Room
from portal.partners.polls import queries as stored
from portal.partners.polls.actions.polls import answer_as_guest, hash_of_code, hash_of_token
from portal.partners.polls.forms import answer_form, says_of
from portal.partners.polls.models import Guest, Poll
from portal.partners.polls.queries import guest_key
from portal.partners.polls.rules.best import Choice

room = Room("when", __name__, audience=PUBLIC, url_prefix="/<lang:lang>/when")


def _held(typed: str) -> tuple[Guest, Poll] | None:
    code = read_code(typed)
    return stored.guest_found(hash_of_code(code)) if code else None


door = Door(room.name, "poll slip", "partners/polls/enter.html", _held)


@room.get("/")
def enter() -> Answer:
    """Ask for the code."""
    return door.ask()


@room.post("/")
def find() -> Answer:
    """The times of this slip."""
    return door.find(
        lambda held, form: _ask(*held, answer_form(PublicForm, held[1].slots, _said(*held)), form.slip.data)
    )


@room.post("/answer")
def answer() -> Answer:
    """Keep what a slip says."""
    form = SlipForm()
    found = door.opened(form)
    if isinstance(found, str):
        return door.ask(form, found)
    filled = answer_form(PublicForm, found[1].slots, {})
    if only_changes_language():
        return _ask(*found, filled, form.slip.data)
    if not filled.validate():
        return _ask(*found, filled, form.slip.data), 422
    hashed = hash_of_code(read_code(form.slip.data or "") or "")
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
    if only_changes_language():
        return _ask(guest, poll, filled)
    if not filled.validate():
        return _ask(guest, poll, filled), 422
    answer_as_guest(hash_of_token(token), says_of(filled, poll.slots))
    return redirect(url_for("when.by_link", token=token))


def _linked(token: str) -> tuple[Guest, Poll]:
    found = stored.guest_found(hash_of_token(token))
    if found is None:
        raise NotFound
    return found


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

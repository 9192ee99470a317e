"""A resident with a slip says what became of the promises; nothing is kept of who answers."""

from __future__ import annotations

from flask import current_app, render_template
from werkzeug.wrappers import Response

from portal.commitments.actions import hearings
from portal.commitments.forms import SlipForm, answer_form, says_of
from portal.commitments.models import Hearing
from portal.commitments.rules.ballots import read_code
from portal.core.db import db
from portal.core.limits import address_key, give_back, may_try
from portal.core.web import PUBLIC, Room

Answer = Response | str | tuple[str, int]
QUARTER = 900
room = Room("slips", __name__, audience=PUBLIC, url_prefix="/<lang:lang>/promises/slip")


@room.get("/")
def enter() -> str:
    """Ask for the code."""
    return _enter(SlipForm())


@room.post("/")
def find() -> Answer:
    """The questions of this slip. An unknown code, a used one and one that is over are told the same."""
    db.read_only()
    form = SlipForm()
    if not form.validate():
        return _enter(form), 422
    hearing = _hearing(form)
    if isinstance(hearing, str):
        return _enter(form, hearing), 429 if hearing == "too_many" else 422
    asked = answer_form([item.position for item in hearing.items])
    return render_template("commitments/answer.html", form=asked, hearing=hearing)


@room.post("/answer")
def answer() -> Answer:
    """Count the answers and use the slip up."""
    form = SlipForm()
    hearing = _hearing(form)
    if isinstance(hearing, str):
        return _enter(form, hearing), 429 if hearing == "too_many" else 422
    numbers = [item.position for item in hearing.items]
    filled = answer_form(numbers)
    if not filled.validate():
        return render_template("commitments/answer.html", form=filled, hearing=hearing), 422
    if hearings.answer(read_code(filled.slip.data or "") or "", says_of(filled, numbers)) is None:
        return _enter(form, "unknown"), 422
    return render_template("commitments/answered.html", hearing=hearing)


def _hearing(form: SlipForm) -> Hearing | str:
    """The hearing that the slip is for, or why there is none: "too_many" or "unknown"."""
    if not _may_try():
        return "too_many"
    code = read_code(form.slip.data or "")
    hearing = hearings.hearing_for(code) if code else None
    if hearing is None:
        return "unknown"
    _was_no_guess()
    return hearing


def _limits() -> tuple[tuple[str, int], tuple[str, int]]:
    settings = current_app.extensions["settings"]
    return (address_key(), settings.codes_per_address), ("everybody", settings.codes_in_all)


def _may_try() -> bool:
    return all(may_try("promise slip", key, most, QUARTER) for key, most in _limits())


def _was_no_guess() -> None:
    """In a church hall a hundred people answer over one network."""
    for key, most in _limits():
        give_back("promise slip", key, most, QUARTER)


def _enter(form: SlipForm, problem: str | None = None) -> str:
    return render_template("commitments/slip.html", form=form, problem=problem)

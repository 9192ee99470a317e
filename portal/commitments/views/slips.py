"""A resident with a slip says what became of the promises; nothing is kept of who answers."""

from __future__ import annotations

from flask import render_template

from portal.commitments.actions import hearings
from portal.commitments.forms import answer_form, says_of
from portal.commitments.models import Hearing
from portal.core.codes import read_code
from portal.core.forms import only_changes_language
from portal.core.slips import UNKNOWN, Answer, Door, SlipForm
from portal.core.web import PUBLIC, Room

room = Room("slips", __name__, audience=PUBLIC, url_prefix="/<lang:lang>/promises/slip")


def _hearing(typed: str) -> Hearing | None:
    code = read_code(typed)
    return hearings.hearing_for(code) if code else None


door = Door(room.name, "promise slip", "commitments/slip.html", _hearing)


@room.get("/")
def enter() -> Answer:
    """Ask for the code."""
    return door.ask()


@room.post("/")
def find() -> Answer:
    """The questions of this slip."""
    return door.find(_ask)


@room.post("/answer")
def answer() -> Answer:
    """Count the answers and use the slip up."""
    form = SlipForm()
    hearing = door.opened(form)
    if isinstance(hearing, str):
        return door.ask(form, hearing)
    numbers = [item.position for item in hearing.items]
    filled = answer_form(numbers)
    if only_changes_language():
        return render_template("commitments/answer.html", form=filled, hearing=hearing)
    if not filled.validate():
        return render_template("commitments/answer.html", form=filled, hearing=hearing), 422
    if hearings.answer(read_code(filled.slip.data or "") or "", says_of(filled, numbers)) is None:
        return door.ask(form, UNKNOWN)
    return render_template("commitments/answered.html", hearing=hearing)


def _ask(hearing: Hearing, _form: SlipForm) -> Answer:
    asked = answer_form([item.position for item in hearing.items])
    return render_template("commitments/answer.html", form=asked, hearing=hearing)

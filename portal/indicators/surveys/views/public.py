"""A resident with a slip answers three questions. No place is named here: a slip may be from one that is hidden."""

from __future__ import annotations

from flask import render_template

from portal.core.codes import read_code
from portal.core.forms import only_changes_language
from portal.core.slips import UNKNOWN, Answer, Door
from portal.core.web import PUBLIC, Room
from portal.indicators.surveys import actions
from portal.indicators.surveys.forms import AnswerForm
from portal.indicators.surveys.models import Survey

room = Room("surveys", __name__, audience=PUBLIC, url_prefix="/<lang:lang>/survey")


def _survey(typed: str) -> Survey | None:
    code = read_code(typed)
    return actions.survey_for(code) if code else None


door = Door(room.name, "survey slip", "indicators/surveys/slip.html", _survey)


@room.get("/")
def enter() -> Answer:
    """Ask for the code."""
    return door.ask()


@room.post("/")
def find() -> Answer:
    """The questions."""
    return door.find(lambda _survey, _form: render_template("indicators/surveys/answer.html", form=AnswerForm()))


@room.post("/answer")
def answer() -> Answer:
    """Count the answers and use the slip up."""
    form = AnswerForm()
    found = door.opened(form)
    if isinstance(found, str):
        return door.ask(problem=found)
    if only_changes_language():
        return render_template("indicators/surveys/answer.html", form=form)
    if not form.validate():
        return render_template("indicators/surveys/answer.html", form=form), 422
    if not actions.answer(read_code(form.slip.data or "") or "", form.says, "web"):
        return door.ask(problem=UNKNOWN)
    return render_template("indicators/surveys/answered.html")

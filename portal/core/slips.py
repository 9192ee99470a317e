"""The door for whoever holds a paper slip: its code is asked for, and guesses are counted without any address."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from flask import render_template
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms import StringField
from wtforms.validators import DataRequired

from portal.core.db import db
from portal.core.forms import PublicForm, at_most, only_changes_language, strip
from portal.core.limits import Share, attempt, take_back
from portal.core.portal import current_portal

QUARTER = 900
TOO_MANY, UNKNOWN = "too_many", "unknown"
Found = TypeVar("Found")
Answer = Response | str | tuple[str, int]


class SlipForm(PublicForm):
    """The code of a slip."""

    slip = StringField(
        _l("Code on your slip"), filters=[strip], validators=[DataRequired(_l("Please type the code.")), at_most(60)]
    )


@dataclass(frozen=True)
class Door(Generic[Found]):
    """The door for one kind of slip. Every room with one has the views `enter` and `find`.

    `what` counts guesses apart from other kinds; `template` extends slip_door.html; `look` finds what a code is for.
    """

    room: str
    what: str
    template: str
    look: Callable[[str], Found | None]

    def ask(self, form: SlipForm | None = None, problem: str | None = None) -> tuple[str, int]:
        """The page that asks for the code, and its status."""
        form = SlipForm() if form is None else form
        status = 429 if problem == TOO_MANY else 422 if problem or form.errors else 200
        return render_template(self.template, form=form, problem=problem, find=f"{self.room}.find"), status

    def find(self, show: Callable[[Found, SlipForm], Answer]) -> Answer:
        """What `show` makes of the slip whose code was typed; nothing is written."""
        db.read_only()
        form = SlipForm()
        if only_changes_language() or not form.validate():
            return self.ask(form)
        found = self.opened(form)
        return self.ask(form, found) if isinstance(found, str) else show(found, form)

    def opened(self, form: SlipForm) -> Found | str:
        """What the code that was typed is for, or why there is nothing: TOO_MANY or UNKNOWN.

        An unknown code, a used one and one that is over are told the same.
        """
        tried = attempt(self.what, guesses())
        if not tried.passed:
            return TOO_MANY
        found = self.look(form.slip.data or "")
        if found is None:
            return UNKNOWN
        # It was no guess: in a church hall a hundred people answer over one network.
        take_back(tried)
        return found


def guesses() -> Share:
    """How often a code of eight signs may be guessed: those who guess elsewhere keep nobody out."""
    settings = current_portal.settings
    most: int = settings.codes_per_address
    return Share(most, 4 * most, settings.codes_in_all, most, QUARTER)

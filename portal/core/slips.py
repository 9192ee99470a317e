"""Access by paper slip: the form that asks for its code, and a limit on guesses that stores no address."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from wtforms import StringField
from wtforms.validators import DataRequired

from portal.core.db import db
from portal.core.forms import PublicForm, at_most, only_changes_language, strip
from portal.core.limits import RateLimit, attempt, take_back
from portal.core.portal import current_portal

QUARTER = 900
TOO_MANY, UNKNOWN = "too_many", "unknown"
Found = TypeVar("Found")


class SlipForm(PublicForm):
    slip = StringField(
        _l("Code on your slip"), filters=[strip], validators=[DataRequired(_l("Please type the code.")), at_most(60)]
    )


@dataclass(frozen=True)
class SlipEntry(Generic[Found]):
    """The entry for one kind of slip. Every blueprint with one has the views `enter` and `find`.

    `room` is the blueprint's name; `what` counts guesses separately from other kinds; `template` extends
    slip_door.html; `look` returns the object of a code.
    """

    room: str
    what: str
    template: str
    look: Callable[[str], Found | None]

    def ask(self, form: SlipForm | None = None, problem: str | None = None) -> tuple[str, int]:
        form = SlipForm() if form is None else form
        status = 429 if problem == TOO_MANY else 422 if problem or form.errors else 200
        return render_template(self.template, form=form, problem=problem, find=f"{self.room}.find"), status

    def find(self, show: Callable[[Found, SlipForm], ResponseReturnValue]) -> ResponseReturnValue:
        """Return the response of `show` for the slip whose code was typed; writes nothing."""
        db.read_only()
        form = SlipForm()
        if only_changes_language() or not form.validate():
            return self.ask(form)
        slip = self.opened(form)
        return self.ask(form, slip) if isinstance(slip, str) else show(slip, form)

    def opened(self, form: SlipForm) -> Found | str:
        """Return the object of the typed code, or the reason why there is none: `TOO_MANY` or `UNKNOWN`.

        Unknown, used and expired codes are not distinguished.
        """
        tried = attempt(self.what, guesses())
        if not tried.passed:
            return TOO_MANY
        slip = self.look(form.slip.data or "")
        if slip is None:
            return UNKNOWN
        # It was not a guess: in a church hall a hundred people answer from one network.
        take_back(tried)
        return slip


def guesses() -> RateLimit:
    """Return the quota for guessing a code of eight characters: guesses from elsewhere lock no one out."""
    settings = current_portal.settings
    most: int = settings.codes_per_address
    return RateLimit(most, 4 * most, settings.codes_in_all, most, QUARTER)

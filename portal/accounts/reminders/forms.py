"""The forms about reminders."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SelectChoice, StringField
from wtforms.validators import InputRequired

from portal.accounts.reminders.queries import sends_texts
from portal.accounts.reminders.rules import Way
from portal.accounts.reminders.texts import ABROAD, WAYS, WRONG_NUMBER
from portal.core.forms import RoomForm, at_most, strip, text
from portal.core.numbers import is_texted, read_number


class WayForm(RoomForm):
    """How to be reminded; by text only where texts are sent, and with a number."""

    way = RadioField(_l("How should we remind you?"), validators=[InputRequired(_l("Please choose one."))])
    number = StringField(_l("Number of your phone"), filters=[strip], validators=[at_most(40)])

    def __init__(self, now: Way, **kwargs: Any) -> None:
        super().__init__(way=now.value, **kwargs)
        ways = [way for way in Way if way is not Way.TEXT or sends_texts()]
        self.way.choices = [SelectChoice(way.value, WAYS[way]) for way in ways]

    def validate(self, extra_validators: Any = None) -> bool:
        """A text needs somewhere to go."""
        whole: bool = super().validate(extra_validators)
        if self.wants_texts and self.read is None:
            self.number.errors = [*self.number.errors, WRONG_NUMBER]
        elif self.wants_texts and not is_texted(self.read or ""):
            self.number.errors = [*self.number.errors, ABROAD]
        return whole and not self.errors

    @property
    def wants_texts(self) -> bool:
        return bool(self.way.data == Way.TEXT)

    @property
    def read(self) -> str | None:
        """The number with its country."""
        return read_number(self.number.data or "")


class CodeForm(RoomForm):
    """The code that came by text."""

    code = text(_l("The code from the text"), 20)

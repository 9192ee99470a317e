"""The run of an evening as one form: in which order, in which room and for how many minutes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import request
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, SelectChoice, SelectField
from wtforms.validators import DataRequired, NumberRange

from portal.core.fields import IntegerField
from portal.core.forms import RoomForm, readable
from portal.partners.callin.evening import Evening
from portal.partners.callin.forms.evening import FILL_IN, WRONG_NUMBER
from portal.partners.callin.rules.run import LONGEST_PART, Part, Place, moved, written
from portal.partners.callin.texts import PARTS, SHORT_ROOMS

LONGEST_ID = 20


class RunForm(RoomForm):
    """The whole run, in the order in which it stands on the page; and how it stood before, to see who was faster."""

    was = HiddenField()

    @property
    def moved(self) -> int | None:
        """The item whose arrow was pressed."""
        return _number(request.form.get("move", "").partition("-")[2])

    @property
    def order(self) -> list[int]:
        """The items as the page had them, a pressed arrow counted in."""
        sent = [_number(one) for one in request.form.getlist("item")]
        order = [one for one in sent if one is not None]
        pressed = self.moved
        return order if pressed is None else moved(order, pressed, up=request.form["move"].startswith("up"))

    def run(self, stored: Sequence[Place]) -> list[Place]:
        """What is still there, in this order; a room or minutes that cannot be stay as they are stored."""
        before = {place.item: place for place in stored}
        return [self._place(before[one]) for one in self.order if one in before]

    def _place(self, before: Place) -> Place:
        room, minutes = self[f"room_{before.item}"], self[f"minutes_{before.item}"]
        return Place(
            before.item,
            before.room if room.errors else int(room.data),
            before.minutes if minutes.errors else minutes.data,
        )


def run_form(evening: Evening) -> RunForm:
    """The form with a room and minutes for each item: `room_<id>`, `minutes_<id>`."""
    rooms = [SelectChoice(str(room), label) for room, label in SHORT_ROOMS.items()]
    fields: dict[str, Any] = {}
    for row, words in evening.items:
        what = PARTS[Part(words["part"])]
        fields[f"room_{row.id}"] = SelectField(_l("Room: %(what)s", what=what), choices=rooms, default=str(row.room))
        fields[f"minutes_{row.id}"] = IntegerField(
            _l("Minutes: %(what)s", what=what),
            validators=[DataRequired(FILL_IN), readable, NumberRange(1, LONGEST_PART, WRONG_NUMBER)],
            default=row.minutes,
        )
    form: RunForm = type("WholeRunForm", (RunForm,), fields)(data={"was": written(evening.run)})
    return form


def _number(sent: str) -> int | None:
    return int(sent) if sent.isdecimal() and len(sent) < LONGEST_ID else None

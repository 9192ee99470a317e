"""The form that the style guide shows: a field of each kind; nothing is kept of it."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, RadioField, SelectChoice, SelectField, StringField
from wtforms.validators import InputRequired

from portal.core.forms import PublicForm, long_text


class SampleForm(PublicForm):
    """Every kind of field that `field()` knows."""

    words = long_text(_l("What is happening?"), 4000)
    place = SelectField(
        _l("Place"), choices=[SelectChoice("willow", "Willow Street"), SelectChoice("fifth", "Fifth & Oak")]
    )
    kind = RadioField(
        _l("Is it happening now?"),
        choices=[
            SelectChoice("yes", _l("Yes")),
            SelectChoice("no", _l("No")),
            SelectChoice("unsure", _l("I am not sure")),
        ],
        validators=[InputRequired(_l("Please choose one."))],
    )
    number = StringField(_l("How many people?"))
    sure = BooleanField(_l("I have read who can see this"))

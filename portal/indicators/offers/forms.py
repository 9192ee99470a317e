"""The form for the offers of a month."""

from __future__ import annotations

from typing import Any

from flask_babel import format_date
from flask_babel import lazy_gettext as _l
from wtforms import SelectChoice, SelectField
from wtforms.validators import InputRequired, Optional

from portal.core.clock import today
from portal.core.fields import IntegerField
from portal.core.forms import Between, RoomForm, readable
from portal.indicators.offers.rules import COUNTED, MADE, Offers, adds_up
from portal.indicators.offers.texts import COLUMNS, REFUSALS
from portal.indicators.rules.months import month_of, plus, written

BACK = 15
"""Months that can still be written down."""
IN_RANGE = (readable, Between(0, 100_000))


class OffersForm(RoomForm):
    """What was offered in a month, and what came of it."""

    month = SelectField(_l("Month"), validators=[InputRequired(_l("Please choose from the list."))])
    offers_made = IntegerField(COLUMNS[MADE], validators=[InputRequired(_l("Please give a number.")), *IN_RANGE])
    offers_connected = IntegerField(COLUMNS["offers_connected"], validators=[Optional(), *IN_RANGE])
    offers_lasting = IntegerField(COLUMNS["offers_lasting"], validators=[Optional(), *IN_RANGE])

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        months = [plus(month_of(today()), -number) for number in range(BACK)]
        self.month.choices = [SelectChoice(written(month), format_date(month, "LLLL y")) for month in months]

    def validate(self, extra_validators: Any = None) -> bool:
        whole: bool = super().validate(extra_validators)
        if whole and not adds_up(self.offers):
            self.offers_made.errors = [REFUSALS["offers_sums"]]
        return whole and not self.errors

    @property
    def offers(self) -> Offers:
        """What was typed."""
        return {key: self[key].data for key in COUNTED}

"""What the team says on the board: a sighting, weeks of outreach, the finding of a review, the baseline."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from flask_babel import format_date
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectField, SelectMultipleField
from wtforms.validators import DataRequired, InputRequired, NumberRange
from wtforms.widgets import CheckboxInput, ListWidget

from portal.core.clock import today, week_of
from portal.core.editing import EditorForm
from portal.core.fields import DateField, FloatField
from portal.core.forms import RoomForm, long_text, readable
from portal.markets.models import Market
from portal.markets.rules.alarm import Baseline
from portal.markets.rules.corroboration import is_fresh
from portal.markets.watch.texts import REFUSALS

FILL_IN = _l("Please fill this in.")
WEEK = timedelta(days=7)
PAST_WEEKS = 8


class SightingForm(RoomForm):
    """On which day somebody of the team saw selling."""

    seen_on = DateField(_l("Seen on"), validators=[readable, DataRequired(FILL_IN)])

    def validate(self, extra_validators: Any = None) -> bool:
        whole: bool = super().validate(extra_validators)
        if whole and not is_fresh(self.seen_on.data, today()):
            self.seen_on.errors = [REFUSALS["sighting_day"]]
        return not self.errors


class OutreachForm(RoomForm):
    """The weeks in which the team went from door to door; what is not marked is unmarked."""

    weeks = SelectMultipleField(
        _l("Weeks with outreach"), option_widget=CheckboxInput(), widget=ListWidget(prefix_label=False)
    )

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.weeks.choices = [(day.isoformat(), week_words(day)) for day in offered_weeks()]

    @property
    def marked(self) -> set[date]:
        return {date.fromisoformat(value) for value in self.weeks.data or ()}


def offered_weeks() -> list[date]:
    """The Mondays that can be marked: the next week and some that passed."""
    this_week = week_of(today())
    return [this_week + WEEK - number * WEEK for number in range(PAST_WEEKS + 2)]


def week_words(monday: date) -> str:
    """A week by its first day."""
    return str(_("Week of %(day)s", day=format_date(monday, "medium")))


class ReviewForm(RoomForm):
    """What a review found."""

    due_on = SelectField(_l("The review that was due on"), validators=[DataRequired(FILL_IN)])
    finding = long_text(_l("What it found, for the team"), 4_000)

    def __init__(self, days: Sequence[date], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.due_on.choices = [(day.isoformat(), format_date(day, "full")) for day in sorted(days)]

    @property
    def day(self) -> date:
        return date.fromisoformat(self.due_on.data)


def _number(label: Any) -> FloatField:
    said = _l("Please give a number above 0.")
    enough = NumberRange(min=0.01, max=100, message=said)
    return FloatField(label, validators=[InputRequired(said), readable, enough])


class BaselineForm(EditorForm):
    """What the alarm is measured against."""

    quiet = _number(_l("Usual signals in a week while it holds"))
    slipping = _number(_l("Signals in a week that mean it slips"))
    limit = _number(_l("Sum at which the alarm opens a review"))

    def __init__(self, market: Market, **kwargs: Any) -> None:
        super().__init__(data={"version": str(market.version), **baseline_as_typed(market)}, **kwargs)

    def say_what_is_newer(self, market: Market) -> bool:
        """Whether somebody else set other numbers since the page was opened; says so beside the fields."""
        newer = self.differences(baseline_as_typed(market)) if self.is_behind(market.version) else []
        for field, stored in newer:
            self.complain(field.name, _("Somebody else saved %(number)s here meanwhile.", number=stored))
        # Saving again is then a choice made with both numbers in sight.
        self.version.data = str(market.version)
        return bool(newer)

    def validate(self, extra_validators: Any = None) -> bool:
        whole: bool = super().validate(extra_validators)
        if whole and self.slipping.data <= self.quiet.data:
            self.slipping.errors = [_l("This must be more than what is usual.")]
        return not self.errors

    @property
    def baseline(self) -> Baseline:
        return Baseline(self.quiet.data, self.slipping.data, self.limit.data)


def baseline_as_typed(market: Market) -> dict[str, Any]:
    """The baseline of a place as the fields of the form hold it."""
    stored = market.baseline
    return {"quiet": stored.quiet, "slipping": stored.slipping, "limit": stored.limit}

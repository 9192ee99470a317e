"""The forms of surveys: calling one, typing in what came on paper, and a resident's three answers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SelectChoice, SelectField
from wtforms.validators import InputRequired

from portal.commitments.rules.ballots import MOST_SLIPS
from portal.core.clock import today
from portal.core.fields import DateField, IntegerField
from portal.core.forms import Between, RoomForm, readable
from portal.core.i18n import language
from portal.core.slips import SlipForm
from portal.indicators.surveys.models import Survey
from portal.indicators.surveys.rules import (
    ASKED,
    COUNTED,
    LANGUAGES,
    QUESTIONS,
    Question,
    Says,
    adds_up,
    days_fit,
)
from portal.indicators.surveys.texts import ANSWERS, COLUMNS, REFUSALS
from portal.indicators.surveys.texts import QUESTIONS as ASKED_IN_WORDS
from portal.markets.models import Market

USUAL_DAYS, USUAL_SLIPS = 21, 40
A_DAY, A_NUMBER = _l("Please give a day."), _l("Please give a number.")
MOST_PEOPLE = 100_000


def _number(label: Any, most: int, usual: int) -> IntegerField:
    return IntegerField(label, default=usual, validators=[InputRequired(A_NUMBER), readable, Between(0, most)])


class SurveyForm(RoomForm):
    """A survey of a place."""

    place = SelectField(_l("Place"), validators=[InputRequired(_l("Please choose from the list."))])
    opens_on = DateField(_l("First day"), validators=[InputRequired(A_DAY)])
    closes_on = DateField(_l("Last day"), validators=[InputRequired(A_DAY)])
    slips_en = _number(_l("Slips in English"), MOST_SLIPS, USUAL_SLIPS)
    slips_es = _number(_l("Slips in Spanish"), MOST_SLIPS, USUAL_SLIPS)

    def __init__(self, markets: Sequence[Market], **kwargs: Any) -> None:
        super().__init__(data={"opens_on": today(), "closes_on": today() + timedelta(days=USUAL_DAYS)}, **kwargs)
        self.place.choices = [SelectChoice(str(market.id), market.name[language()]) for market in markets]

    def validate(self, extra_validators: Any = None) -> bool:
        whole: bool = super().validate(extra_validators)
        days = self.opens_on.data, self.closes_on.data
        if all(days) and not days_fit(*days, today()):
            self.closes_on.errors = [REFUSALS["survey_days"]]
        if not (self.slips_en.errors or self.slips_es.errors) and not 1 <= sum(self.slips.values()) <= MOST_SLIPS:
            self.slips_en.errors = [REFUSALS["survey_slips"]]
        return whole and not self.errors

    @property
    def slips(self) -> dict[str, int]:
        """How many are wanted, by language."""
        return {"en": self.slips_en.data or 0, "es": self.slips_es.data or 0}


class PaperForm(RoomForm):
    """What was counted on paper forms: for each language who answered, and who said yes."""

    def __init__(self, survey: Survey, **kwargs: Any) -> None:
        there = {
            f"{tally.measure}_{tally.language}": tally.count for tally in survey.tallies if tally.channel == "paper"
        }
        super().__init__(data=there, **kwargs)

    def validate(self, extra_validators: Any = None) -> bool:
        whole: bool = super().validate(extra_validators)
        for lang in LANGUAGES:
            counts = self.counts[lang]
            if not any(self[f"{key}_{lang}"].errors for key in COUNTED) and not adds_up(counts):
                self[f"{ASKED}_{lang}"].errors = [REFUSALS["survey_sums"]]
        return whole and not self.errors

    @property
    def counts(self) -> dict[str, dict[str, int]]:
        """By language, then by measure."""
        return {lang: {key: self[f"{key}_{lang}"].data or 0 for key in COUNTED} for lang in LANGUAGES}


for _lang in LANGUAGES:
    for _key in COUNTED:
        setattr(PaperForm, f"{_key}_{_lang}", _number(COLUMNS[_key], MOST_PEOPLE, 0))


class AnswerForm(SlipForm):
    """A resident's answers."""

    @property
    def says(self) -> Says:
        """What was chosen."""
        meant = {"yes": True, "no": False, "skip": None}
        return {question: meant[self[question.value].data] for question in QUESTIONS}


for _question in Question:
    _choices = [SelectChoice(value, words) for value, words in ANSWERS.items()]
    _field = RadioField(
        ASKED_IN_WORDS[_question], choices=_choices, validators=[InputRequired(_l("Please choose one."))]
    )
    setattr(AnswerForm, _question.value, _field)
